import type { Usage, UsageFilter } from "#lib/model/usage.ts";
import { type Connection, row, sql } from "./database.ts";

export interface UsageRow extends Usage {
  readonly userId: string;
}

/** A place in the order of the list: latest day first, then by key. */
export interface UsageCursor {
  readonly day: string;
  readonly keyId: string;
}

/**
 * Adds sums to those that are there, once for each number of a writer: numbers only rise, and one that has been added already does
 * nothing. Keys that are gone are left out. Users are locked against removal first, in the order of their ids, as a removal locks
 * them before their rows here: so none of these wait for each other in a ring.
 */
export const add = async (
  db: Connection,
  writer: { readonly id: string; readonly number: number },
  sums: readonly Usage[],
  now: number,
): Promise<void> => {
  await db.query(sql.type(row())`
    with turn as (
      insert into usage_writers as w (id, number, at) values (${writer.id}, ${writer.number}, ${new Date(now).toISOString()})
      on conflict (id) do update set number = excluded.number, at = excluded.at where w.number < excluded.number
      returning id
    ), known as materialized (
      select k.id, k.user_id from api_keys k join users u on u.id = k.user_id
      where k.id = any(${sql.array(
        sums.map(({ keyId }) => keyId),
        "text",
      )})
      order by u.id for key share of u
    )
    insert into key_usage as t (key_id, user_id, day, requests, writes, errors, bytes_in, bytes_out)
    select n.key_id, k.user_id, n.day, n.requests, n.writes, n.errors, n.bytes_in, n.bytes_out
    from ${sql.unnest(
      sums.map((sum) => [sum.keyId, sum.day, sum.requests, sum.writes, sum.errors, sum.bytesIn, sum.bytesOut]),
      ["text", "date", "int8", "int8", "int8", "int8", "int8"],
    )} as n (key_id, day, requests, writes, errors, bytes_in, bytes_out)
    join known k on k.id = n.key_id
    where exists (select from turn)
    order by n.key_id, n.day
    on conflict (key_id, day) do update set
      requests = t.requests + excluded.requests, writes = t.writes + excluded.writes, errors = t.errors + excluded.errors,
      bytes_in = t.bytes_in + excluded.bytes_in, bytes_out = t.bytes_out + excluded.bytes_out
  `);
};

/**
 * Sums that fit a filter, latest day first. The branches are statements of their own inside one text: each reads along an index.
 *
 * @param keyIds keys that may be told of; undefined: all.
 */
export const list = async (
  db: Connection,
  { from, to, userId, keyId }: UsageFilter & { readonly from: string; readonly to: string },
  keyIds: readonly string[] | undefined,
  after: UsageCursor | undefined,
  limit: number,
): Promise<readonly UsageRow[]> => {
  const columns = sql.fragment`
    day, user_id as "userId", key_id as "keyId", requests, writes, errors, bytes_in as "bytesIn", bytes_out as "bytesOut"
  `;
  const { day, keyId: lastKey } = after ?? { day: "infinity", keyId: "" };
  const rest = sql.fragment`
    day >= ${from}::date and day < ${to}::date and day <= ${day}::date and (day < ${day}::date or key_id > ${lastKey})
    and (${keyId ?? null}::text is null or key_id = ${keyId ?? null})
    and (${keyIds === undefined} or key_id = any(${sql.array([...(keyIds ?? [])], "text")}))
    order by day desc, key_id limit ${limit}
  `;
  if (userId !== undefined) {
    return db.any(sql.type(row<UsageRow>())`select ${columns} from key_usage where user_id = ${userId} and ${rest}`);
  }
  if (keyId !== undefined) {
    return db.any(sql.type(row<UsageRow>())`select ${columns} from key_usage where key_id = ${keyId} and ${rest}`);
  }
  return db.any(sql.type(row<UsageRow>())`select ${columns} from key_usage where ${rest}`);
};

/** Lets go of the sums of days before a time. @returns how many. */
export const purge = async (db: Connection, before: number): Promise<number> => {
  const { gone } = await db.one(sql.type(row<{ gone: number }>())`
    with days as (delete from key_usage where day < (${new Date(before).toISOString()}::timestamptz at time zone 'UTC')::date returning day),
      writers as (delete from usage_writers where at < ${new Date(before).toISOString()})
    select count(*) as gone from days
  `);
  return gone;
};
