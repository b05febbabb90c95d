import { setTimeout as delay } from "node:timers/promises";
import { log } from "#lib/observe/logger.ts";
import { databaseFault } from "#lib/sql/database.ts";
import type { Login } from "#lib/sql/login.ts";
import { migrate } from "#lib/sql/migrate.ts";
import { giveUp, say } from "./terminal.ts";

/** How long a start waits for a database that is not there yet, as when all containers of a system start at once. */
const patienceMs = 30_000;

/** Brings the database's schema up to date, waiting for the database if need be; gives up with a sentence. */
export const migrateWhenReachable = async (url: Login | string): Promise<void> => {
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
