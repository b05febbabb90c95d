/** Somebody with a marker in all they say, and what is left of them in the database. */
import { randomUUID } from "node:crypto";
import { type Database, row, sql } from "#lib/sql/database.ts";
import type { Api, Person } from "#test/support/api.ts";

export interface Someone extends Person {
  /** In their address, their name and every text of theirs. */
  readonly marker: string;
}

/** A user whose address and name have a marker of their own. */
export const someone = async (api: Api): Promise<Someone> => {
  const marker = `m${randomUUID().replaceAll("-", "").slice(0, 16)}`;
  const email = `${marker}@example.org`;
  const user = await api.call("POST", "/v1/users", { key: api.adminKey, body: { email, displayName: `Name ${marker}` } });
  const made = await api.call("POST", `/v1/users/${user.body.id}/keys`, { key: api.adminKey, body: { name: `key ${marker}` } });
  const { key } = made.body as { key: string };
  const send = (method: string) => (path: string, body?: unknown, headers?: Record<string, string>) =>
    api.call(method, path, { key, ...(body !== undefined && { body }), ...(headers && { headers }) });
  const [get, remove] = [send("GET"), send("DELETE")];
  return {
    ...{ id: user.body.id, email, key, marker },
    get: (path, headers) => get(path, undefined, headers),
    post: send("POST"),
    put: send("PUT"),
    patch: send("PATCH"),
    delete: (path, headers) => remove(path, undefined, headers),
  };
};

/** Every row of every table, of the queue's too, whose text has a word in it: `table: row`. */
export const findEverywhere = async (db: Database, word: string): Promise<readonly string[]> => {
  const tables = await db.any(sql.type(row<{ schema: string; name: string }>())`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_schema in ('public', 'pgboss') and table_type = 'BASE TABLE'
  `);
  const found: string[] = [];
  for (const { schema, name } of tables) {
    const rows = await db.any(sql.type(row<{ text: string }>())`
      select t::text as text from ${sql.identifier([schema, name])} t where strpos(lower(t::text), ${word.toLowerCase()}) > 0
    `);
    found.push(...rows.map(({ text }) => `${schema}.${name}: ${text.slice(0, 300)}`));
  }
  return found;
};
