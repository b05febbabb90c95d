/**
 * Brings a database's schema up to date: each file of `migrations/` once, in order, each in a transaction of its own; then the
 * schema of the queue.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { type Connection, openDatabase, row, sql } from "./database.ts";
import type { Login } from "./login.ts";
import { installQueue } from "./queue.ts";

/** Any number will do, as long as every version of this program locks the same one. */
const migrationLock = 4_207_112_301;

/** The sources keep the files two folders up, the bundle beside itself. */
const findMigrations = (): URL => {
  for (const place of ["./migrations/", "../migrations/", "../../migrations/"]) {
    const folder = new URL(place, import.meta.url);
    if (existsSync(new URL("0001-core.sql", folder))) return folder;
  }
  throw new Error("The migrations folder is missing beside the program.");
};

/** Cuts a file into statements at semicolons that end a line: one migration has no bodies that contain such lines. */
const statements = (text: string): string[] =>
  text
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/^\s*--.*$/gm, "").trim() !== "");

/** Runs SQL that a file says; slonik takes text from template literals alone, to keep values out of it, and a file is like one. */
const execute = (db: Connection, text: string) => {
  const parts = Object.assign([text], { raw: Object.freeze([text]) });
  return db.query(sql.unsafe(parts));
};

/**
 * Applies what is missing. Any number of processes may do this at once: one works, the others wait and find nothing left to do.
 *
 * @returns the names of the files applied now.
 * @throws when a file changed after it was applied, naming it.
 */
export const migrate = async ({ url }: { readonly url: Login | string }): Promise<readonly string[]> => {
  const folder = findMigrations();
  const files = readdirSync(folder)
    .filter((name) => name.endsWith(".sql") && /^\d{4}-/.test(name))
    .sort();
  const database = await openDatabase(url, { poolSize: 1, statementTimeoutMs: 600_000 });
  const applied: string[] = [];
  try {
    for (const name of files) {
      const text = readFileSync(new URL(name, folder), "utf8");
      const hash = createHash("sha256").update(text).digest("hex");
      const isNew = await database.inTransaction(async (db) => {
        await db.query(sql.type(row())`select pg_advisory_xact_lock(${migrationLock})`);
        await db.query(sql.type(row())`
          create table if not exists migrations (name text primary key, hash text not null, applied_at timestamptz not null default now())
        `);
        const before = await db.maybeOne(sql.type(row<{ hash: string }>())`select hash from migrations where name = ${name}`);
        if (before && before.hash !== hash) {
          throw new Error(
            `Migration ${name} was changed after it had been applied to this database. Restore it; add a new file instead.`,
          );
        }
        if (before) return false;
        for (const statement of statements(text)) await execute(db, statement);
        await db.query(sql.type(row())`insert into migrations (name, hash) values (${name}, ${hash})`);
        return true;
      });
      if (isNew) applied.push(name);
    }
    const isQueueNew = await database.inTransaction(async (db) => {
      await db.query(sql.type(row())`select pg_advisory_xact_lock(${migrationLock})`);
      return installQueue(db, url);
    });
    if (isQueueNew) applied.push("queue");
  } finally {
    await database.close();
  }
  return applied;
};
