/** A PostgreSQL of a test's own, for tests that change who may connect to it, and how. */
import { chmod, chown, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startEmbeddedPostgres } from "#container/embedded-postgres.ts";
import { placeForFiles } from "./database.ts";

export interface OwnPostgres {
  /** Its superuser's, by the socket. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * @param rules lines of pg_hba.conf that go before all others.
 * @param files further files in its folder, for its eyes alone.
 */
export const startOwnPostgres = async (
  rules: readonly string[],
  settings: Record<string, string> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<OwnPostgres> => {
  const dataDir = await mkdtemp(join(await placeForFiles(), `calendar-test-${process.pid}-`));
  const cluster = join(dataDir, "cluster");
  const options = { dataDir, durable: false, settings: { shared_buffers: "32MB" } };
  await (await startEmbeddedPostgres(options)).stop();
  const { uid, gid } = await stat(cluster);
  for (const [name, text] of Object.entries(files)) {
    const path = join(cluster, name);
    await writeFile(path, text);
    await chmod(path, 0o600);
    await chown(path, uid, gid);
  }
  const hba = join(cluster, "pg_hba.conf");
  await writeFile(hba, `${rules.join("\n")}\n${await readFile(hba, "utf8")}`);
  const server = await startEmbeddedPostgres({ ...options, settings: { ...options.settings, ...settings } });
  return {
    url: server.url,
    stop: async () => {
      await server.stop();
      await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
