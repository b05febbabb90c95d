import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type AdapterOptions, createAdapter } from "#container/adapter.ts";

const rounds = 40;
const roundMs = 150;
const connections = 32;
const path = "/calendar/v3/calendars/primary/events?maxResults=10&singleEvents=true";
const headers = {
  Host: "calendar.example.com",
  Accept: "application/json",
  Connection: "keep-alive",
  "X-Forwarded-For": "203.0.113.7",
  "X-Forwarded-Proto": "https",
  "X-Forwarded-Port": "443",
  "X-Amzn-Trace-Id": "Root=1-6743f2a1-5b3e9d0c7a8f4e2d1c6b0007",
};
const requestBytes = Buffer.from(
  [`GET ${path} HTTP/1.1`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), "", ""].join("\r\n"),
);
const body = JSON.stringify({ kind: "calendar#events", items: [] });
const type = "application/json; charset=utf-8";

const kinds = ["bare", "bareAsync", "adapter"] as const;
type Kind = (typeof kinds)[number];

/**
 * What the adapter costs, against a bare node:http server that answers the same bytes: each a process of its own on loopback,
 * in short alternating rounds, because other work on the machine comes and goes; the ratio is the median of the rounds'
 * ratios, with their quartiles. The target is 0.9. "bareAsync" answers from an async function, as every Lambda handler does:
 * what that alone costs is no adapter's to save. The load comes over plain sockets: autocannon would keep its core busier
 * than the server keeps the other, and so measure itself. Last, without any socket, the time that the adapter's own code takes.
 */
export const run = async (): Promise<void> => {
  const servers = await Promise.all(kinds.map(start));
  for (let i = 0; i < 5; i++) for (const server of servers) await measure(server);
  const results: Record<Kind, Round[]> = { bare: [], bareAsync: [], adapter: [] };
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < servers.length; turn++) {
      const server = servers[(round + turn) % servers.length] as Server; // another one goes first each time
      results[server.kind].push(await measure(server));
    }
  }
  for (const { child, sockets } of servers) {
    for (const socket of sockets) socket.destroy();
    child.disconnect();
  }

  for (const kind of kinds) {
    const rps = median(results[kind].map((round) => round.requestsPerSecond));
    const cpu = median(results[kind].map((round) => round.cpuMicros));
    const [low, middle, high] = ratios(results[kind], results.bare);
    console.log(
      `${kind.padEnd(9)} ${rps.toFixed(0).padStart(7)} requests/s ${cpu.toFixed(1).padStart(6)} us CPU/request   ` +
        `${middle} of bare (${low} to ${high})`,
    );
  }
  const [, overAsync] = ratios(results.adapter, results.bareAsync);
  console.log(`adapter at ${overAsync} of bareAsync; its own code takes ${(await ownMicros()).toFixed(2)} us/request`);
};

/** Lower quartile, median and upper quartile of what one server did per what the other did in the same round. */
const ratios = (some: readonly Round[], others: readonly Round[]): string[] => {
  const sorted = some
    .map((round, i) => round.requestsPerSecond / (others[i]?.requestsPerSecond ?? Number.NaN))
    .toSorted((a, b) => a - b);
  return [0.25, 0.5, 0.75].map((share) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN).toFixed(3));
};

interface Server {
  readonly kind: Kind;
  readonly child: ChildProcess;
  readonly sockets: readonly Socket[];
  /** Answers that came since the round began. */
  answers: number;
  /** Whether an answer is followed by the next request. */
  goesOn: boolean;
  resting: number;
}

interface Round {
  readonly requestsPerSecond: number;
  readonly cpuMicros: number;
}

const start = async (kind: Kind): Promise<Server> => {
  const child = fork(fileURLToPath(import.meta.url), [kind], { execArgv: ["--disable-warning=ExperimentalWarning"] });
  const [port] = (await once(child, "message")) as [number];
  const sockets = Array.from({ length: connections }, () => connect(port, "127.0.0.1").setNoDelay(true));
  const server: Server = { kind, child, sockets, answers: 0, goesOn: false, resting: connections };
  for (const socket of sockets) {
    socket.on("data", (bytes) => {
      if (bytes.subarray(9, 12).toString() !== "200") throw new Error(`${kind} answered ${bytes}`);
      server.answers++;
      if (server.goesOn) socket.write(requestBytes);
      else server.resting++;
    });
    await once(socket, "connect");
  }
  return server;
};

const measure = async (server: Server): Promise<Round> => {
  const cpuBefore = await cpuMicros(server.child);
  const before = performance.now();
  server.answers = 0;
  server.resting = 0;
  server.goesOn = true;
  for (const socket of server.sockets) socket.write(requestBytes);
  await new Promise((resolve) => setTimeout(resolve, roundMs));
  server.goesOn = false;
  while (server.resting < connections) await new Promise((resolve) => setTimeout(resolve, 1));
  const seconds = (performance.now() - before) / 1000;
  const cpu = (await cpuMicros(server.child)) - cpuBefore;
  return { requestsPerSecond: server.answers / seconds, cpuMicros: cpu / server.answers };
};

const cpuMicros = async (child: ChildProcess): Promise<number> => {
  child.send("cpu");
  const [micros] = (await once(child, "message")) as [number];
  return micros;
};

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const answer = { statusCode: 200, multiValueHeaders: { "Content-Type": [type] }, body };
const options: AdapterOptions = {
  mounts: [{ method: "GET", route: "/calendar/v3/calendars/{calendarId}/events", handler: async () => answer }],
  refuse: ({ status }) => ({ statusCode: status }),
  maxBodyBytes: 1_000_000,
  maxConcurrent: 256,
  maxQueued: 1_000,
};

/** The best of many batches, with stand-ins for Node's request and response that cost next to nothing. */
const ownMicros = async (): Promise<number> => {
  const { server } = createAdapter(options);
  const rawHeaders = Object.entries(headers).flat();
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const socket = { destroyed: false, writableLength: 0 };
  const perBatch = 6_400;
  let best = Number.POSITIVE_INFINITY;
  for (let batch = 0; batch < 60; batch++) {
    const before = performance.now();
    for (let i = 0; i < perBatch; i++) {
      const req = { method: "GET", url: path, httpVersion: "1.1", rawHeaders: rawHeaders.slice(), headers: lowerCase, socket };
      server.emit("request", req, { headersSent: false, destroyed: false, writeHead: () => {}, end: () => {} });
      if (i % connections === 0) await new Promise(setImmediate);
    }
    best = Math.min(best, performance.now() - before);
  }
  server.emit("close");
  return (best / perBatch) * 1000;
};

const serve = async (kind: string): Promise<void> => {
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.on("disconnect", () => process.exit());
  const answerHead = { "Content-Type": type, "Content-Length": Buffer.byteLength(body) };
  const bare: RequestListener = (_req, res) => {
    res.writeHead(200, answerHead).end(body);
  };
  const bareAsync: RequestListener = async (_req, res) => {
    const { body } = await (async () => answer)();
    res.writeHead(200, answerHead).end(body);
  };
  const server =
    kind === "adapter"
      ? createAdapter(options).server
      : createServer({ keepAliveTimeout: 65_000 }, kind === "bare" ? bare : bareAsync);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send?.((server.address() as AddressInfo).port);
};

if (process.send && process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2]) await serve(process.argv[2]);
else if (import.meta.main) await run();
