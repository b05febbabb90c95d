/**
 * What one environment is made of, and the three that there are. Everything that differs between them stands here; nothing is looked
 * up in an account, and no account is named: an environment goes to the account whose credentials deploy it.
 */

/** Sizes that Fargate offers, CPU units to MiB. */
export interface TaskSize {
  readonly cpu: 256 | 512 | 1024 | 2048 | 4096;
  readonly memoryMiB: number;
}

export interface StandsIn {
  /** The ARN of the database's automated backup that RDS replicated to this region. */
  readonly restoreFrom: string;
  /** Until when, UTC, `2026-11-23T09:30:00Z`; undefined: all that arrived. */
  readonly restoreTime: string | undefined;
}

export type EnvironmentName = "dev" | "staging" | "production";

export interface EnvironmentConfig {
  readonly name: EnvironmentName;
  readonly region: string;
  /** The region that copies go to; undefined: none are made. */
  readonly recoveryRegion: string | undefined;
  /** Where it stands in for itself, its own region being lost: what its database is made of. */
  readonly standsIn: StandsIn | undefined;
  /** Where clients reach the API, and the public zone of Route 53 that the name is in. */
  readonly domainName: string;
  readonly hostedZone: { readonly id: string; readonly name: string };
  /** Whether data and its keys outlive the stacks that made them. */
  readonly keepsData: boolean;

  readonly network: {
    readonly cidr: string;
    /** `each`: one NAT gateway per zone; `one`: a single one, whose zone takes egress down with it. */
    readonly nat: "each" | "one";
    /** Whether AWS's services are reached by endpoints of the network's own; otherwise through NAT. */
    readonly interfaceEndpoints: boolean;
  };
  readonly edge: {
    /** Requests of one address in five minutes before WAF stops it: the outer net, above five times RATE_LIMIT_PER_ADDRESS_PER_MINUTE. */
    readonly requestsPerAddress: number;
    /** AWS Shield Advanced: a subscription of the organisation, 3,000 USD a month. */
    readonly shieldAdvanced: boolean;
    readonly health: {
      readonly intervalSeconds: number;
      readonly timeoutSeconds: number;
      readonly healthy: number;
      readonly unhealthy: number;
    };
  };
  readonly api: {
    readonly size: TaskSize;
    readonly tasks: { readonly min: number; readonly max: number };
    /** How many of four tasks above `min` run on Spot. */
    readonly spotOfFour: 0 | 1 | 2 | 3;
    readonly requestsPerTaskPerMinute: number;
    /** How long a stopped task serves on, so that the load balancer can take it out, seconds. */
    readonly drainSeconds: number;
    readonly traceSampleRate: number;
  };
  readonly worker: { readonly size: TaskSize; readonly tasks: { readonly min: number; readonly max: number } };
  /** Endpoints that run as Lambda functions, by their ids, `{ "events.list": "lambda" }`; all others run in the containers. */
  readonly compute: Readonly<Record<string, "lambda">>;
  readonly database: {
    readonly instanceClass: "t4g.medium" | "m8g.large" | "r8g.large" | "r8g.xlarge";
    readonly storageGiB: { readonly initial: number; readonly max: number };
    readonly multiAz: boolean;
    readonly replica: boolean;
    readonly backupDays: number;
  };
  /** Valkey, shared by the containers; undefined: each keeps its own. */
  readonly cache: { readonly nodeType: "cache.t4g.small" | "cache.m7g.large"; readonly nodes: number } | undefined;
  readonly logDays: 30 | 90 | 365 | 400;
  readonly alarms: {
    readonly email: string;
    /** Names of secrets in Secrets Manager that hold the integration's address. */
    readonly pagerDutySecret: string | undefined;
    readonly slack: { readonly workspaceId: string; readonly channelId: string } | undefined;
  };
  readonly budgetUsdPerMonth: number;
  /** `owner/name` on GitHub: its workflows of this environment may deploy. */
  readonly repository: string;
}

