/** The built server in a process of its own on a throw-away database, for benches to load. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbeddedPostgres } from "#container/embedded-postgres.ts";
import { migrate } from "#lib/sql/migrate.ts";
import { freePort } from "#test/support/server-process.ts";

const key = "administrator-of-the-bench";
export const headers = { "X-API-Key": key, Accept: "application/json" };

/** Starts a program whose log lines nobody reads: reading them would take the time of whoever makes the load. */
export const serve = (args: readonly string[], env: Record<string, string>): ChildProcess => {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, NODE_ENV: "production", ...env },
    stdio: "ignore",
  });
  return child;
};

export const untilAnswering = async (url: string): Promise<void> => {
  for (let patience = 0; patience < 400; patience += 1) {
    const answered = await fetch(url, { headers }).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return;
    await delay(25);
  }
  throw new Error(`${url} does not answer.`);
};

export const startDatabase = async ({ isEmpty = false } = {}): Promise<{ readonly url: string; stop(): Promise<void> }> => {
  const folder = mkdtempSync(join(tmpdir(), "calendar-bench-"));
  const database = await startEmbeddedPostgres({ dataDir: folder, durable: false });
  if (!isEmpty) await migrate({ url: database.url });
  return {
    url: database.url,
    stop: async () => {
      await database.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};

/** Starts the container's bundle as it runs in production, everything on. */
export const startBundle = async (
  databaseUrl: string,
  environment: Record<string, string> = {},
  program = "dist/container/main.mjs",
): Promise<{ readonly url: string; readonly port: number; readonly child: ChildProcess }> => {
  const port = await freePort();
  const child = serve(["--enable-source-maps", program], {
    DATABASE_URL: databaseUrl,
    BOOTSTRAP_ADMIN_KEY: key,
    HOST: "127.0.0.1",
    PORT: String(port),
    TRACE_SAMPLE_RATE: "0.05",
    RATE_LIMIT_PER_MINUTE: "0",
    RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "0",
    ...environment,
  });
  const url = `http://127.0.0.1:${port}`;
  await untilAnswering(`${url}/health/ready`);
  return { url, port, child };
};

export const post = async (url: string, path: string, body: unknown): Promise<{ readonly id: string }> => {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { ...headers, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as { id: string };
};
