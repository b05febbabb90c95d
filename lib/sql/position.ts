/** Positions in the write-ahead log, in bytes: what the database has written, and what its replica shows of that. */
import { type Connection, row, sql } from "./database.ts";

/**
 * Where the log of the primary ends: whoever asks after a commit hears a position behind it. And whether the notes that containers
 * share may lack one.
 */
export const findEnd = (db: Connection): Promise<{ readonly position: number; readonly is_held: boolean }> =>
  db.one(sql.type(row<{ position: number; is_held: boolean }>())`
    select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::int8 as position,
      exists (select from replica_holds where until > now()) as is_held
  `);

/** Up to where a replica shows the log; null on a server that follows none. */
export const findReplayed = async (db: Connection): Promise<number | null> => {
  const { position } = await db.one(sql.type(row<{ position: number | null }>())`
    select case when pg_is_in_recovery() then (pg_last_wal_replay_lsn() - '0/0'::pg_lsn)::int8 end as position
  `);
  return position;
};

/** Has nobody trust the notes for so long from now on. */
export const hold = async (db: Connection, ms: number): Promise<void> => {
  await db.query(sql.type(row())`
    insert into replica_holds (until) values (now() + ${ms} * interval '1 millisecond')
    on conflict (id) do update set until = greatest(replica_holds.until, excluded.until)
  `);
};
