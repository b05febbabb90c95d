import type { Calendar, Role } from "#lib/model/calendar.ts";
import type { Event, EventStatus, EventTime } from "#lib/model/event.ts";
import { type Reader, roleOnCalendar } from "./access.ts";
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
  /** It takes up time on its calendar. */
  readonly busy: boolean;
}

export interface EventRow {
  readonly id: string;
  readonly i_cal_uid: string;
  readonly status: EventStatus;
  readonly master_id: string | null;
  readonly copy_of_calendar: string | null;
  readonly copy_of_event: string | null;
  readonly change: number;
  readonly sequence: number;
  readonly created_at: number;
  readonly updated_at: number;
  readonly data: Pick<Event, "start" | "end" | "recurrence" | "originalStart" | "details">;
}

/** What {@link fromRow} reads, of `events e`. */
export const columns = sql.fragment`
  e.id, e.i_cal_uid, e.status, e.master_id, e.copy_of_calendar, e.copy_of_event, e.change, e.sequence, e.created_at, e.updated_at, e.data
`;

export const fromRow = (calendarId: string, found: EventRow): Event => ({
  calendarId,
  id: found.id,
  iCalUID: found.i_cal_uid,
  status: found.status,
  sequence: found.sequence,
  change: found.change,
  created: found.created_at,
  updated: found.updated_at,
  ...(found.master_id !== null && { recurringEventId: found.master_id }),
  ...(found.copy_of_calendar !== null &&
    found.copy_of_event !== null && { copyOf: { calendarId: found.copy_of_calendar, eventId: found.copy_of_event } }),
  ...found.data,
});

/** What reading one event needs to know of its calendar. */
export type CalendarOfEvent = Pick<Calendar, "id" | "timeZone">;

interface WithCalendarRow extends Omit<EventRow, "id"> {
  readonly time_zone: string;
  readonly role: Role | null;
  readonly event_id: string | null;
}

/** An event together with its calendar, in one round trip: undefined calendar, or undefined event, when there is none. */
export const findWithCalendar = async (
  db: Connection,
  calendarId: string,
  id: string,
  reader: Reader,
): Promise<{
  readonly calendar: (CalendarOfEvent & { readonly role: Role | null }) | undefined;
  readonly event: Event | undefined;
}> => {
  const found = await db.maybeOne(sql.type(row<WithCalendarRow>())`
    select c.time_zone, ${roleOnCalendar(reader)} as role, e.id as event_id, e.i_cal_uid, e.status, e.master_id,
      e.copy_of_calendar, e.copy_of_event, e.change, e.sequence, e.created_at, e.updated_at, e.data
    from calendars c left join events e on e.calendar_id = c.id and e.id = ${id}
    where c.id = ${calendarId}
  `);
  if (!found) return { calendar: undefined, event: undefined };
  return {
    calendar: { id: calendarId, timeZone: found.time_zone, role: found.role },
    event: found.event_id === null ? undefined : fromRow(calendarId, { ...found, id: found.event_id }),
  };
};

export const find = async (db: Connection, calendarId: string, id: string): Promise<Event | undefined> => {
  const found = await db.maybeOne(sql.type(row<EventRow>())`
    select ${columns} from events e where e.calendar_id = ${calendarId} and e.id = ${id}
  `);
  return found ? fromRow(calendarId, found) : undefined;
};

