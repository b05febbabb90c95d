/** The container's main program: database, migrations, endpoints, server; and the orderly end of all of them. */
import { setTimeout as delay } from "node:timers/promises";
import { ConfigError, readConfig } from "#lib/config.ts";
import { purgeDeleted } from "#lib/domain/purge.ts";
import { adminEmail, bootstrapAdmin } from "#lib/domain/users/bootstrap.ts";
import { announceStop, databaseLogins, startServices, stopServices } from "#lib/entry/services.ts";
import { log } from "#lib/observe/logger.ts";
import { bufferStandardOutput } from "#lib/observe/output.ts";
import { databaseFault } from "#lib/sql/database.ts";
import type { Login } from "#lib/sql/login.ts";
import { migrate } from "#lib/sql/migrate.ts";
import { createAdapter } from "./adapter.ts";
import { createDispatch } from "./dispatch.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";
import { startPushing } from "./push.ts";
import { refuse } from "./refuse.ts";
import { findEndpoints, mountsOf } from "./routes.ts";
import { watchProcess } from "./watch-process.ts";

/** Words for the person at the terminal. Logs and metrics go to standard output; these do not mix with them. */
const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

const giveUp = (message: string): never => {
  say(message);
  process.exit(1);
};

/** How long a start waits for a database that is not there yet, as when all containers of a system start at once. */
const patienceMs = 30_000;

const dayMs = 86_400_000;
/** How often long-deleted events are looked for; several containers spread themselves over the time. */
const purgeEveryMs = 3_600_000;

/** Brings the database's schema up to date, waiting for the database if need be; gives up with a sentence. */
const migrateWhenReachable = async (url: Login | string): Promise<void> => {
  const { hostname, pathname } = new URL(typeof url === "string" ? url : url.url);
  const where = `database ${pathname.slice(1)} at ${decodeURIComponent(hostname)}`;
  for (const deadline = Date.now() + patienceMs; ; await delay(1_000)) {
    try {
      const applied = await migrate({ url });
      if (applied.length > 0) log.info("migrated", { applied });
      return;
    } catch (error) {
      const { message } = error as Error;
      if (databaseFault(error) !== "unreachable" || Date.now() > deadline) giveUp(`The ${where} cannot be used: ${message}`);
      say(`The ${where} does not answer yet (${message}); trying again.`);
    }
  }
};

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
  const mounts = mountsOf(await findEndpoints());
  const { db, settings, replicaLagMs } = await startServices(config, createDispatch(mounts));
  const { newKey } = await bootstrapAdmin(db, {
    secret: settings.secret,
    adminKey: config.bootstrapAdminKey,
    keyEnvironment: config.keyEnvironment,
    now: Date.now(),
  });

  const adapter = createAdapter({
    mounts,
    refuse,
    maxBodyBytes: config.maxBodyBytes,
    maxConcurrent: config.maxConcurrentRequests,
    maxQueued: config.maxQueuedRequests,
    requestTimeoutMs: config.requestTimeoutMs,
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
        dropped: output.dropped,
      });

  say(`Calendar API at ${config.publicUrl}`);
  if (newKey !== undefined) say(`API key of the administrator ${adminEmail}, shown this once: ${newKey}`);
  const key = newKey ?? (config.bootstrapAdminKey === undefined ? "<your key>" : "$BOOTSTRAP_ADMIN_KEY");
  say(`Try it:\n  curl -H "X-API-Key: ${key}" ${config.publicUrl}/calendar/v3/users/me/calendarList`);

  const stopPushing = startPushing(login, config);

  const purgeRegularly = async (): Promise<void> => {
    const now = Date.now();
    try {
      const purged = await purgeDeleted(db, now - config.tombstoneDays * dayMs, now);
      if (Object.values(purged).some((number) => number > 0)) log.info("purged", { ...purged });
    } catch (error) {
      log.warn("purge failed", { text: (error as Error).message });
    }
    if (!stopping) setTimeout(purgeRegularly, purgeEveryMs * (0.5 + Math.random())).unref();
  };
  setTimeout(purgeRegularly, purgeEveryMs * Math.random()).unref();

  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info("stopping", { signal });
    announceStop();
    await adapter.drain({ acceptForMs: config.drainMs, deadlineMs: config.requestTimeoutMs });
    await stopPushing();
    await stopServices();
    await embedded?.stop();
    stopWatching();
    output.flush();
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => void stop(signal));

  const code = await embedded?.exited;
  if (embedded && !stopping) giveUp(`The embedded PostgreSQL has ended (${code}); start again to go on where it was.`);
};

process.on("unhandledRejection", (error) => log.error("unhandled rejection", error as Error));
start().catch((error) => giveUp(error instanceof ConfigError ? error.message : `Cannot start: ${(error as Error).stack}`));
