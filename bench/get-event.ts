/** GET of one event with everything on, against what others do with the same row. */
import type { ChildProcess } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:http";
import { openDatabase } from "#lib/sql/database.ts";
import * as secrets from "#lib/sql/secrets.ts";
import { freePort } from "#test/support/server-process.ts";
import { type Contender, compare, print, ratio } from "./load.ts";
import { headers as ourHeaders, post, serve, startBundle, startDatabase, untilAnswering } from "./server.ts";

const event = {
  summary: "Planning",
  description: "What we do next, and who does it.",
  location: "Room 4",
  start: { dateTime: "2026-03-02T09:00:00", timeZone: "Europe/Berlin" },
  end: { dateTime: "2026-03-02T10:00:00", timeZone: "Europe/Berlin" },
  attendees: [{ email: "ana@example.org" }, { email: "ben@example.org" }],
};

/** What a load balancer adds to each request. */
const fromLoadBalancer = {
  "X-Forwarded-For": "203.0.113.7",
  "X-Forwarded-Proto": "https",
  "X-Forwarded-Port": "443",
  "X-Amzn-Trace-Id": "Root=1-6743f2a1-5b3e9d0c7a8f4e2d1c6b0007",
};

export const run = async (): Promise<void> => {
  const database = await startDatabase();
  // They take the traces, the peer's and ours, as the collectors would.
  const sink = createServer((request, response) => request.resume().on("end", () => response.end("{}"))).listen(0, "127.0.0.1");
  await once(sink, "listening");
  const daemon = createSocket("udp4").bind(0, "127.0.0.1");
  await once(daemon, "listening");
  const children: ChildProcess[] = [];
  try {
    const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 10_000 });
    const secret = await secrets.getOrKeep(db, "instance", Buffer.alloc(32, 7));
    await db.close();
    const ours = await startBundle(database.url, { AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon.address().port}` });
    children.push(ours.child);
    const { id } = await post(ours.url, "/calendar/v3/calendars/primary/events", event);
    const path = `/calendar/v3/calendars/admin@localhost/events/${id}`;

    const [barePort, observedPort] = [await freePort(), await freePort()];
    const bare = serve(["bench/peers/fastify-bare.cjs", database.url, String(barePort)], {});
    const observed = serve(
      [
        "--require",
        "./bench/peers/telemetry.cjs",
        "bench/peers/fastify-observed.cjs",
        database.url,
        String(observedPort),
        secret.toString("hex"),
      ],
      {
        OTEL_TRACES_EXPORTER: "otlp",
        OTEL_METRICS_EXPORTER: "none",
        OTEL_LOGS_EXPORTER: "none",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${(sink.address() as { port: number }).port}`,
        OTEL_TRACES_SAMPLER: "parentbased_traceidratio",
        OTEL_TRACES_SAMPLER_ARG: "0.05",
        // Nothing to detect here, and looking for a cloud takes its time.
        OTEL_NODE_RESOURCE_DETECTORS: "none",
      },
    );
    children.push(bare, observed);
    for (const port of [barePort, observedPort]) await untilAnswering(`http://127.0.0.1:${port}${path}`);

    const headers = { ...ourHeaders, ...fromLoadBalancer };
    const contenders: readonly Contender[] = [
      { name: "ours, everything on", port: ours.port, pid: ours.child.pid as number, path, headers },
      { name: "Fastify + pg, nothing else", port: barePort, pid: bare.pid as number, path, headers },
      {
        name: "Fastify + pg + pino + prom-client + OpenTelemetry",
        port: observedPort,
        pid: observed.pid as number,
        path,
        headers,
      },
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
    daemon.close();
    await database.stop();
  }
};

if (import.meta.main) await run();
