/**
 * Real databases for the tests. A run of jest has one server (its own, thrown away afterwards, or the one that TEST_DATABASE_URL
 * names) with one template, migrated once; each test file takes a copy of the template and shares nothing with the others.
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startEmbeddedPostgres } from "#container/embedded-postgres.ts";
import { openDatabase, row, sql } from "#lib/sql/database.ts";

/** How the process that runs globalSetup tells jest's workers, which inherit its environment. */
const serverVariable = "CALENDAR_TEST_SERVER";
const templateVariable = "CALENDAR_TEST_TEMPLATE";

/**
 * Starts the server and migrates the template: for jest's globalSetup, once per run.
 *
 * @returns what undoes it.
 */
export const prepareDatabases = async (
  migrate: (database: { url: string }) => Promise<unknown>,
): Promise<() => Promise<void>> => {
  const given = process.env.TEST_DATABASE_URL;
  const server = given ? { url: given, stop: async () => {} } : await startThrowawayServer();
  try {
    const template = `test_template_${randomUUID().replaceAll("-", "")}`;
    await run(server.url, sql.fragment`create database ${sql.identifier([template])}`);
    await migrate({ url: within(server.url, template) });
    // A connection to the template, even a forgotten one, would make every copy fail.
    await run(server.url, sql.fragment`alter database ${sql.identifier([template])} allow_connections false`);

    process.env[serverVariable] = server.url;
    process.env[templateVariable] = template;
    return async () => {
      if (given) await run(given, sql.fragment`drop database ${sql.identifier([template])} with (force)`);
      await server.stop();
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
};

/** A new database with the whole schema and no rows, for one test file. Dropping it disconnects whoever is still there. */
export const freshDatabase = async (): Promise<{ readonly url: string; drop(): Promise<void> }> => {
  const server = process.env[serverVariable];
  const template = process.env[templateVariable];
  if (!server || !template) throw new Error("There is no test database: jest's globalSetup has not called prepareDatabases.");

  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await run(
    server,
    sql.fragment`create database ${sql.identifier([name])} template ${sql.identifier([template])} strategy file_copy`,
  );
  return {
    url: within(server, name),
    drop: () => run(server, sql.fragment`drop database if exists ${sql.identifier([name])} with (force)`),
  };
};

const startThrowawayServer = async () => {
  const place = await placeForFiles();
  await removeAbandoned(place);
  const folder = await mkdtemp(join(place, `calendar-test-${process.pid}-`));
  const remove = () => rm(folder, { recursive: true, force: true, maxRetries: 5 });
  try {
    const { url, stop } = await startEmbeddedPostgres({ dataDir: folder, durable: false, settings: { max_connections: "200" } });
    return { url, stop: () => stop().then(remove) };
  } catch (error) {
    await remove();
    throw error;
  }
};

/** Where tests put database files: in memory, where a copy of the template takes 25 ms and not 130, if there is room for them. */
export const placeForFiles = async (): Promise<string> => {
  const memory = "/dev/shm"; // on Linux; in a container often too small (64 MB)
  const { bavail, bsize } = await statfs(memory).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize > 2 ** 31 ? memory : tmpdir();
};

/** An interrupted run takes its server along, but leaves the files. */
const removeAbandoned = async (place: string): Promise<void> => {
  for (const entry of await readdir(place)) {
    const pid = /^calendar-test-(\d+)-/.exec(entry)?.[1];
    if (pid && !isAlive(Number(pid))) await rm(join(place, entry), { recursive: true, force: true }).catch(() => {});
  }
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as { code?: unknown }).code === "EPERM";
  }
};

const within = (server: string, database: string): string => {
  const url = new URL(server);
  url.pathname = `/${database}`;
  return url.href;
};

const run = async (url: string, statement: ReturnType<typeof sql.fragment>): Promise<void> => {
  const database = await openDatabase(url, { poolSize: 1, statementTimeoutMs: 60_000 });
  try {
    await database.query(sql.type(row())`${statement}`);
  } finally {
    await database.close();
  }
};
