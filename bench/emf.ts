/**
 * What telling costs: lines and bytes of metrics (EMF) and of logs, and how many metrics CloudWatch counts, per million requests. The
 * requests go to many routes, as fast as they are answered and at a steady 50 a second; standard output goes to a file, as it would
 * to CloudWatch Logs, and is counted.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { emittedIn } from "#test/infra/our-metrics.ts";
import { freePort } from "#test/support/server-process.ts";
import { headers, post, startDatabase, untilAnswering } from "./server.ts";

/** List prices of us-east-1 in November 2026, USD: a metric for a month (the first 10,000), and a GB of logs taken in. */
const perMetricMonth = 0.3;
const perGb = 0.5;

const most = { combinationsPerRoute: 2, otherCombinations: 60 };

interface Load {
  readonly name: string;
  readonly requests: number;
  /** Undefined: as fast as they are answered, 32 at once. */
  readonly perSecond?: number;
}

const loads: readonly Load[] = [
  { name: "as fast as answered", requests: 20_000 },
  { name: "50 a second", requests: 3_000, perSecond: 50 },
];

const calendar = "/calendar/v3/calendars/primary";
const me = "/calendar/v3/users/me";
const event = { summary: "Load", start: { date: "2030-01-01" }, end: { date: "2030-01-02" } };

type Request = readonly [method: "GET" | "POST" | "PATCH", path: string, body?: unknown];

/** One of each, of reads mostly, as clients ask. */
const requestsOn = (id: string): readonly Request[] => [
  ["GET", `${calendar}/events`],
  ["GET", `${calendar}/events/${id}`],
  ["GET", `${calendar}/events/${id}/instances`],
  ["GET", calendar],
  ["GET", `${calendar}/acl`],
  ["GET", `${me}/calendarList`],
  ["GET", `${me}/calendarList/primary`],
  ["GET", `${me}/settings`],
  ["GET", `${me}/settings/timezone`],
  ["GET", "/calendar/v3/colors"],
  ["GET", "/v1/keys/self"],
  ["GET", "/health/ready"],
  ["GET", "/nowhere"],
  ["GET", `${calendar}/events/no-such-event`],
  [
    "POST",
    "/calendar/v3/freeBusy",
    { timeMin: "2030-01-01T00:00:00Z", timeMax: "2030-01-02T00:00:00Z", items: [{ id: "primary" }] },
  ],
  ["PATCH", `${calendar}/events/${id}`, { summary: "Changed" }],
  ["POST", `${calendar}/events`, event],
];

const send = async (url: string, [method, path, body]: Request): Promise<void> => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { ...headers, "Content-Type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  if (response.status >= 500) throw new Error(`${method} ${path}: ${response.status}`);
};

const sendAll = async (url: string, mix: readonly Request[], { requests, perSecond }: Load): Promise<void> => {
  let sent = 0;
  const next = () => send(url, mix[sent++ % mix.length] as Request);
  if (perSecond === undefined) {
    const client = async () => {
      while (sent < requests) await next();
    };
    await Promise.all(Array.from({ length: 32 }, client));
    return;
  }
  const startedAt = performance.now();
  const running: Promise<void>[] = [];
  while (sent < requests) {
    while (sent < Math.min(requests, ((performance.now() - startedAt) / 1_000) * perSecond)) running.push(next());
    await delay(5);
  }
  await Promise.all(running);
};

interface Counted {
  readonly metricLines: number;
  readonly metricBytes: number;
  readonly logBytes: number;
  readonly routes: number;
  readonly ofRoutes: number;
  readonly others: number;
}

const counted = (written: string): Counted => {
  const lines = written.split("\n").filter((line) => line !== "");
  const isMetric = (line: string) => line.includes('"_aws"');
  const bytes = (some: readonly string[]) => some.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
  const metricLines = lines.filter(isMetric);
  const emitted = emittedIn(written);
  const combinations = new Set(emitted.map(({ name, dimensions }) => JSON.stringify([name, dimensions])));
  const ofRoutes = [...combinations].filter((one) => one.includes('"Route"')).length;
  return {
    metricLines: metricLines.length,
    metricBytes: bytes(metricLines),
    logBytes: bytes(lines.filter((line) => !isMetric(line))),
    routes: new Set(emitted.flatMap(({ dimensions: { Route } }) => Route ?? [])).size,
    ofRoutes,
    others: combinations.size - ofRoutes,
  };
};

const measure = async (load: Load): Promise<void> => {
  const database = await startDatabase();
  const folder = mkdtempSync(join(tmpdir(), "calendar-bench-"));
  const output = join(folder, "stdout");
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(process.execPath, ["--enable-source-maps", "dist/container/main.mjs"], {
    env: {
      PATH: process.env.PATH,
      NODE_ENV: "production",
      DATABASE_URL: database.url,
      BOOTSTRAP_ADMIN_KEY: headers["X-API-Key"],
      HOST: "127.0.0.1",
      PORT: String(port),
      PUSH_WORKERS: "0",
      RATE_LIMIT_PER_MINUTE: "0",
      RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "0",
    },
    stdio: ["ignore", openSync(output, "w"), "ignore"],
  });
  const exited = once(child, "exit");
  try {
    await untilAnswering(`${url}/health/ready`);
    const { id } = await post(url, `${calendar}/events`, event);
    await sendAll(url, requestsOn(id), load);
  } finally {
    child.kill("SIGTERM");
    await exited;
    await database.stop();
  }
  const { metricLines, metricBytes, logBytes, routes, ofRoutes, others } = counted(readFileSync(output, "utf8"));
  rmSync(folder, { recursive: true, force: true });
  const million = 1_000_000 / load.requests;
  const gb = (bytes: number) => (bytes * million) / 1e9;
  console.log(`emf, ${load.name} (${load.requests} requests over ${routes} routes)`);
  console.log(`  lines of metrics per request ${(metricLines / load.requests).toFixed(3)}`);
  console.log(`  per million requests: metrics ${gb(metricBytes).toFixed(3)} GB, log ${gb(logBytes).toFixed(3)} GB,`);
  console.log(`    ${((gb(metricBytes) + gb(logBytes)) * perGb).toFixed(2)} USD to take them in`);
  console.log(
    `  metrics counted: ${ofRoutes} of routes (at most ${most.combinationsPerRoute * routes}), ${others} others (at most ${most.otherCombinations}),`,
  );
  console.log(`    ${((ofRoutes + others) * perMetricMonth).toFixed(2)} USD a month`);
  if (ofRoutes > most.combinationsPerRoute * routes || others > most.otherCombinations)
    throw new Error("More combinations of metrics and dimensions than there may be.");
  if (metricLines >= load.requests) throw new Error("A line of metrics for each request, or more.");
};

export const run = async (): Promise<void> => {
  for (const load of loads) await measure(load);
};