const shared = {
  hostedZone: { id: "Z0000000EXAMPLE", name: "example.org" },
  repository: "example/calendar-api",
} as const;

const health = { intervalSeconds: 10, timeoutSeconds: 5, healthy: 2, unhealthy: 3 } as const;

/** A place to try things: small, in one zone where zones cost, gone when its stacks are deleted. */
const dev: EnvironmentConfig = {
  ...shared,
  name: "dev",
  region: "eu-central-1",
  recoveryRegion: undefined,
  standsIn: undefined,
  domainName: "calendar.dev.example.org",
  keepsData: false,
  network: { cidr: "10.10.0.0/16", nat: "one", interfaceEndpoints: false },
  edge: { requestsPerAddress: 200_000, shieldAdvanced: false, health },
  api: {
    size: { cpu: 512, memoryMiB: 1024 },
    tasks: { min: 3, max: 4 },
    spotOfFour: 3,
    requestsPerTaskPerMinute: 12_000,
    drainSeconds: 35,
    traceSampleRate: 1,
  },
  worker: { size: { cpu: 256, memoryMiB: 512 }, tasks: { min: 1, max: 2 } },
  compute: {},
  database: {
    instanceClass: "t4g.medium",
    storageGiB: { initial: 20, max: 100 },
    multiAz: false,
    replica: false,
    backupDays: 7,
  },
  cache: undefined,
  logDays: 30,
  alarms: { email: "calendar-dev@example.org", pagerDutySecret: undefined, slack: undefined },
  budgetUsdPerMonth: 400,
};

/** As production in everything that can break, in smaller sizes: load tests and rehearsals run here. */
const staging: EnvironmentConfig = {
  ...dev,
  name: "staging",
  recoveryRegion: "eu-west-1",
  domainName: "calendar.staging.example.org",
  network: { cidr: "10.20.0.0/16", nat: "one", interfaceEndpoints: true },
  edge: { ...dev.edge, requestsPerAddress: 2_000_000 },
  api: { ...dev.api, size: { cpu: 1024, memoryMiB: 2048 }, tasks: { min: 3, max: 12 }, traceSampleRate: 0.05 },
  worker: { size: { cpu: 256, memoryMiB: 512 }, tasks: { min: 2, max: 4 } },
  database: {
    instanceClass: "m8g.large",
    storageGiB: { initial: 50, max: 500 },
    multiAz: true,
    replica: true,
    backupDays: 7,
  },
  cache: { nodeType: "cache.t4g.small", nodes: 2 },
  logDays: 90,
  alarms: { email: "calendar-staging@example.org", pagerDutySecret: undefined, slack: undefined },
  budgetUsdPerMonth: 1_500,
};

const production: EnvironmentConfig = {
  ...staging,
  name: "production",
  domainName: "calendar.example.org",
  keepsData: true,
  network: { cidr: "10.30.0.0/16", nat: "each", interfaceEndpoints: true },
  edge: dev.edge,
  api: { ...staging.api, tasks: { min: 3, max: 30 }, spotOfFour: 2 },
  worker: { size: { cpu: 512, memoryMiB: 1024 }, tasks: { min: 2, max: 8 } },
  database: {
    instanceClass: "r8g.large",
    storageGiB: { initial: 100, max: 2_000 },
    multiAz: true,
    replica: true,
    backupDays: 35,
  },
  cache: { nodeType: "cache.m7g.large", nodes: 3 },
  logDays: 400,
  alarms: {
    email: "calendar-operators@example.org",
    pagerDutySecret: "calendar/pagerduty-url",
    slack: { workspaceId: "T0000000000", channelId: "C0000000000" },
  },
  budgetUsdPerMonth: 3_000,
};

export const environments: readonly EnvironmentConfig[] = [dev, staging, production];

