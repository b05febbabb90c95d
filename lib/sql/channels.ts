import type { Channel, ChannelDraft, ResourceState, Watched, WatchedKind } from "#lib/model/channel.ts";
import { type Connection, row, sql } from "./database.ts";
import { changesQueue } from "./queue.ts";

interface ChannelRow {
  readonly number: number;
  readonly id: string;
  readonly user_id: string;
  readonly kind: WatchedKind;
  readonly calendar_id: string | null;
  readonly resource_id: string;
  readonly resource_uri: string;
  readonly address: string;
  readonly token: string | null;
  readonly expires_at: number;
}

/** A channel that is held for sending on it. */
export interface HeldChannel extends Channel {
  readonly email: string;
  readonly synced: boolean;
  readonly messages: number;
}

const fromRow = (found: ChannelRow): Channel => ({
  number: found.number,
  id: found.id,
  userId: found.user_id,
  kind: found.kind,
  calendarId: found.calendar_id ?? undefined,
  resourceId: found.resource_id,
  resourceUri: found.resource_uri,
  address: found.address,
  token: found.token ?? undefined,
  expiresAt: found.expires_at,
});

/** What those who watch a resource are told: that it has changed, or is no more. */
export interface Notice {
  readonly resource: Watched;
  readonly state: Exclude<ResourceState, "sync">;
}

/** What lib/push finds in a job of the queue of changes. */
export type Change = { readonly channel: number } | Notice;

/** A job takes over what its queue says: see pg-boss's manual, SQL, Job table. */
const enqueue = (change: Change) => sql.fragment`
  insert into pgboss.job (
    name, data, policy, retry_limit, retry_delay, retry_backoff, retry_delay_max, expire_seconds, deletion_seconds
  )
  select
    q.name, ${JSON.stringify(change)}::jsonb, q.policy, q.retry_limit, q.retry_delay, q.retry_backoff, q.retry_delay_max,
    q.expire_seconds, q.deletion_seconds
  from pgboss.queue q where q.name = ${changesQueue}
`;

/** The live channels of a resource. */
const watching = (resource: Watched) =>
  "calendarId" in resource
    ? sql.fragment`calendar_id = ${resource.calendarId} and kind = ${resource.kind} and expires_at > now()`
    : sql.fragment`user_id = ${resource.userId} and kind = ${resource.kind} and expires_at > now()`;

/** Puts a notice in the queue, if anybody watches; ends in its conditions, to which a statement that it is part of may add. */
export const enqueueNotice = (notice: Notice) =>
  sql.fragment`${enqueue(notice)} and exists (select from channels where ${watching(notice.resource)})`;

/** Puts a notice in the queue, if anybody watches: part of the transaction that makes the change. */
export const enqueueChange = async (db: Connection, notice: Notice): Promise<void> => {
  await db.query(sql.type(row())`${enqueueNotice(notice)}`);
};

/** Has a channel's first message sent, once the transaction that makes the channel has ended. */
export const enqueueSync = async (db: Connection, number: number): Promise<void> => {
  await db.query(sql.type(row())`${enqueue({ channel: number })}`);
};

/** The live channels of a resource after `afterNumber`, in order. */
export const listWatching = async (
  db: Connection,
  resource: Watched,
  afterNumber: number,
  limit: number,
): Promise<readonly number[]> => {
  const rows = await db.any(sql.type(row<{ number: number }>())`
    select number from channels where ${watching(resource)} and number > ${afterNumber} order by number limit ${limit}
  `);
  return rows.map(({ number }) => number);
};

/** How many live channels a user has. The lock keeps two requests from each taking the last place. */
export const countLocked = async (db: Connection, userId: string): Promise<number> => {
  await db.query(sql.type(row())`select from users where id = ${userId} for no key update`);
  const { count } = await db.one(sql.type(row<{ count: number }>())`
    select count(*) as count from channels where user_id = ${userId} and expires_at > now()
  `);
  return count;
};

