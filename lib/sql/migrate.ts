/**
 * Brings a database's schema up to date: each file of `migrations/` once, in order, then the schema of the queue. `migrations/README.md`
 * says how files are written; this is how they run:
 *
 * - One process at a time: it holds an advisory lock from before the first file until after the queue. The lock and all statements are
 *   one connection's, so whoever loses the lock can do nothing more.
 * - Whoever finds nothing to do needs no lock: a container can start while another process builds an index for an hour.
 * - A file runs in a transaction that waits 2 s for a lock at most and ends after 20 s at most: what the API's requests have to wait for
 *   behind it is less than they may take. Where it cannot have a lock it is undone and tried again, for about a minute.
 * - Files that the database has and this program does not are a newer release's, and none of its business.
 */
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { clientOptions, type Login, readLogin, withRenewal } from "./login.ts";
import { type Migration, readMigrations, statementsOf } from "./migration-files.ts";
import { installQueue, isQueueCurrent } from "./queue.ts";

/** Any number will do, as long as every version of this program locks the same one. */
const migrationLock = 4_207_112_301;
/** Others ask for the lock again and again: one that waited in a statement would be waited for by `create index concurrently`. */
const askEveryMs = 250;

/** How long a lock is waited for. Requests that come to the table meanwhile wait behind the migration, for as long. */
const lockTimeoutMs = 2_000;
const statementTimeoutMs = 15_000;
/** Less than a request may take (30 s), so that none fails for having waited. Servers before PostgreSQL 17 know no such limit. */
const transactionTimeoutMs = 20_000;
/** Outside a transaction statements block nobody while they wait: for all transactions that began before them, that is. */
const patientLockTimeoutMs = 600_000;
/** Pauses between attempts: the same transaction seldom runs for a minute. */
const usualPausesMs = [1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000];

/** The sources keep the files two folders up, the bundle beside itself. */
const findMigrations = (): string => {
  for (const place of ["./migrations/", "../migrations/", "../../migrations/"]) {
    const folder = new URL(place, import.meta.url);
    if (existsSync(new URL("0001-core.sql", folder))) return fileURLToPath(folder);
  }
  throw new Error("The migrations folder is missing beside the program.");
};

const connect = (login: Login | string): Promise<Client> =>
  withRenewal(readLogin(login).renew, async () => {
    const client = new Client({
      ...clientOptions(login),
      application_name: "migrations",
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
    });
    // A connection that goes fails the statement that runs, or the next one.
    client.on("error", () => {});
    await client.connect();
    await client.query(`set statement_timeout = 0; set lock_timeout = ${lockTimeoutMs}`);
    return client;
  });

/** Hashes of what was applied, by name. */
const readApplied = async (client: Client): Promise<ReadonlyMap<string, string>> => {
  const { rows: tables } = await client.query("select 1 from pg_class where oid = to_regclass('migrations')");
  if (tables.length === 0) return new Map();
  const { rows } = await client.query<{ name: string; hash: string }>("select name, hash from migrations");
  return new Map(rows.map(({ name, hash }) => [name, hash]));
};

/** What is to be applied. Throws when a file changed after it was, or would run after one that comes later. */
const findNew = (files: readonly Migration[], applied: ReadonlyMap<string, string>): readonly Migration[] => {
  const last =
    [...applied.keys()]
      .filter((name) => /^\d{4}-/.test(name))
      .sort()
      .at(-1) ?? "";
  return files.filter(({ name, hash }) => {
    const before = applied.get(name);
    if (before !== undefined && before !== hash) {
      throw new Error(
        `Migration ${name} was changed after it had been applied to this database. Restore it; add a new file instead.`,
      );
    }
    if (before === undefined && name < last) {
      throw new Error(`Migration ${name} is new, but ${last} has been applied to this database already. Number it after that.`);
    }
    return before === undefined;
  });
};

const noteAs = (client: Client, { name, hash }: { readonly name: string; readonly hash: string }) =>
  client.query("insert into migrations (name, hash) values ($1, $2)", [name, hash]);

