/**
 * `npm run dev`: the server, started anew within a second of a change to its sources. The embedded database stays up in between;
 * the API key is the same at every start, and meant for this machine alone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { watch } from "node:fs";
import { readConfig } from "#lib/config.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";

const config = readConfig();
const embedded =
  config.databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: config.dataDir, durable: true }) : undefined;
const environment = {
  ...config.environment,
  DATABASE_URL: embedded?.url ?? config.databaseUrl,
  BOOTSTRAP_ADMIN_KEY: config.bootstrapAdminKey ?? "development-only-key",
  // Stripped and compiled sources are kept, so that only what changed is read anew.
  NODE_COMPILE_CACHE: "node_modules/.cache/node",
};

let server: ChildProcess | undefined;
const run = (): void => {
  server = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "container/main.ts"], {
    env: environment,
    stdio: "inherit",
  });
};

let pending: NodeJS.Timeout | undefined;
const restart = (): void => {
  clearTimeout(pending);
  pending = setTimeout(() => {
    if (!server || server.exitCode !== null || server.signalCode !== null) {
      run();
      return;
    }
    // Nobody's requests are at stake here, and the database is made to survive it.
    server.removeAllListeners("exit").once("exit", run).kill("SIGKILL");
  }, 30);
};

for (const folder of ["handlers", "lib", "container", "migrations"]) watch(folder, { recursive: true }, restart);
run();

const stop = async (): Promise<void> => {
  server?.removeAllListeners("exit").kill("SIGTERM");
  await embedded?.stop();
  process.exit(0);
};
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => void stop());
