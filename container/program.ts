/** The program itself: database, migrations, endpoints, server; and the orderly end of all of them. */
import { built } from "#lib/built.ts";
import { ConfigError, readConfig } from "#lib/config.ts";
import { keepRetention } from "#lib/domain/retention.ts";
import { adminEmail, bootstrapAdmin } from "#lib/domain/users/bootstrap.ts";
import { announceStop, databaseLogins, startServices, stopServices } from "#lib/entry/services.ts";
import { log } from "#lib/observe/logger.ts";
import { bufferStandardOutput } from "#lib/observe/output.ts";
import { slowStatements } from "#lib/sql/database.ts";
import { createAdapter } from "./adapter.ts";
import { createDispatch } from "./dispatch.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { migrateWhenReachable } from "./migrate-when-reachable.ts";
import { startPushing } from "./push.ts";
import { refuse } from "./refuse.ts";
import { findEndpoints, mountsOf } from "./routes.ts";
import { onStopSignal } from "./stop-signals.ts";
import { giveUp, say } from "./terminal.ts";
import { watchProcess } from "./watch-process.ts";

/** Handlers end by themselves when the time for a request is over; a batch some time after. Then the slot is taken from them. */
const leastHandlerMs = 60_000;

/** How long pools and queues have to close, once the last request is over: the whole end has to be shorter than a task's `stopTimeout`. */
const endingMs = 3_000;

/** How often what has been kept for long enough is looked for; several containers spread themselves over the time. */
const retentionEveryMs = 3_600_000;

const start = async (): Promise<void> => {
  const configured = readConfig();
  const output = bufferStandardOutput();
  process.on("exit", output.flush);

  const { dataDir } = configured;
  const isElsewhere = configured.databaseUrl !== undefined || configured.databaseSecretArn !== undefined;
  const embedded = isElsewhere ? undefined : await startEmbeddedPostgres({ dataDir, durable: true });
  const config = { ...configured, databaseUrl: embedded?.url ?? configured.databaseUrl };
  const { primary: login } = await databaseLogins(config);
  await migrateWhenReachable(login);
  const endpoints = await findEndpoints();
  const mounts = mountsOf(endpoints);
  const { db, settings, replicaLagMs } = await startServices(config, createDispatch(mounts));
  const { newKey } = await bootstrapAdmin(db, {
    secret: settings.secret,
    adminKey: config.bootstrapAdminKey,
    keyEnvironment: config.keyEnvironment,
    now: Date.now(),
  });

  const longestMs = Math.max(config.requestTimeoutMs, ...endpoints.map(({ description }) => description.timeLimitMs ?? 0));
  const adapter = createAdapter({
    mounts,
    refuse,
    maxBodyBytes: config.maxBodyBytes,
    maxConcurrent: config.maxConcurrentRequests,
    maxQueued: config.maxQueuedRequests,
    requestTimeoutMs: config.requestTimeoutMs,
    handlerTimeoutMs: Math.max(leastHandlerMs, longestMs + leastHandlerMs / 2),
    isOutermost: config.trustedProxies === 0,
  });
  await adapter.listen(config.port, config.host).catch((error: NodeJS.ErrnoException) => {
    giveUp(
      error.code === "EADDRINUSE" ? `Port ${config.port} is taken; set PORT to another one.` : `Cannot listen: ${error.message}`,
    );
  });
  // A person at a terminal wants the words above and a line per request, not a page of numbers every second.
  const stopWatching = process.stdout.isTTY
    ? () => {}
    : watchProcess({
        inFlight: adapter.inFlight,
        queued: adapter.queued,
        pool: db.state,
        replicaLagMs,
        slowStatements,
        dropped: output.dropped,
      });

  log.info("started", { ...built });
  say(`Calendar API at ${config.publicUrl}`);
  if (newKey !== undefined) say(`API key of the administrator ${adminEmail}, shown this once: ${newKey}`);
  const key = newKey ?? (config.bootstrapAdminKey === undefined ? "<your key>" : "$BOOTSTRAP_ADMIN_KEY");
  say(`Try it:\n  curl -H "X-API-Key: ${key}" ${config.publicUrl}/calendar/v3/users/me/calendarList`);

  const stopPushing = startPushing(login, config);

  const keepRegularly = async (): Promise<void> => {
    try {
      const letGo = await keepRetention({ db, settings, now: Date.now }, config);
      if (Object.values(letGo).some((number) => number > 0)) log.info("retention", { ...letGo });
    } catch (error) {
      log.warn("retention failed", { text: (error as Error).message });
    }
    if (!stopping) setTimeout(keepRegularly, retentionEveryMs * (0.5 + Math.random())).unref();
  };
  setTimeout(keepRegularly, retentionEveryMs * Math.random()).unref();

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info("stopping", { signal });
    announceStop();
    setTimeout(
      () => {
        log.error("stopped before everything had ended", { inFlight: adapter.inFlight() });
        process.exit(1); // flushes the log
      },
      config.drainMs + config.requestTimeoutMs + endingMs,
    ).unref();
    await Promise.all([adapter.drain({ acceptForMs: config.drainMs, deadlineMs: config.requestTimeoutMs }), stopPushing()]);
    await stopServices();
    await embedded?.stop();
    stopWatching();
    output.flush();
    process.exit(0);
  };
  onStopSignal((signal) => void stop(signal));

  const code = await embedded?.exited;
  if (embedded && !stopping) giveUp(`The embedded PostgreSQL has ended (${code}); start again to go on where it was.`);
};

process.on("unhandledRejection", (error) => log.error("unhandled rejection", error as Error));
start().catch((error) => giveUp(error instanceof ConfigError ? error.message : `Cannot start: ${(error as Error).stack}`));
