import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { type AdapterOptions, createAdapter } from "../container/adapter.ts"; // "#container" is unknown in bench/'s own package

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

/**
 * What the adapter costs, against a bare node:http server that answers the same bytes: each a process of its own on loopback,
 * in short alternating rounds, because other work on the machine comes and goes; the ratio is the median of the rounds' ratios.
 * The target is 0.9. The load comes over plain sockets: autocannon takes more CPU time per request than either server, so
 * it measures itself. Beside it, without any socket, the CPU time that the adapter's own code takes for one request.
 */
export const run = async (): Promise<void> => {
  const [bare, adapter] = await Promise.all([start("bare"), start("adapter")]);
  for (let i = 0; i < 5; i++) for (const server of [bare, adapter]) await measure(server);
  const results: { bare: Round; adapter: Round }[] = [];
  for (let i = 0; i < rounds; i++) {
    const first = await measure(i % 2 === 0 ? bare : adapter);
    const second = await measure(i % 2 === 0 ? adapter : bare);
    results.push(i % 2 === 0 ? { bare: first, adapter: second } : { bare: second, adapter: first });
  }
  for (const { child, sockets } of [bare, adapter]) {
    for (const socket of sockets) socket.destroy();
    child.disconnect();
  }

  for (const name of ["bare", "adapter"] as const) {
    const rps = median(results.map((round) => round[name].requestsPerSecond));
    const cpu = median(results.map((round) => round[name].cpuMicros));
    console.log(`${name.padEnd(8)} ${rps.toFixed(0).padStart(7)} requests/s ${cpu.toFixed(1).padStart(6)} us CPU/request`);
  }
  const ratio = median(results.map((round) => round.adapter.requestsPerSecond / round.bare.requestsPerSecond));
  console.log(`adapter at ${ratio.toFixed(3)} of bare node:http (target 0.9)`);
  console.log(`the adapter's own code: ${(await ownMicros()).toFixed(2)} us/request`);
};

interface Server {
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

const start = async (kind: "bare" | "adapter"): Promise<Server> => {
  const child = fork(fileURLToPath(import.meta.url), [kind], { execArgv: ["--disable-warning=ExperimentalWarning"] });
  const [port] = (await once(child, "message")) as [number];
  const sockets = Array.from({ length: connections }, () => connect(port, "127.0.0.1").setNoDelay(true));
  const server: Server = { child, sockets, answers: 0, goesOn: false, resting: connections };
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
  const server =
    kind === "adapter"
      ? createAdapter(options).server
      : createServer({ keepAliveTimeout: 65_000 }, (_req, res) => void res.writeHead(200, answerHead).end(body));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send?.((server.address() as AddressInfo).port);
};

if (process.send && process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2]) await serve(process.argv[2]);
else if (import.meta.main) await run();
