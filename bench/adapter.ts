import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { createAdapter } from "../container/adapter.ts"; // bench/ is a package of its own, so "#container" is not known here

const rounds = 9;
const secondsPerRound = 1;
const connections = 32;
const path = "/calendar/v3/calendars/primary/events?maxResults=10&singleEvents=true";
const headers = { accept: "application/json", "x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https" };
const body = JSON.stringify({ kind: "calendar#events", items: [] });

interface Round {
  readonly requestsPerSecond: number;
  readonly cpuMicrosPerRequest: number;
}

/**
 * What the adapter costs: requests per second of a bare node:http server and of the adapter with a handler that answers the
 * same bytes at once, each a process of its own on loopback, measured in short alternating rounds because the machine's
 * other work comes and goes. The ratio is that of the medians; the target is 0.9. CPU time per request is less noisy.
 */
export const run = async (): Promise<void> => {
  const names = ["bare node:http", "adapter"] as const;
  const servers = await Promise.all([start("bare"), start("adapter")]);
  const results: Round[][] = [[], []];
  for (const { url } of servers) await load(url, secondsPerRound);
  for (let round = 0; round < rounds; round++) {
    for (const turn of [0, 1]) {
      const i = (round + turn) % 2; // who goes first alternates too
      results[i]?.push(await measure(servers[i] as Running));
    }
  }
  for (const { child } of servers) child.disconnect();

  const medians = results.map((of) => ({
    rps: median(of.map((round) => round.requestsPerSecond)),
    cpu: median(of.map((round) => round.cpuMicrosPerRequest)),
  }));
  medians.forEach(({ rps, cpu }, i) => {
    console.log(`${names[i]?.padEnd(16)} ${rps.toFixed(0).padStart(7)} requests/s ${cpu.toFixed(1).padStart(6)} us CPU/request`);
  });
  const [bare, adapter] = medians as [{ rps: number; cpu: number }, { rps: number; cpu: number }];
  console.log(
    `ratio ${(adapter.rps / bare.rps).toFixed(3)} of bare node:http (target 0.9), ${(adapter.cpu - bare.cpu).toFixed(1)} us CPU/request more`,
  );
};

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
}

const start = async (kind: "bare" | "adapter"): Promise<Running> => {
  const child = fork(fileURLToPath(import.meta.url), [kind], { execArgv: ["--disable-warning=ExperimentalWarning"] });
  const [url] = (await once(child, "message")) as [string];
  return { child, url };
};

const cpuMicros = async (child: ChildProcess): Promise<number> => {
  child.send("cpu");
  const [micros] = (await once(child, "message")) as [number];
  return micros;
};

const measure = async ({ child, url }: Running): Promise<Round> => {
  const before = await cpuMicros(child);
  const { requestsPerSecond, requests } = await load(url, secondsPerRound);
  return { requestsPerSecond, cpuMicrosPerRequest: ((await cpuMicros(child)) - before) / requests };
};

const load = async (url: string, seconds: number): Promise<{ requestsPerSecond: number; requests: number }> => {
  const name: string = "autocannon"; // installed for benchmarks only, without types
  const { default: autocannon } = await import(name);
  const startedAt = performance.now();
  const result = await autocannon({ url: url + path, connections, duration: seconds, headers });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} bad answers, ${result.errors} errors`);
  const requests: number = result["2xx"];
  return { requests, requestsPerSecond: requests / ((performance.now() - startedAt) / 1000) };
};

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const serve = async (kind: string): Promise<void> => {
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.on("disconnect", () => process.exit());
  if (kind === "bare") {
    const answerHead = { "Content-Type": "application/json; charset=utf-8", "Content-Length": Buffer.byteLength(body) };
    const server = createServer((_req, res) => {
      res.writeHead(200, answerHead);
      res.end(body);
    });
    server.keepAliveTimeout = 65_000;
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    return;
  }
  const answer = { statusCode: 200, multiValueHeaders: { "Content-Type": ["application/json; charset=utf-8"] }, body };
  const { listen } = createAdapter({
    mounts: [{ method: "GET", route: "/calendar/v3/calendars/{calendarId}/events", handler: async () => answer }],
    refuse: ({ status }) => ({ statusCode: status }),
    maxBodyBytes: 1_000_000,
    maxConcurrent: 256,
    maxQueued: 1_000,
  });
  process.send?.(await listen(0, "127.0.0.1"));
};

if (process.send && process.argv[2]) await serve(process.argv[2]);
else if (import.meta.main) await run();
