import type { Event, EventStatus } from "#lib/model/event.ts";
import { type CalendarRow, fromRow as calendarFromRow } from "./calendars.ts";
import { type Connection, row, sql } from "./database.ts";

/** When an event is, as the database searches it: instants of a timed event, dates of an all-day one; `null` end: never. */
export type Span =
  | { readonly startsAt: number; readonly endsAt: number | null }
  | { readonly startDate: string; readonly endDate: string | null };

/** An event with what the database needs to know to find it again. */
export interface PlacedEvent {
  readonly event: Event;
  /** It is the master of a series that can be expanded. */
  readonly recurring: boolean;
  readonly span: Span;
  /** The original start of an instance, as its id ends: `20260308T130000Z` or `20260308`. */
  readonly originalKey: string | null;
  /** What a text search looks through, lower case. */
  readonly words: string;
}

interface EventRow {
  readonly id: string;
  readonly i_cal_uid: string;
  readonly status: EventStatus;
  readonly master_id: string | null;
  readonly change: number;
  readonly sequence: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly data: Pick<Event, "start" | "end" | "recurrence" | "originalStart" | "details">;
}

const columns = sql.fragment`e.id, e.i_cal_uid, e.status, e.master_id, e.change, e.sequence, e.created_at, e.updated_at, e.data`;

const fromRow = (calendarId: string, found: EventRow): Event => ({
  calendarId,
  id: found.id,
  iCalUID: found.i_cal_uid,
  status: found.status,
  sequence: found.sequence,
  change: found.change,
  created: found.created_at,
  updated: found.updated_at,
  ...(found.master_id !== null && { recurringEventId: found.master_id }),
  ...found.data,
});

/** An event together with its calendar, in one round trip: undefined calendar, or undefined event, when there is none. */
export const findWithCalendar = async (db: Connection, calendarId: string, id: string) => {
  const found = await db.maybeOne(sql.prepared(
    "events_find_with_calendar",
    row<CalendarRow & Omit<EventRow, "id"> & { event_id: string | null; event_change: number; event_updated_at: number }>(),
  )`
    select
      c.id, c.owner_id, c.is_primary, c.summary, c.description, c.location, c.time_zone, c.details, c.change, c.own_change,
      c.purged_change, c.updated_at, e.id as event_id, e.i_cal_uid, e.status, e.master_id, e.change as event_change, e.sequence,
      e.created_at, e.updated_at as event_updated_at, e.data
    from calendars c left join events e on e.calendar_id = c.id and e.id = ${id}
    where c.id = ${calendarId}
  `);
  if (!found) return { calendar: undefined, event: undefined };
  const { event_id: eventId } = found;
  return {
    calendar: calendarFromRow(found),
    event:
      eventId === null
        ? undefined
        : fromRow(calendarId, { ...found, id: eventId, change: found.event_change, updated_at: found.event_updated_at }),
  };
};

export const find = async (db: Connection, calendarId: string, id: string): Promise<Event | undefined> => {
  const found = await db.maybeOne(sql.prepared("events_find", row<EventRow>())`
    select ${columns} from events e where e.calendar_id = ${calendarId} and e.id = ${id}
  `);
  return found ? fromRow(calendarId, found) : undefined;
};

/** The master or single event with an iCalendar UID; of several, the one written last. */
export const findByUid = async (db: Connection, calendarId: string, uid: string): Promise<Event | undefined> => {
  const found = await db.maybeOne(sql.type(row<EventRow>())`
    select ${columns} from events e
    where e.calendar_id = ${calendarId} and e.i_cal_uid = ${uid} and e.master_id is null
    order by e.change desc limit 1
  `);
  return found ? fromRow(calendarId, found) : undefined;
};

