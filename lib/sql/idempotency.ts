import { type Connection, row, sql } from "./database.ts";

/** How long a first answer is given again. */
export const keptMs = 86_400_000;

export interface AnswerRow {
  readonly fingerprint: Buffer;
  readonly sealed_answer: Buffer;
}

/**
 * Lets a transaction alone work under a name until it ends, however it ends. False, at once, when another one does: who wants to wait
 * tries again, and holds no connection meanwhile.
 */
export const claim = async (db: Connection, name: Buffer): Promise<boolean> => {
  const lock = name.readBigInt64BE(0).toString();
  const { claimed } = await db.one(sql.type(row<{ claimed: boolean }>())`
    select pg_try_advisory_xact_lock(${lock}::bigint) as claimed
  `);
  return claimed;
};

/** The answer under a name, if it is from a time or later. Inside the transaction that has claimed the name. */
export const find = (db: Connection, name: Buffer, since: number): Promise<AnswerRow | null> =>
  db.maybeOne(sql.type(row<AnswerRow>())`
    select fingerprint, sealed_answer from idempotent_answers
    where name = ${sql.binary(name)} and created_at >= ${new Date(since).toISOString()}
  `);

/**
 * Keeps an answer in place of an older one. One that is longer than `longestOfRead` is kept only if the transaction has changed
 * something: to read again harms nobody. None is kept for a user who is no more.
 */
export const put = async (
  db: Connection,
  answer: {
    readonly name: Buffer;
    readonly userId: string;
    readonly fingerprint: Buffer;
    readonly sealed: Buffer;
    readonly longestOfRead: number;
  },
  now: number,
): Promise<void> => {
  const { name, userId, fingerprint, sealed, longestOfRead } = answer;
  await db.query(sql.type(row())`
    insert into idempotent_answers (name, user_id, fingerprint, sealed_answer, created_at)
    select ${sql.binary(name)}, ${userId}, ${sql.binary(fingerprint)}, ${sql.binary(sealed)}, ${new Date(now).toISOString()}
    where (${sealed.length}::int <= ${longestOfRead}::int or pg_current_xact_id_if_assigned() is not null)
      and exists (select from users where id = ${userId})
    on conflict (name) do update set
      user_id = excluded.user_id, fingerprint = excluded.fingerprint,
      sealed_answer = excluded.sealed_answer, created_at = excluded.created_at
  `);
};

/** Lets go of some answers from before a time. @returns how many; fewer than `limit`: there are no more. */
export const purge = async (db: Connection, before: number, limit: number): Promise<number> => {
  const { rowCount } = await db.query(sql.type(row())`
    delete from idempotent_answers where name in (
      select name from idempotent_answers where created_at < ${new Date(before).toISOString()}
      limit ${limit} for update skip locked
    )
  `);
  return rowCount;
};
