/** GET of one event with everything on, against what others do with the same row. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbeddedPostgres } from "#container/embedded-postgres.ts";
import { openDatabase } from "#lib/sql/database.ts";
import { migrate } from "#lib/sql/migrate.ts";
import * as secrets from "#lib/sql/secrets.ts";
import { freePort } from "#test/support/server-process.ts";
import { type Contender, compare, print, ratio } from "./load.ts";

const key = "administrator-of-the-bench";
const event = {
  summary: "Planning",
  description: "What we do next, and who does it.",
  location: "Room 4",
  start: { dateTime: "2026-03-02T09:00:00", timeZone: "Europe/Berlin" },
  end: { dateTime: "2026-03-02T10:00:00", timeZone: "Europe/Berlin" },
  attendees: [{ email: "ana@example.org" }, { email: "ben@example.org" }],
};

/** Starts a server and drains what it prints, as a log driver would. */
const serve = (args: readonly string[], env: Record<string, string>): ChildProcess => {
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env }, stdio: ["ignore", "pipe", "inherit"] });
  child.stdout?.resume();
  return child;
};

const untilAnswering = async (url: string, headers: Record<string, string>): Promise<void> => {
  for (let patience = 0; patience < 200; patience += 1) {
    const answered = await fetch(url, { headers }).then(({ ok }) => ok, () => false);
    if (answered) return;
    await delay(50);
  }
  throw new Error(`${url} does not answer.`);
};

export const run = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "calendar-bench-"));
  const database = await startEmbeddedPostgres({ dataDir: folder, durable: false });
  // Takes the traces of the peer, so that it need not wait for anybody.
  const sink = createServer((request, response) => request.resume().on("end", () => response.end("{}"))).listen(0, "127.0.0.1");
  await once(sink, "listening");
  const children: ChildProcess[] = [];
  try {
    await migrate({ url: database.url });
    const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 10_000 });
    const secret = await secrets.getOrKeep(db, "instance", Buffer.alloc(32, 7));
    await db.close();
    const [ours, bare, observed] = [await freePort(), await freePort(), await freePort()];

    const environment = { DATABASE_URL: database.url, BOOTSTRAP_ADMIN_KEY: key, HOST: "127.0.0.1", TRACE_SAMPLE_RATE: "0.05" };
    const server = serve(["--enable-source-maps", "dist/container/main.mjs"], { ...environment, PORT: String(ours), NODE_ENV: "production" });
    const floor = serve(["bench/peers/fastify-bare.cjs", database.url, String(bare)], { NODE_ENV: "production" });
    const usual = serve(
      [
        "--require",
        "./bench/peers/telemetry.cjs",
        "bench/peers/fastify-observed.cjs",
        database.url,
        String(observed),
        secret.toString("hex"),
      ],
      {
        NODE_ENV: "production",
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_METRICS_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "none",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(sink.address() as { port: number }).port}`,
        OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG: "0.05",
      },
    );
    children.push(server, floor, usual);

    const headers = { "X-API-Key": key, Accept: "application/json" };
    await untilAnswering(`http://127.0.0.1:${ours}/health/ready`, {});
    const made = await fetch(`http://127.0.0.1:${ours}/calendar/v3/calendars/primary/events`, {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify(event),
    });
    const { id } = (await made.json()) as { id: string };
    const path = `/calendar/v3/calendars/admin@localhost/events/${id}`;
    for (const port of [ours, bare, observed]) await untilAnswering(`http://127.0.0.1:${port}${path}`, headers);

    const contenders: readonly Contender[] = [
      { name: "ours, everything on", port: ours, pid: server.pid as number, path, headers },
      { name: "Fastify + pg, nothing else", port: bare, pid: floor.pid as number, path, headers },
      { name: "Fastify + pg + pino + prom-client + OpenTelemetry", port: observed, pid: usual.pid as number, path, headers },
    ];
    const results = await compare(contenders);
    console.log("GET one event");
    print(results);
    const [us, ground, others] = contenders.map(({ name }) => name) as [string, string, string];
    console.log(`  ours at ${ratio(results, us, ground).toFixed(2)} of Fastify + pg (target 0.75)`);
    console.log(`  ours at ${ratio(results, us, others).toFixed(2)} of Fastify observed (target 2)`);
  } finally {
    for (const child of children) child.kill("SIGKILL");
    sink.close();
    sink.closeAllConnections();
    await database.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};

if (import.meta.main) await run();
