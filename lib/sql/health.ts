import { type Connection, row, sql } from "./database.ts";

/** The smallest question there is. */
export const ping = async (db: Connection): Promise<void> => {
  await db.one(sql.type(row<{ ok: number }>())`select 1 as ok`);
};

/** How the database stands: its size in bytes, blocks found in its memory and read from disk since it began to count, locks waited for. */
export interface DatabaseHealth {
  readonly bytes: number;
  readonly found: number;
  readonly read: number;
  readonly locks_waiting: number;
}

export const readHealth = (db: Connection): Promise<DatabaseHealth> =>
  db.one(sql.type(row<DatabaseHealth>())`
    select pg_database_size(datname) as bytes, blks_hit as found, blks_read as read,
      (select count(*) from pg_locks where not granted) as locks_waiting
    from pg_stat_database where datname = current_database()
  `);
