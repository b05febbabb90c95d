/** What removes a person from the database: statements of `lib/domain/users/erase.ts` and its neighbours. */
import type { Event } from "#lib/model/event.ts";
import { type Connection, row, sql } from "./database.ts";
import { columns, type EventRow, fromRow } from "./events.ts";
import { namesOne } from "./names-address.ts";

/** Somebody who is being erased. */
export interface LeavingRow {
  readonly id: string;
  readonly email: string;
  readonly is_admin: boolean;
  /** The address that stands for them from now on; null: the erasure has not begun. */
  readonly erased_as: string | null;
  /** Ids of their calendars that are deleted. */
  readonly erased_calendars: readonly string[];
}

const leaving = sql.fragment`id, email, is_admin, erased_as, erased_calendars`;

/** A user, also one who is being erased, locked until the transaction ends. */
export const findLocked = (db: Connection, id: string): Promise<LeavingRow | null> =>
  db.maybeOne(sql.type(row<LeavingRow>())`select ${leaving} from users where id = ${id} for update`);

export const find = (db: Connection, id: string): Promise<LeavingRow | null> =>
  db.maybeOne(sql.type(row<LeavingRow>())`select ${leaving} from users where id = ${id}`);

/** Those whose erasure has begun and not ended. */
export const listUnfinished = async (db: Connection): Promise<readonly string[]> => {
  const rows = await db.any(
    sql.type(row<{ id: string }>())`select id from users where erased_as is not null order by id limit 1000`,
  );
  return rows.map(({ id }) => id);
};

/** The administrators, locked in the order of their ids. */
export const lockAdministrators = async (db: Connection): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ id: string }>())`
    select id from users where is_admin and erased_as is null order by id for update
  `);
  return rows.map(({ id }) => id);
};

/** Begins an erasure: keys end, and what the person has set is gone. */
export const begin = async (db: Connection, id: string, pseudonym: string): Promise<void> => {
  await db.query(sql.type(row())`update users set erased_as = ${pseudonym}, display_name = null where id = ${id}`);
  await db.query(sql.type(row())`update api_keys set revoked_at = now() where user_id = ${id} and revoked_at is null`);
  await db.query(sql.type(row())`delete from user_settings where user_id = ${id}`);
  await db.query(sql.type(row())`delete from idempotent_answers where user_id = ${id}`);
};

/**
 * Ends the person's channels, and those of others on a calendar that is theirs alone, with all that waits to be sent on them. Waits for
 * a message that is on its way.
 */
export const removeChannels = async (
  db: Connection,
  { id, email }: { readonly id: string; readonly email: string },
): Promise<void> => {
  const rows = await db.any(sql.type(row<{ number: number }>())`
    delete from channels where user_id = ${id} or calendar_id = ${email} returning number
  `);
  await db.query(sql.type(row())`
    delete from pgboss.job
    where data->'resource'->>'calendarId' = ${email} or data->'resource'->>'userId' = ${id}
      or (data->>'channel')::bigint = any(${sql.array(
        rows.map(({ number }) => number),
        "int8",
      )})
  `);
};

/** A calendar that a user owns, if there is one. */
export const findOwned = async (
  db: Connection,
  userId: string,
): Promise<{ readonly id: string; readonly isPrimary: boolean } | undefined> =>
  (await db.maybeOne(sql.type(row<{ id: string; isPrimary: boolean }>())`
    select id, is_primary as "isPrimary" from calendars where owner_id = ${userId} order by is_primary desc, id limit 1
  `)) ?? undefined;

/** The ids of all calendars that a user owns. */
export const listOwned = async (db: Connection, userId: string): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ id: string }>())`select id from calendars where owner_id = ${userId}`);
  return rows.map(({ id }) => id);
};