/** Adds a channel; undefined when a live one has its id. */
export const insert = async (
  db: Connection,
  channel: ChannelDraft & Omit<Channel, keyof ChannelDraft | "number">,
): Promise<Channel | undefined> => {
  await db.query(sql.type(row())`delete from channels where id = ${channel.id} and expires_at <= now()`);
  const made = await db.maybeOne(sql.type(row<ChannelRow>())`
    insert into channels (id, user_id, kind, calendar_id, resource_id, resource_uri, address, token, expires_at)
    values (
      ${channel.id}, ${channel.userId}, ${channel.kind}, ${channel.calendarId ?? null}, ${channel.resourceId},
      ${channel.resourceUri}, ${channel.address}, ${channel.token ?? null}, ${new Date(channel.expiresAt).toISOString()}
    )
    on conflict do nothing
    returning number, id, user_id, kind, calendar_id, resource_id, resource_uri, address, token, expires_at
  `);
  return made ? fromRow(made) : undefined;
};

/** Ends a user's channel; false when there is no such live one. Waits for a message that is on its way (see {@link hold}). */
export const stop = async (
  db: Connection,
  {
    id,
    resourceId,
    userId,
    calendars,
  }: {
    readonly id: string;
    readonly resourceId: string;
    readonly userId: string;
    readonly calendars: readonly string[] | null;
  },
): Promise<boolean> => {
  const { rowCount } = await db.query(sql.type(row())`
    delete from channels where id = ${id} and resource_id = ${resourceId} and user_id = ${userId} and expires_at > now()
      and (${calendars === null} or calendar_id = any(${sql.array([...(calendars ?? [])], "text")}))
  `);
  return rowCount === 1;
};

/** Whether a channel is live, held by somebody or not. */
export const isLive = async (db: Connection, number: number): Promise<boolean> =>
  (await db.maybeOne(sql.type(row())`select from channels where number = ${number} and expires_at > now()`)) !== null;

/**
 * Takes the number of a channel's next message. It is taken for good before the message is sent, so that numbers ascend even when
 * the sender dies. Undefined when the channel is held by another sender, or has ended.
 */
export const takeMessage = async (
  db: Connection,
  number: number,
): Promise<{ readonly message: number; readonly synced: boolean } | undefined> => {
  const taken = await db.maybeOne(sql.type(row<{ message: number; synced: boolean }>())`
    update channels set messages = messages + 1
    where number = (select number from channels where number = ${number} and expires_at > now() for update skip locked)
    returning messages as message, synced
  `);
  return taken ?? undefined;
};

/**
 * Holds a channel until the transaction ends: whoever ends the channel waits that long, so nothing is sent on an ended one.
 * Undefined when another sender holds it, or it has ended.
 */
export const hold = async (db: Connection, number: number): Promise<HeldChannel | undefined> => {
  const found = await db.maybeOne(
    sql.type(row<ChannelRow & { readonly email: string; readonly synced: boolean; readonly messages: number }>())`
      select c.number, c.id, c.user_id, c.kind, c.calendar_id, c.resource_id, c.resource_uri, c.address, c.token, c.expires_at,
        c.synced, c.messages, u.email
      from channels c join users u on u.id = c.user_id
      where c.number = ${number} and c.expires_at > now()
      for update of c skip locked
    `,
  );
  return found ? { ...fromRow(found), email: found.email, synced: found.synced, messages: found.messages } : undefined;
};

/** Notes that the first message has been dealt with. */
export const setSynced = async (db: Connection, number: number): Promise<void> => {
  await db.query(sql.type(row())`update channels set synced = true where number = ${number}`);
};

export const remove = async (db: Connection, number: number): Promise<void> => {
  await db.query(sql.type(row())`delete from channels where number = ${number}`);
};

/** Deletes the channels that have expired. @returns how many. */
export const removeExpired = async (db: Connection): Promise<number> => {
  const { rowCount } = await db.query(sql.type(row())`
    delete from channels where number = any(array(
      select number from channels where expires_at <= now() order by expires_at limit 10000 for update skip locked
    ))
  `);
  return rowCount;
};