/** The same environment in the region that its copies go to, for when its own is lost. Throws where no copies are made. */
export const standIn = (config: EnvironmentConfig, standsIn: StandsIn): EnvironmentConfig => {
  if (config.recoveryRegion === undefined) throw new Error(`${config.name} has no other region.`);
  return { ...config, region: config.recoveryRegion, recoveryRegion: undefined, standsIn };
};

/** What Fargate takes: the memory that goes with a number of CPU units. */
const fargateMemory: Readonly<Record<TaskSize["cpu"], readonly [min: number, max: number]>> = {
  256: [512, 2_048],
  512: [1_024, 4_096],
  1024: [2_048, 8_192],
  2048: [4_096, 16_384],
  4096: [8_192, 30_720],
};

/** Everything that is wrong with an environment, each in a sentence; `ids`: those of all endpoints, and which cannot leave the container. */
export const problemsOf = (
  config: EnvironmentConfig,
  endpoints: readonly { readonly id: string; readonly containerOnly?: true | undefined }[],
): readonly string[] => {
  const problems: string[] = [];
  const must = (holds: boolean, sentence: string): void => {
    if (!holds) problems.push(`${config.name}: ${sentence}`);
  };
  const { api, worker, edge, database, network } = config;
  for (const [of, { cpu, memoryMiB }] of [
    ["api", api.size],
    ["worker", worker.size],
  ] as const) {
    const [min, max] = fargateMemory[cpu];
    must(memoryMiB >= min && memoryMiB <= max, `${of}.size: Fargate gives ${cpu} CPU units ${min} to ${max} MiB.`);
  }
  must(api.tasks.min >= 3, "api.tasks.min must be 3 or more: one in each zone.");
  must(api.tasks.max >= api.tasks.min && worker.tasks.max >= worker.tasks.min, "tasks.max must not be below tasks.min.");
  must(/^10\.\d+\.0\.0\/16$/.test(network.cidr), "network.cidr must be a /16 in 10.0.0.0/8.");
  const { intervalSeconds, timeoutSeconds, unhealthy } = edge.health;
  must(timeoutSeconds < intervalSeconds, "edge.health.timeoutSeconds must be below the interval.");
  must(
    api.drainSeconds > intervalSeconds * unhealthy,
    "api.drainSeconds must be longer than the load balancer takes to see a target go: interval times unhealthy.",
  );
  must(api.drainSeconds <= 80, "api.drainSeconds must be 80 at most: a task on Spot has two minutes in all.");
  must(config.recoveryRegion !== config.region, "recoveryRegion must be another region.");
  const { restoreFrom, restoreTime } = config.standsIn ?? {};
  must(
    restoreFrom === undefined ||
      new RegExp(`^arn:aws[\\w-]*:rds:${config.region}:\\d{12}:auto-backup:[\\w-]+$`).test(restoreFrom),
    `restoreFrom must be the ARN of a replicated automated backup in ${config.region}.`,
  );
  must(
    restoreTime === undefined || /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(restoreTime),
    "restoreTime must be a time in UTC: 2026-11-23T09:30:00Z.",
  );
  must(!config.keepsData || database.multiAz, "an environment that keeps its data needs database.multiAz.");
  must(!config.keepsData || database.backupDays === 35, "an environment that keeps its data needs 35 backupDays.");
  must(database.backupDays >= 1 && database.backupDays <= 35, "database.backupDays must be 1 to 35.");
  must(
    config.domainName.endsWith(`.${config.hostedZone.name}`) || config.domainName === config.hostedZone.name,
    "domainName must be in the hosted zone.",
  );
  must(/^[\w.-]+\/[\w.-]+$/.test(config.repository), "repository must be owner/name.");
  for (const id of Object.keys(config.compute)) {
    const found = endpoints.find((endpoint) => endpoint.id === id);
    must(found !== undefined, `compute: there is no endpoint ${id}.`);
    must(found?.containerOnly !== true, `compute: ${id} needs the container.`);
  }
  return problems;
};