const applyInTransaction = async (client: Client, file: Migration): Promise<void> => {
  await client.query("begin");
  try {
    await client.query(`
      set local statement_timeout = ${statementTimeoutMs};
      select set_config(name, '${transactionTimeoutMs}', true) from pg_settings where name = 'transaction_timeout'
    `);
    await client.query(file.text);
    await noteAs(client, file);
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
  await client.query("commit");
};

/** Drops an index that an attempt to build it has left behind: it is of no use, costs every write, and if unique refuses some. */
const dropInvalid = async (client: Client, index: string): Promise<void> => {
  const { rows } = await client.query("select 1 from pg_index where indexrelid = to_regclass($1) and not indisvalid", [index]);
  if (rows.length > 0) await client.query(`drop index concurrently if exists ${index}`);
};

const applyByStatement = async (client: Client, file: Migration): Promise<void> => {
  await client.query(`set lock_timeout = ${patientLockTimeoutMs}`);
  try {
    for (const statement of statementsOf(file.text)) {
      const index = /^create\s+(?:unique\s+)?index\s+concurrently\s+(?:if\s+not\s+exists\s+)?([\w."]+)\s+on\b/i.exec(
        statement,
      )?.[1];
      if (index) await dropInvalid(client, index);
      try {
        await client.query(statement);
      } catch (error) {
        if (index) await dropInvalid(client, index).catch(() => {});
        throw error;
      }
    }
    await noteAs(client, file);
  } finally {
    await client.query(`set lock_timeout = ${lockTimeoutMs}`).catch(() => {});
  }
};

/** PostgreSQL's lock_not_available and deadlock_detected: others are in the way, and may be gone soon. */
const isBusy = (error: unknown): boolean => ["55P03", "40P01"].includes(String((error as { readonly code?: unknown }).code));

/** Does a step, again after a pause while others hold locks that it needs. `outcome` says what a failure leaves behind. */
const patiently = async <T>(
  step: { readonly what: string; readonly outcome: string; readonly pausesMs: readonly number[] },
  work: () => Promise<T>,
): Promise<T> => {
  const { what, outcome, pausesMs } = step;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (cause) {
      const pause = pausesMs[attempt - 1];
      if (!isBusy(cause)) throw new Error(`${what} failed: ${(cause as Error).message}. ${outcome}`, { cause });
      if (pause === undefined) {
        throw new Error(`${what} gave up after ${attempt} attempts: other transactions hold locks that it needs. ${outcome}`, {
          cause,
        });
      }
      await delay(pause);
    }
  }
};

/**
 * Applies what is missing. Any number of processes may do this at once: one works, the others wait and find nothing left to do.
 *
 * @param database.folder the files, and `pausesMs` the pauses between attempts to get a lock: for tests.
 * @returns the names of the files applied now, and `queue` if its schema was.
 * @throws when a file cannot be applied, changed after it was applied, or comes too late, naming it. Those before it stay applied.
 */
export const migrate = async (database: {
  readonly url: Login | string;
  readonly folder?: string;
  readonly pausesMs?: readonly number[];
}): Promise<readonly string[]> => {
  const { url, folder = findMigrations(), pausesMs = usualPausesMs } = database;
  const files = readMigrations(folder);
  const client = await connect(url);
  const done: string[] = [];
  try {
    const before = await readApplied(client);
    if (findNew(files, before).length === 0 && isQueueCurrent(before.get("queue"))) return [];

    const askForLock = () => client.query<{ mine: boolean }>(`select pg_try_advisory_lock(${migrationLock}) as mine`);
    while (!(await askForLock()).rows[0]?.mine) await delay(askEveryMs);
    await client.query(
      "create table if not exists migrations (name text primary key, hash text not null, applied_at timestamptz not null default now())",
    );
    const applied = await readApplied(client);
    for (const file of findNew(files, applied)) {
      const apply = file.isTransactional ? applyInTransaction : applyByStatement;
      const outcome = file.isTransactional
        ? "Nothing of it was applied."
        : "Statements before the one that failed stay; the next run begins with the first again.";
      await patiently({ what: `Migration ${file.name}`, outcome, pausesMs }, () => apply(client, file));
      done.push(file.name);
    }
    if (!isQueueCurrent(applied.get("queue"))) {
      const step = { what: "The queue's schema", outcome: "What was done of it stays; the next run goes on with it.", pausesMs };
      await patiently(step, () => installQueue(client, lockTimeoutMs));
      done.push("queue");
    }
  } finally {
    await client.end().catch(() => {});
  }
  return done;
};