/** Of these iCalendar UIDs, the ones a calendar has, with their masters or single events. */
export const findByUids = async (db: Connection, calendarId: string, uids: readonly string[]): Promise<readonly Event[]> => {
  const rows = await db.any(sql.type(row<EventRow>())`
    select ${columns} from events e
    where e.calendar_id = ${calendarId} and e.i_cal_uid = any(${sql.array([...uids], "text")}) and e.master_id is null
    order by e.change
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

/** Every changed or cancelled instance of a series. */
export const listOverrides = async (db: Connection, calendarId: string, masterId: string): Promise<readonly Event[]> => {
  const rows = await db.any(sql.type(row<EventRow>())`
    select ${columns} from events e
    where e.calendar_id = ${calendarId} and e.master_id = ${masterId} order by e.original_key
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

const at = (ms: number | null) => (ms === null ? "infinity" : new Date(ms).toISOString());

/** The columns of a placed event, as JSON that `jsonb_to_recordset` reads. */
const toRow = ({ event, recurring, span, originalKey, words }: PlacedEvent) => ({
  id: event.id,
  i_cal_uid: event.iCalUID,
  status: event.status,
  recurring,
  master_id: event.recurringEventId ?? null,
  original_key: originalKey,
  ...("startsAt" in span
    ? { starts_at: at(span.startsAt), ends_at: at(span.endsAt) }
    : { start_date: span.startDate, end_date: span.endDate ?? "infinity" }),
  change: event.change,
  sequence: event.sequence,
  created_at: at(event.created),
  updated_at: at(event.updated),
  words,
  properties: event.details.extendedProperties ?? null,
  data: {
    start: event.start,
    end: event.end,
    recurrence: event.recurrence,
    originalStart: event.originalStart,
    details: event.details,
  },
});

const writtenColumns = sql.fragment`
  id, i_cal_uid, status, recurring, master_id, original_key, starts_at, ends_at, start_date, end_date, change, sequence, created_at,
  updated_at, words, properties, data
`;

const written = (calendarId: string, placed: readonly PlacedEvent[]) => sql.fragment`
  select ${calendarId}, ${writtenColumns}
  from jsonb_to_recordset(${JSON.stringify(placed.map(toRow))}::jsonb) as r(
    id text, i_cal_uid text, status text, recurring boolean, master_id text, original_key text, starts_at timestamptz,
    ends_at timestamptz, start_date date, end_date date, change bigint, sequence integer, created_at timestamptz,
    updated_at timestamptz, words text, properties jsonb, data jsonb
  )
`;

/** Adds an event; false when its id is taken, be it by a deleted one. */
export const insert = async (db: Connection, calendarId: string, placed: PlacedEvent): Promise<boolean> => {
  const { rowCount } = await db.query(sql.prepared("events_insert", row())`
    insert into events (calendar_id, ${writtenColumns}) ${written(calendarId, [placed])} on conflict do nothing
  `);
  return rowCount === 1;
};

/** Writes events whether or not they are there already. */
export const put = async (db: Connection, calendarId: string, placed: readonly PlacedEvent[]): Promise<void> => {
  await db.query(sql.prepared("events_put", row())`
    insert into events (calendar_id, ${writtenColumns}) ${written(calendarId, placed)}
    on conflict (calendar_id, id) do update set
      i_cal_uid = excluded.i_cal_uid, status = excluded.status, recurring = excluded.recurring, master_id = excluded.master_id,
      original_key = excluded.original_key, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
      start_date = excluded.start_date, end_date = excluded.end_date, change = excluded.change, sequence = excluded.sequence,
      updated_at = excluded.updated_at, words = excluded.words, properties = excluded.properties, data = excluded.data
  `);
};

/** Cancels the instances of a series that still stand: with their master, or because their place in it is gone. */
export const cancelOverrides = async (
  db: Connection,
  calendarId: string,
  masterId: string,
  {
    originalKeys,
    change,
    now,
  }: { readonly originalKeys: readonly string[] | "all"; readonly change: number; readonly now: number },
): Promise<number> => {
  const which =
    originalKeys === "all" ? sql.fragment`true` : sql.fragment`original_key = any(${sql.array([...originalKeys], "text")})`;
  const { rowCount } = await db.query(sql.type(row())`
    update events set status = 'cancelled', change = ${change}, updated_at = ${at(now)}
    where calendar_id = ${calendarId} and master_id = ${masterId} and status <> 'cancelled' and ${which}
  `);
  return rowCount;
};

/** Cancels everything in a calendar. */
export const cancelAll = async (db: Connection, calendarId: string, change: number, now: number): Promise<void> => {
  await db.query(sql.type(row())`
    insert into retired_series (calendar_id, event_id, change, data)
    select calendar_id, id, ${change}, data from events where calendar_id = ${calendarId} and recurring and status <> 'cancelled'
  `);
  await db.query(sql.type(row())`
    update events set status = 'cancelled', change = ${change}, updated_at = ${at(now)}
    where calendar_id = ${calendarId} and status <> 'cancelled'
  `);
};

/** Keeps how a series ran until now, for clients that sync its instances. */
export const retireSeries = async (db: Connection, event: Event, change: number): Promise<void> => {
  const { start, end, recurrence, details } = event;
  await db.query(sql.type(row())`
    insert into retired_series (calendar_id, event_id, change, data)
    values (${event.calendarId}, ${event.id}, ${change}, ${JSON.stringify({ start, end, recurrence, details })}::jsonb)
    on conflict do nothing
  `);
};

/** How these series ran before, at the versions that ended after a change. */
export const listRetired = (db: Connection, calendarId: string, eventIds: readonly string[], afterChange: number) =>
  db.any(sql.type(row<{ event_id: string; data: Pick<Event, "start" | "end" | "recurrence"> }>())`
    select event_id, data from retired_series
    where calendar_id = ${calendarId} and event_id = any(${sql.array([...eventIds], "text")}) and change > ${afterChange}
    order by event_id, change
  `);

/** A span of time as both kinds of events see it: instants (exclusive bounds), and the days it touches in the calendar's zone. */
export interface Window {
  /** Events must end after this instant. */
  readonly from: number;
  /** Events must start before this instant. */
  readonly to: number;
  /** All-day events must end after this date. */
  readonly fromDate: string;
  /** All-day events must start before this date. */
  readonly toDate: string;
}

/** Which events a list wants. */
export interface Filter {
  readonly window?: Window | undefined;
  readonly cancelled: "include" | "exclude" | "onlyInstances";
  readonly text?: string | undefined;
  readonly iCalUID?: string | undefined;
  readonly updatedMin?: number | undefined;
  readonly properties?: { readonly private?: Record<string, string>; readonly shared?: Record<string, string> } | undefined;
  readonly eventTypes?: readonly string[] | undefined;
  /** Only the instances of this series. */
  readonly masterId?: string | undefined;
}

const instant = (ms: number) =>
  ms === Number.POSITIVE_INFINITY ? "infinity" : ms === Number.NEGATIVE_INFINITY ? "-infinity" : at(ms);

const cancelledFilter = {
  include: sql.fragment`true`,
  exclude: sql.fragment`e.status <> 'cancelled'`,
  onlyInstances: sql.fragment`(e.status <> 'cancelled' or e.master_id is not null)`,
};

const where = (calendarId: string, filter: Filter) => {
  const conditions = [sql.fragment`e.calendar_id = ${calendarId}`, cancelledFilter[filter.cancelled]];
  if (filter.text !== undefined) {
    for (const word of filter.text.toLowerCase().split(/\s+/).filter(Boolean)) {
      conditions.push(sql.fragment`position(${word} in e.words) > 0`);
    }
  }
  if (filter.iCalUID !== undefined) conditions.push(sql.fragment`e.i_cal_uid = ${filter.iCalUID}`);
  if (filter.updatedMin !== undefined) conditions.push(sql.fragment`e.updated_at >= ${instant(filter.updatedMin)}`);
  if (filter.properties) conditions.push(sql.fragment`e.properties @> ${JSON.stringify(filter.properties)}::jsonb`);
  if (filter.eventTypes) {
    conditions.push(
      sql.fragment`coalesce(e.data->'details'->>'eventType', 'default') = any(${sql.array([...filter.eventTypes], "text")})`,
    );
  }
  if (filter.masterId !== undefined) conditions.push(sql.fragment`e.master_id = ${filter.masterId}`);
  return sql.join(conditions, sql.fragment` and `);
};

const overlapsTimed = ({ from, to }: Window) => sql.fragment`(
  e.starts_at is not null and tstzrange(e.starts_at, e.ends_at, '[]') && tstzrange(${instant(from)}, ${instant(to)}, '[]')
  and e.starts_at < ${instant(to)} and e.ends_at > ${instant(from)}
)`;
const overlapsDays = ({ fromDate, toDate }: Window) => sql.fragment`(
  e.start_date is not null and daterange(e.start_date, e.end_date, '[]') && daterange(${fromDate}, ${toDate}, '[]')
  and e.start_date < ${toDate} and e.end_date > ${fromDate}
)`;

/** Masters, single events and changed instances in the order of their ids. A series counts by its whole span. */
export const listById = async (db: Connection, calendarId: string, filter: Filter, afterId: string, limit: number) => {
  const { window } = filter;
  const inWindow = window ? sql.fragment`(${overlapsTimed(window)} or ${overlapsDays(window)})` : sql.fragment`true`;
  const rows = await db.any(sql.type(row<EventRow>())`
    select ${columns} from events e
    where ${where(calendarId, filter)} and ${inWindow} and e.id > ${afterId} order by e.id limit ${limit}
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

/** The same in the order of their last updates. */
export const listByUpdate = async (
  db: Connection,
  calendarId: string,
  filter: Filter,
  after: { readonly updated: number; readonly id: string },
  limit: number,
) => {
  const { window } = filter;
  const inWindow = window ? sql.fragment`(${overlapsTimed(window)} or ${overlapsDays(window)})` : sql.fragment`true`;
  const rows = await db.any(sql.type(row<EventRow>())`
    select ${columns} from events e
    where ${where(calendarId, filter)} and ${inWindow} and (e.updated_at, e.id) > (${instant(after.updated)}, ${after.id})
    order by e.updated_at, e.id limit ${limit}
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

/** What changed after a change number, in the order of the changes. */
export const listByChange = async (
  db: Connection,
  calendarId: string,
  after: { readonly change: number; readonly id: string },
  limit: number,
) => {
  const rows = await db.any(sql.prepared("events_list_by_change", row<EventRow>())`
    select ${columns} from events e
    where e.calendar_id = ${calendarId} and (e.change, e.id) > (${after.change}, ${after.id})
    order by e.change, e.id limit ${limit}
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

/**
 * Timed events that are not masters, in the order of their starts, after a place in that order. Those that began before the
 * window are found by their span, the others by their start: the cost follows the answer, not the calendar.
 */
export const listTimed = async (
  db: Connection,
  calendarId: string,
  filter: Filter,
  window: Window,
  after: { readonly start: number; readonly id: string },
  limit: number,
) => {
  const from = instant(window.from);
  const common = sql.fragment`
    ${where(calendarId, filter)} and e.starts_at is not null and not e.recurring
    and (e.starts_at, e.id) > (${instant(after.start)}, ${after.id}) and e.ends_at > ${from}
  `;
  const ongoing = sql.fragment`
    select ${columns}, e.starts_at from events e
    where ${common} and tstzrange(e.starts_at, e.ends_at, '[]') @> ${from}::timestamptz and e.starts_at < ${from}
  `;
  const starting = sql.fragment`
    select ${columns}, e.starts_at from events e
    where ${common} and e.starts_at >= ${from} and e.starts_at < ${instant(window.to)}
    order by e.starts_at, e.id limit ${limit}
  `;
  const both =
    Number.isFinite(window.from) && after.start < window.from ? sql.fragment`(${ongoing}) union all (${starting})` : starting;
  const rows = await db.any(sql.type(row<EventRow>())`select * from (${both}) e order by starts_at, id limit ${limit}`);
  return rows.map((found) => fromRow(calendarId, found));
};

/** All-day events that are not masters, in the order of their first days, after a place in that order. */
export const listAllDay = async (
  db: Connection,
  calendarId: string,
  filter: Filter,
  window: Window,
  after: { readonly date: string; readonly id: string },
  limit: number,
) => {
  const { fromDate, toDate } = window;
  const common = sql.fragment`
    ${where(calendarId, filter)} and e.start_date is not null and not e.recurring
    and (e.start_date, e.id) > (${after.date}, ${after.id}) and e.end_date > ${fromDate}
  `;
  const ongoing = sql.fragment`
    select ${columns}, e.start_date from events e
    where ${common} and daterange(e.start_date, e.end_date, '[]') @> ${fromDate}::date and e.start_date < ${fromDate}
  `;
  const starting = sql.fragment`
    select ${columns}, e.start_date from events e
    where ${common} and e.start_date >= ${fromDate} and e.start_date < ${toDate}
    order by e.start_date, e.id limit ${limit}
  `;
  const both = fromDate !== "-infinity" && after.date < fromDate ? sql.fragment`(${ongoing}) union all (${starting})` : starting;
  const rows = await db.any(sql.type(row<EventRow>())`select * from (${both}) e order by start_date, id limit ${limit}`);
  return rows.map((found) => fromRow(calendarId, found));
};

/** Masters whose span touches the window. */
export const listMasters = async (db: Connection, calendarId: string, filter: Filter, window: Window) => {
  const rows = await db.any(sql.type(row<EventRow>())`
    (select ${columns} from events e where ${where(calendarId, filter)} and e.recurring and ${overlapsTimed(window)})
    union all
    (select ${columns} from events e where ${where(calendarId, filter)} and e.recurring and ${overlapsDays(window)})
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

/** The original starts, of these series and between two keys, that have been changed or cancelled. */
export const listOverriddenKeys = (
  db: Connection,
  calendarId: string,
  masterIds: readonly string[],
  fromKey: string,
  toKey: string,
) =>
  db.any(sql.type(row<{ master_id: string; original_key: string }>())`
    select master_id, original_key from events e
    where e.calendar_id = ${calendarId} and e.master_id = any(${sql.array([...masterIds], "text")})
      and e.original_key >= ${fromKey} and e.original_key <= ${toKey}
  `);
