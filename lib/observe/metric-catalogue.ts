/** CloudWatch's namespace of all of them. */
export const metricNamespace = "CalendarApi";

/** The dimension `service` that every metric has besides its own: which of the programs it is that emits. */
export const serviceNames = { api: "calendar-api", worker: "calendar-worker" } as const;

/**
 * Every metric this service emits: the only place where their names and dimensions stand. Dashboards, alarms and docs read it.
 * CloudWatch bills each combination of dimension values, so a dimension is a route template, a class or a kind, never an id.
 */
export const metricCatalogue = {
  Latency: {
    unit: "Milliseconds",
    dimensions: ["Route"],
    about: "Time from the request's arrival to its answer; its sample count is the number of requests.",
  },
  Faults: { unit: "Count", dimensions: ["Route"], about: "Answers of 500 and above." },
  Answers: { unit: "Count", dimensions: ["StatusClass"], about: "Answers by class: 2xx, 3xx, 4xx, 5xx." },
  Refusals: {
    unit: "Count",
    dimensions: ["Kind"],
    about: "Requests turned away before they reached an endpoint: no such route, body too large, overloaded, malformed.",
  },
  RateLimited: { unit: "Count", dimensions: ["Kind"], about: "Requests beyond a limit of rate: of the key, of the address." },
  InFlight: { unit: "Count", dimensions: [], about: "Requests being worked on at the end of the interval." },
  Queued: { unit: "Count", dimensions: [], about: "Requests waiting for admission at the end of the interval." },
  EventLoopDelay: { unit: "Milliseconds", dimensions: [], about: "99th percentile of the event loop's delay over the interval." },
  EventLoopUse: { unit: "Percent", dimensions: [], about: "Share of the interval the event loop was busy." },
  MemoryResident: { unit: "Bytes", dimensions: [], about: "Resident set of the process." },
  MemoryHeap: { unit: "Bytes", dimensions: [], about: "Heap in use." },
  DatabaseActive: { unit: "Count", dimensions: [], about: "Pool connections in use." },
  DatabaseIdle: { unit: "Count", dimensions: [], about: "Pool connections open and not in use." },
  DatabaseWaiting: { unit: "Count", dimensions: [], about: "Queries waiting for a connection." },
  WritesInLine: { unit: "Count", dimensions: [], about: "Writes waiting for their turn at a calendar that others write to." },
  DatabaseFaults: {
    unit: "Count",
    dimensions: ["Kind"],
    about: "Requests the database failed: unreachable, timeout (of a statement), outOfTime (of the request).",
  },
  SlowStatements: { unit: "Count", dimensions: [], about: "Statements that took half a second or more, failed ones too." },
  DatabaseSize: {
    unit: "Bytes",
    dimensions: [],
    about: "What the database's tables and indexes take, asked for each minute by workers.",
  },
  DatabaseCacheHitRatio: {
    unit: "Percent",
    dimensions: [],
    about: "Share of the database's blocks that were read from its memory since the last look, a minute before.",
  },
  DatabaseLocksWaiting: {
    unit: "Count",
    dimensions: [],
    about: "Locks that somebody waits for, asked for each minute by workers.",
  },
  IdempotentReplays: { unit: "Count", dimensions: [], about: "Requests sent again under their key, told their first answer." },
  EventsWritten: { unit: "Count", dimensions: [], about: "Events created, changed or deleted." },
  EventsListed: { unit: "Count", dimensions: [], about: "Events and instances returned by lists." },
  SyncTokensRefused: { unit: "Count", dimensions: [], about: "Sync tokens answered with 410: a client must read all again." },
  Pushes: {
    unit: "Count",
    dimensions: ["Outcome"],
    about: "Push messages posted: delivered, refused (by the receiver, and dropped), failed (to be tried again).",
  },
  PushDelay: {
    unit: "Milliseconds",
    dimensions: [],
    about: "Time from the order to push a message to its delivery, tries included.",
  },
  PushesWaiting: { unit: "Count", dimensions: [], about: "Push messages waiting, for their turn or for another try." },
  ChannelsExpired: { unit: "Count", dimensions: [], about: "Channels that ended without being stopped." },
  RedisFaults: {
    unit: "Count",
    dimensions: ["Kind"],
    about: "What Redis was not there for: lost (connections), away (commands not sent), failed (commands without an answer).",
  },
  Reads: {
    unit: "Count",
    dimensions: ["From"],
    about: "Where reads that may lag were answered: replica, primary, or again (on the primary, after the replica would not do).",
  },
  ReplicaLag: { unit: "Milliseconds", dimensions: [], about: "How far the read replica is behind; none while it is away." },
  LogLinesDropped: { unit: "Count", dimensions: [], about: "Log lines lost because standard output was not read." },
} as const satisfies Record<string, MetricDescription>;

interface MetricDescription {
  readonly unit: "Milliseconds" | "Count" | "Percent" | "Bytes";
  readonly dimensions: readonly string[];
  readonly about: string;
}

export type MetricName = keyof typeof metricCatalogue;

/** The dimension values a metric must be recorded with. */
export type DimensionsOf<Name extends MetricName> = {
  readonly [Dimension in (typeof metricCatalogue)[Name]["dimensions"][number]]: string;
};

/** Those that have no dimensions of their own. */
export type PlainMetricName = {
  [Name in MetricName]: (typeof metricCatalogue)[Name]["dimensions"] extends readonly [] ? Name : never;
}[MetricName];