/** Of the other users whom a calendar's rules call its owners the one who is so for longest, locked. */
export const findHeir = async (
  db: Connection,
  calendarId: string,
  ownerId: string,
): Promise<{ readonly id: string; readonly email: string } | undefined> =>
  (await db.maybeOne(sql.type(row<{ id: string; email: string }>())`
    select u.id, u.email from acl_rules a join users u on u.email = a.scope_value
    where a.calendar_id = ${calendarId} and a.scope_type = 'user' and a.role = 'owner' and u.id <> ${ownerId} and u.erased_as is null
    order by a.change, a.id limit 1 for no key update of u
  `)) ?? undefined;

/** Notes that a calendar is deleted that events elsewhere may name. */
export const noteErasedCalendar = async (db: Connection, userId: string, calendarId: string): Promise<void> => {
  await db.query(sql.type(row())`
    update users set erased_calendars = array_append(erased_calendars, ${calendarId}) where id = ${userId}
  `);
};

/**
 * Removes a calendar from all lists without a trace; who syncs a list that it was in has to read all again. Users are locked in the order
 * of their ids. @returns whose lists those were.
 */
export const removeEntries = async (db: Connection, calendarId: string): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ user_id: string }>())`
    with locked as materialized (
      select u.id as locked_id from users u
      where u.id in (select l.user_id from calendar_list l where l.calendar_id = ${calendarId}) order by u.id for no key update
    ), numbered as (
      update users u set change = u.change + 1, purged_change = u.change + 1 from locked where u.id = locked.locked_id returning u.id
    )
    delete from calendar_list l using numbered where l.calendar_id = ${calendarId} and l.user_id = numbered.id
    returning l.user_id
  `);
  return rows.map(({ user_id: id }) => id);
};

/** Calendars with a rule, standing or taken away, that names a user. */
export const listCalendarsWithRule = async (db: Connection, email: string): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ id: string }>())`
    select calendar_id as id from acl_rules where scope_type = 'user' and scope_value = ${email} order by calendar_id
  `);
  return rows.map(({ id }) => id);
};

/** Removes a user's rule from a calendar without a trace; `change` is the calendar's, taken under its lock. */
export const removeRule = async (db: Connection, calendarId: string, email: string, change: number): Promise<void> => {
  await db.query(sql.type(row())`
    delete from acl_rules where calendar_id = ${calendarId} and scope_type = 'user' and scope_value = ${email}
  `);
  await db.query(sql.type(row())`update calendars set purged_rules_change = ${change} where id = ${calendarId}`);
};

/** A place in the order of all events. */
export interface Place {
  readonly calendarId: string;
  readonly id: string;
}

/**
 * Goes through the next `limit` events of all calendars: which of them have one of these addresses anywhere in them, or are copies of
 * events of such a calendar. Reads the text of every event: 100,000 take a second or two, in as many statements as the limit makes of it.
 *
 * @returns `last`: where it has come to; undefined: there are no more.
 */
export const scanEvents = async (
  db: Connection,
  names: readonly string[],
  after: Place,
  limit: number,
): Promise<{ readonly hits: readonly Place[]; readonly last: Place | undefined }> => {
  const rows = await db.any(sql.type(row<{ calendar_id: string; id: string; is_hit: boolean }>())`
    with page as materialized (
      select e.calendar_id, e.id, e.copy_of_calendar, e.data from events e
      where (e.calendar_id, e.id) > (${after.calendarId}, ${after.id}) order by e.calendar_id, e.id limit ${limit}
    ), last as (
      select calendar_id, id from page order by calendar_id desc, id desc limit 1
    )
    select p.calendar_id, p.id, true as is_hit from page p
    where p.copy_of_calendar = any(${sql.array([...names], "text")}) or ${namesOne(sql.fragment`p.data::text`, names)}
    union all select calendar_id, id, false from last
    order by is_hit
  `);
  const [last, ...hits] = rows.map(({ calendar_id: calendarId, id }) => ({ calendarId, id }));
  return { hits: hits.sort((a, b) => (a.calendarId < b.calendarId ? -1 : a.calendarId > b.calendarId ? 1 : 0)), last };
};

