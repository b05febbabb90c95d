import { type Connection, row, sql } from "./database.ts";

const patienceMs = 2_000;
/** So long an answer is good for those who come after it. */
const goodForMs = 250;

/**
 * Makes the question whether a database answers soon. Anybody may ask it as often as they like: it is put once for all who ask at the same
 * time and for some after them. Rejects when the database cannot be reached.
 */
export const createPing = (db: Connection): (() => Promise<boolean>) => {
  let asked: Promise<boolean> | undefined;
  let answeredAt = Number.POSITIVE_INFINITY;

  const ask = async (): Promise<boolean> => {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(resolve, patienceMs, false);
    const answered = db.one(sql.type(row<{ ok: number }>())`select 1 as ok`).then(() => true);
    try {
      return await Promise.race([answered, late]);
    } finally {
      clearTimeout(timer);
      answeredAt = performance.now();
    }
  };

  return () => {
    if (!asked || performance.now() - answeredAt >= goodForMs) {
      answeredAt = Number.POSITIVE_INFINITY;
      asked = ask();
    }
    return asked;
  };
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