/** Of these iCalendar UIDs, the ones a calendar has, with their masters or single events. */
export const findByUids = async (db: Connection, calendarId: string, uids: readonly string[]): Promise<readonly Event[]> => {
  const rows = await db.any(sql.type(row<EventRow>())`
    select ${columns} from events e
    where e.calendar_id = ${calendarId} and e.i_cal_uid = any(${sql.array([...uids], "text")}) and e.master_id is null
      and md5(e.i_cal_uid) = any(array(select md5(uid) from unnest(${sql.array([...uids], "text")}) as uid))
    order by e.change
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

/** The original starts of every changed or cancelled instance of a series. */
export const listOriginalStarts = (db: Connection, calendarId: string, masterId: string) =>
  db.any(sql.type(row<{ key: string; start: EventTime }>())`
    select e.original_key as key, e.data->'originalStart' as start from events e
    where e.calendar_id = ${calendarId} and e.master_id = ${masterId}
  `);

/** A changed instance; `displaced` when its series has no place for it: it is cancelled until it has, and `event` says what comes back. */
export interface ChangedInstance {
  readonly event: Event;
  readonly displaced: boolean;
}

/** Every changed or cancelled instance of these series. */
export const listInstances = async (
  db: Connection,
  calendarId: string,
  masterIds: readonly string[],
): Promise<readonly ChangedInstance[]> => {
  const rows = await db.any(sql.type(row<EventRow & { displaced_status: EventStatus | null }>())`
    select ${columns}, e.displaced_status from events e
    where e.calendar_id = ${calendarId} and e.master_id = any(${sql.array([...masterIds], "text")})
    order by e.master_id, e.original_key
  `);
  return rows.map((found) => {
    const event = fromRow(calendarId, found);
    const { displaced_status: status } = found;
    return status === null ? { event, displaced: false } : { event: { ...event, status }, displaced: true };
  });
};

/** Masters and single events that are not cancelled, in the order of their ids. */
export const listStanding = async (
  db: Connection,
  calendarId: string,
  afterId: string,
  limit: number,
): Promise<readonly Event[]> => {
  const rows = await db.any(sql.type(row<EventRow>())`
    select ${columns} from events e
    where e.calendar_id = ${calendarId} and e.id > ${afterId} and e.master_id is null and e.status <> 'cancelled'
    order by e.id limit ${limit}
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T23:59:59.999Z");

/** An instant as PostgreSQL reads it; `infinity` for those outside of the years that ISO 8601 writes with four digits. */
export const instant = (ms: number): string =>
  ms > latest ? "infinity" : ms < earliest ? "-infinity" : new Date(ms).toISOString();

const at = (ms: number | null) => (ms === null ? "infinity" : instant(ms));

/** The columns of a placed event, as JSON that `jsonb_to_recordset` reads. */
const toRow = ({ event, recurring, span, originalKey, words, busy }: PlacedEvent) => ({
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
  busy,
  copy_of_calendar: event.copyOf?.calendarId ?? null,
  copy_of_event: event.copyOf?.eventId ?? null,
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
  updated_at, words, busy, copy_of_calendar, copy_of_event, properties, data
`;

const written = (calendarId: string, placed: readonly PlacedEvent[]) => sql.fragment`
  select ${calendarId}, ${writtenColumns}
  from jsonb_to_recordset(${JSON.stringify(placed.map(toRow))}::jsonb) as r(
    id text, i_cal_uid text, status text, recurring boolean, master_id text, original_key text, starts_at timestamptz,
    ends_at timestamptz, start_date date, end_date date, change bigint, sequence integer, created_at timestamptz,
    updated_at timestamptz, words text, busy boolean, copy_of_calendar text, copy_of_event text, properties jsonb, data jsonb
  )
`;

/** Adds an event to its calendar, or nothing when its id is taken, be it by a deleted one; `when` it shall, in a statement that does more. */
export const insertion = (placed: PlacedEvent, when = sql.fragment`true`) => sql.fragment`
  insert into events (calendar_id, ${writtenColumns}) ${written(placed.event.calendarId, [placed])} where ${when} on conflict do nothing
`;

/** Adds an event to its calendar; false when its id is taken, be it by a deleted one. */
export const insert = async (db: Connection, placed: PlacedEvent): Promise<boolean> => {
  const { rowCount } = await db.query(sql.type(row())`${insertion(placed)}`);
  return rowCount === 1;
};

/** Writes events whether or not they are there already. */
export const put = async (db: Connection, calendarId: string, placed: readonly PlacedEvent[]): Promise<void> => {
  await db.query(sql.type(row())`
    insert into events (calendar_id, ${writtenColumns}) ${written(calendarId, placed)}
    on conflict (calendar_id, id) do update set
      i_cal_uid = excluded.i_cal_uid, status = excluded.status, recurring = excluded.recurring, master_id = excluded.master_id,
      original_key = excluded.original_key, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
      start_date = excluded.start_date, end_date = excluded.end_date, change = excluded.change, sequence = excluded.sequence,
      displaced_status = null,
      updated_at = excluded.updated_at, words = excluded.words, busy = excluded.busy,
      copy_of_calendar = excluded.copy_of_calendar, copy_of_event = excluded.copy_of_event, properties = excluded.properties, data = excluded.data
  `);
};

/** Which changed instances of a series a statement is about, by their original starts, and the change it is part of. */
interface Displacement {
  readonly masterId: string;
  readonly originalKeys: readonly string[];
  readonly change: number;
  readonly now: number;
}

/** Cancels changed instances whose place in their series is gone, for as long as it is. */
export const displaceInstances = async (db: Connection, calendarId: string, one: Displacement): Promise<void> => {
  await db.query(sql.type(row())`
    update events set status = 'cancelled', displaced_status = status, change = ${one.change}, updated_at = ${at(one.now)}
    where calendar_id = ${calendarId} and master_id = ${one.masterId} and status <> 'cancelled'
      and original_key = any(${sql.array([...one.originalKeys], "text")})
  `);
};

/** Brings displaced instances back as they were: their place in the series is there again. */
export const restoreInstances = async (db: Connection, calendarId: string, one: Displacement): Promise<void> => {
  await db.query(sql.type(row())`
    update events set status = displaced_status, displaced_status = null, change = ${one.change}, updated_at = ${at(one.now)}
    where calendar_id = ${calendarId} and master_id = ${one.masterId} and displaced_status is not null
      and original_key = any(${sql.array([...one.originalKeys], "text")})
  `);
};

/** Gives all changed instances of a series a new change number: who did not hear of the series did not hear of them. */
export const retellInstances = async (db: Connection, calendarId: string, masterId: string, change: number): Promise<void> => {
  await db.query(sql.type(row())`
    update events set change = ${change} where calendar_id = ${calendarId} and master_id = ${masterId}
  `);
};

/** Gives a series and all its changed instances a visibility. */
export const setVisibility = async (
  db: Connection,
  calendarId: string,
  masterId: string,
  { visibility, change, now }: { readonly visibility: string; readonly change: number; readonly now: number },
): Promise<void> => {
  await db.query(sql.type(row())`
    update events set
      data = jsonb_set(data, '{details,visibility}', to_jsonb(${visibility}::text)), change = ${change}, updated_at = ${at(now)}
    where calendar_id = ${calendarId} and (id = ${masterId} or master_id = ${masterId})
  `);
};

/** Keeps how every series of a calendar ran until now: before they are all cancelled. */
export const retireAllSeries = async (db: Connection, calendarId: string, change: number): Promise<void> => {
  await db.query(sql.type(row())`
    insert into retired_series (calendar_id, event_id, change, data)
    select calendar_id, id, ${change}, data from events where calendar_id = ${calendarId} and recurring and status <> 'cancelled'
  `);
};

/** Events that one statement cancels or removes: far fewer than the time a statement may take allows. */
const batch = 10_000;

/** Cancels everything in a calendar that is not, a batch of it; whether there was any. */
export const cancelBatch = async (db: Connection, calendarId: string, change: number, now: number): Promise<boolean> => {
  const { rowCount } = await db.query(sql.type(row())`
    update events set
      status = 'cancelled', displaced_status = case when master_id is not null then status end, change = ${change},
      updated_at = ${at(now)}
    where calendar_id = ${calendarId}
      and id = any(array(select id from events where calendar_id = ${calendarId} and status <> 'cancelled' limit ${batch}))
  `);
  return rowCount > 0;
};

/** Removes everything from a calendar, a batch of it; whether there was any. */
export const removeBatch = async (db: Connection, calendarId: string): Promise<boolean> => {
  const { rowCount } = await db.query(sql.type(row())`
    delete from events
    where calendar_id = ${calendarId} and id = any(array(select id from events where calendar_id = ${calendarId} limit ${batch}))
  `);
  return rowCount > 0;
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
