/** Brings the schema up to date and ends: a task of its own before a release's first container starts. */
import { ConfigError, readConfig } from "#lib/config.ts";
import { databaseLogins } from "#lib/entry/services.ts";
import { bufferStandardOutput } from "#lib/observe/output.ts";
import { migrateWhenReachable } from "./migrate-when-reachable.ts";
import { giveUp, say } from "./terminal.ts";

try {
  const output = bufferStandardOutput();
  process.on("exit", output.flush);
  const { primary } = await databaseLogins(readConfig());
  await migrateWhenReachable(primary);
  say("The schema is up to date.");
  process.exit(0);
} catch (error) {
  giveUp(error instanceof ConfigError ? error.message : `Cannot migrate: ${(error as Error).message}`);
}