/** Takes what former versions of series say, besides when they were, from those that name somebody. Ids of events are the order. */
export const stripRetired = async (db: Connection, names: readonly string[], after: Place, limit: number) => {
  const found = await db.maybeOne(sql.type(row<Place>())`
    with page as materialized (
      select r.calendar_id, r.event_id, r.change, r.data from retired_series r
      where (r.calendar_id, r.event_id) > (${after.calendarId}, ${after.id}) order by r.calendar_id, r.event_id, r.change
      fetch first ${limit} rows with ties
    ), stripped as (
      update retired_series r set data = r.data - 'details' from page p
      where r.calendar_id = p.calendar_id and r.event_id = p.event_id and r.change = p.change and ${namesOne(sql.fragment`p.data::text`, names)}
    )
    select calendar_id as "calendarId", event_id as id from page order by calendar_id desc, event_id desc limit 1
  `);
  return found ?? undefined;
};

/** Events of a calendar by their ids. */
export const listEvents = async (db: Connection, calendarId: string, ids: readonly string[]): Promise<readonly Event[]> => {
  const rows = await db.any(sql.type(row<EventRow>())`
    select ${columns} from events e where e.calendar_id = ${calendarId} and e.id = any(${sql.array([...ids], "text")}) order by e.id
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

/**
 * Writes what events say of people; when they are, how they stand and everything else stays. `change` is the calendar's, taken under its
 * lock. Events that are no copies any more have no `copyOf`.
 */
export const putPeople = async (
  db: Connection,
  calendarId: string,
  changed: readonly { readonly event: Event; readonly words: string }[],
  { change, now }: { readonly change: number; readonly now: number },
): Promise<void> => {
  const rows = changed.map(({ event, words }) => ({
    id: event.id,
    words,
    details: event.details,
    is_copy: event.copyOf !== undefined,
  }));
  await db.query(sql.type(row())`
    update events e set
      data = jsonb_set(e.data, '{details}', r.details), words = r.words, properties = r.details->'extendedProperties', change = ${change},
      updated_at = case when e.status = 'cancelled' then e.updated_at else ${new Date(now).toISOString()} end,
      copy_of_calendar = case when r.is_copy then e.copy_of_calendar end, copy_of_event = case when r.is_copy then e.copy_of_event end
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(id text, words text, details jsonb, is_copy boolean)
    where e.calendar_id = ${calendarId} and e.id = r.id
  `);
};

/**
 * Ends the memberships of an address in groups, and puts another one in its place among the calendars that keys are limited to: never
 * none, which would mean all.
 */
export const removeAddress = async (db: Connection, address: string, pseudonym: string): Promise<void> => {
  await db.query(sql.type(row())`delete from group_members where email = ${address}`);
  await db.query(sql.type(row())`
    update api_keys set calendars = array_replace(calendars, ${address}, ${pseudonym}) where ${address} = any(calendars)
  `);
};

/** Goes through the next entries of the audit log: which of those with a personal part have an address anywhere in it. */
export const scanAudit = async (
  db: Connection,
  address: string,
  after: { readonly chain: number; readonly number: number },
  limit: number,
) => {
  const rows = await db.any(sql.type(row<{ chain: number; number: number; is_hit: boolean }>())`
    with page as materialized (
      select a.chain, a.number, a.details, a.erasure from audit a
      where (a.chain, a.number) > (${after.chain}, ${after.number}) order by a.chain, a.number limit ${limit}
    )
    select chain, number, true as is_hit from page where erasure is null and ${namesOne(sql.fragment`details`, [address])}
    union all (select chain, number, false from page order by chain desc, number desc limit 1)
    order by is_hit
  `);
  const [last, ...hits] = rows.map(({ chain, number }) => ({ chain, number }));
  return { hits, last };
};

/** Ends an erasure: the user is gone, and all that is theirs alone. False while they own a calendar. */
export const removeUser = async (db: Connection, id: string): Promise<boolean> => {
  const { rowCount } = await db.query(sql.type(row())`
    delete from users where id = ${id} and erased_as is not null and not exists (select from calendars where owner_id = ${id})
  `);
  return rowCount === 1;
};
