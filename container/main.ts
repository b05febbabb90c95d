/** The container's main program: database, migrations, endpoints, server; and the orderly end of all of them. */
import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { ConfigError, readConfig } from "#lib/config.ts";
import { adminEmail, bootstrapAdmin } from "#lib/domain/users/bootstrap.ts";
import { announceStop, startServices, stopServices } from "#lib/entry/services.ts";
import { log } from "#lib/observe/logger.ts";
import { count, flushMetricsPeriodically, gauge } from "#lib/observe/metrics.ts";
import { bufferStandardOutput } from "#lib/observe/output.ts";
import { migrate } from "#lib/sql/migrate.ts";
import { createAdapter } from "./adapter.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { refuse } from "./refuse.ts";
import { findEndpoints, mountsOf } from "./routes.ts";

/** Words for the person at the terminal; logs go to standard output, these do not mix with them. */
const say = (text: string) => process.stderr.write(`${text}\n`);

const giveUp = (message: string): never => {
  say(message);
  process.exit(1);
};

const hideSecrets = (url: string): string => {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
};

const start = async () => {
  const configured = readConfig();
  const output = bufferStandardOutput();
  process.on("exit", output.flush);

  const embedded =
    configured.databaseUrl === undefined
      ? await startEmbeddedPostgres({ dataDir: configured.dataDir, durable: true })
      : undefined;
  const databaseUrl = embedded?.url ?? configured.databaseUrl ?? "";
  const config = { ...configured, databaseUrl };

  try {
    const applied = await migrate({ url: databaseUrl });
    if (applied.length > 0) log.info("migrated", { applied });
  } catch (error) {
    giveUp(`The database at ${hideSecrets(databaseUrl)} cannot be used: ${(error as Error).message}`);
  }
  const { db, settings } = await startServices(config);
  const { newKey } = await bootstrapAdmin(db, { secret: settings.secret, adminKey: config.bootstrapAdminKey, now: Date.now() });

  const adapter = createAdapter({
    mounts: mountsOf(await findEndpoints()),
    refuse,
    maxBodyBytes: config.maxBodyBytes,
    maxConcurrent: config.maxConcurrentRequests,
    maxQueued: config.maxQueuedRequests,
    requestTimeoutMs: config.requestTimeoutMs,
  });
  await adapter.listen(config.port, config.host).catch((error: NodeJS.ErrnoException) => {
    giveUp(
      error.code === "EADDRINUSE" ? `Port ${config.port} is taken; set PORT to another one.` : `Cannot listen: ${error.message}`,
    );
  });

  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let lastUse = performance.eventLoopUtilization();
  let lastDropped = 0;
  const stopMetrics = flushMetricsPeriodically(() => {
    const use = performance.eventLoopUtilization();
    gauge("EventLoopUse", {}, Math.round(performance.eventLoopUtilization(use, lastUse).utilization * 1000) / 10);
    lastUse = use;
    if (delay.count > 0) gauge("EventLoopDelay", {}, Math.round(delay.percentile(99) / 1e4) / 100);
    delay.reset();
    const memory = process.memoryUsage();
    gauge("MemoryResident", {}, memory.rss);
    gauge("MemoryHeap", {}, memory.heapUsed);
    const pool = db.state();
    gauge("DatabaseActive", {}, pool.active);
    gauge("DatabaseIdle", {}, pool.idle);
    gauge("DatabaseWaiting", {}, pool.waiting);
    gauge("InFlight", {}, adapter.inFlight());
    const dropped = output.dropped();
    if (dropped > lastDropped) count("LogLinesDropped", {}, dropped - lastDropped);
    lastDropped = dropped;
  });

  say(`Calendar API at ${config.publicUrl}`);
  if (newKey !== undefined) {
    say(`API key of the administrator ${adminEmail}, shown this once: ${newKey}`);
  }
  say(`Try it:\n  curl -H 'X-API-Key: ${newKey ?? "<your key>"}' ${config.publicUrl}/calendar/v3/users/me/calendarList`);

  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info("stopping", { signal });
    announceStop();
    await adapter.drain({ acceptForMs: config.drainMs, deadlineMs: config.requestTimeoutMs });
    await stopServices();
    await embedded?.stop();
    stopMetrics();
    output.flush();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal));
  embedded?.exited.then((code) => {
    if (!stopping) giveUp(`The embedded PostgreSQL has ended (${code}); start again to go on where it was.`);
  });
};

process.on("unhandledRejection", (error) => log.error("unhandled rejection", error as Error));
await start().catch((error) => giveUp(error instanceof ConfigError ? error.message : `Cannot start: ${(error as Error).stack}`));
