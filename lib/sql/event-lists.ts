/** The statements that list events: each takes its index to the first row it wants, and reads a page from there. */
import { type Connection, row, sql } from "./database.ts";
import { columns, type EventRow, fromRow, instant } from "./events.ts";

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
  /** `onlyInstances`: those taken out of a series that still stands. */
  readonly cancelled: "include" | "exclude" | "onlyInstances";
  /** Words to find, in the form that {@link PlacedEvent.words} have. */
  readonly text?: string | undefined;
  readonly iCalUID?: string | undefined;
  readonly updatedMin?: number | undefined;
  /** Extended properties an event must have, all of them. */
  readonly properties: readonly { readonly of: "private" | "shared"; readonly name: string; readonly value: string }[];
  readonly eventTypes?: readonly string[] | undefined;
  /** Whose words and properties may be looked through: those of events whose details the reader may see. */
  readonly searches: "all" | "public" | "none";
  /** Only the instances of this series. */
  readonly masterId?: string | undefined;
}

const cancelledFilter = {
  include: sql.fragment`true`,
  exclude: sql.fragment`e.status <> 'cancelled'`,
  onlyInstances: sql.fragment`(e.status <> 'cancelled' or exists (
    select from events m where m.calendar_id = e.calendar_id and m.id = e.master_id and m.status <> 'cancelled'
  ))`,
};

const searchable = {
  all: sql.fragment`true`,
  public: sql.fragment`coalesce(e.data->'details'->>'visibility', 'default') not in ('private', 'confidential')`,
  none: sql.fragment`false`,
};

const where = (calendarId: string, filter: Filter) => {
  const conditions = [sql.fragment`e.calendar_id = ${calendarId}`, cancelledFilter[filter.cancelled]];
  // However many words and properties are asked for, the text stays the same: each text is a statement that the server keeps.
  if (filter.text !== undefined) {
    const words = sql.array(filter.text.split(/\s+/).filter(Boolean), "text");
    conditions.push(sql.fragment`not exists (select from unnest(${words}) as word where position(word in e.words) = 0)`);
  }
  if (filter.text !== undefined || filter.properties.length > 0) conditions.push(searchable[filter.searches]);
  if (filter.iCalUID !== undefined) {
    conditions.push(sql.fragment`md5(e.i_cal_uid) = md5(${filter.iCalUID}) and e.i_cal_uid = ${filter.iCalUID}`);
  }
  if (filter.updatedMin !== undefined) conditions.push(sql.fragment`e.updated_at >= ${instant(filter.updatedMin)}`);
  const [first, ...others] = filter.properties.map(({ of, name, value }) =>
    JSON.stringify({ [of]: Object.fromEntries([[name, value]]) }),
  );
  if (first !== undefined) {
    // The index serves the first alone.
    conditions.push(sql.fragment`e.properties @> ${first}::jsonb and e.properties @> all(${sql.array(others, "jsonb")})`);
  }
  if (filter.eventTypes) {
    conditions.push(
      sql.fragment`coalesce(e.data->'details'->>'eventType', 'default') = any(${sql.array([...filter.eventTypes], "text")})`,
    );
  }
  if (filter.masterId !== undefined) conditions.push(sql.fragment`e.master_id = ${filter.masterId}`);
  return sql.join(conditions, sql.fragment` and `);
};

/** Which of the indexes by span a statement means. */
const kinds = {
  single: sql.fragment`not e.recurring`,
  series: sql.fragment`e.recurring`,
};

const overlapsTimed = ({ from, to }: Window, kind: keyof typeof kinds) => sql.fragment`(
  e.starts_at is not null and ${kinds[kind]}
  and tstzrange(e.starts_at, e.ends_at, '[]') && tstzrange(${instant(from)}, ${instant(to)}, '[]')
  and e.starts_at < ${instant(to)} and e.ends_at > ${instant(from)}
)`;
const overlapsDays = ({ fromDate, toDate }: Window, kind: keyof typeof kinds) => sql.fragment`(
  e.start_date is not null and ${kinds[kind]}
  and daterange(e.start_date, e.end_date, '[]') && daterange(${fromDate}, ${toDate}, '[]')
  and e.start_date < ${toDate} and e.end_date > ${fromDate}
)`;

const isEverything = ({ from, to }: Window): boolean => from === Number.NEGATIVE_INFINITY && to === Number.POSITIVE_INFINITY;

const overlaps = (window: Window) =>
  isEverything(window)
    ? sql.fragment`true`
    : sql.fragment`(
        ${overlapsTimed(window, "single")} or ${overlapsTimed(window, "series")}
        or ${overlapsDays(window, "single")} or ${overlapsDays(window, "series")}
      )`;

/** Masters, single events and changed instances in the order of their ids. A series counts by its whole span. */
export const listById = async (
  db: Connection,
  calendarId: string,
  filter: Filter,
  window: Window,
  afterId: string,
  limit: number,
) => {
  const rows = await db.any(sql.type(row<EventRow>())`
    select ${columns} from events e
    where ${where(calendarId, filter)} and ${overlaps(window)} and e.id > ${afterId} order by e.id limit ${limit}
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

/** The same in the order of their last updates. */
export const listByUpdate = async (
  db: Connection,
  calendarId: string,
  filter: Filter,
  window: Window,
  after: { readonly updated: number; readonly id: string },
  limit: number,
) => {
  const rows = await db.any(sql.type(row<EventRow>())`
    select ${columns} from events e
    where ${where(calendarId, filter)} and ${overlaps(window)} and (e.updated_at, e.id) > (${instant(after.updated)}, ${after.id})
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
  const rows = await db.any(sql.type(row<EventRow>())`
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
  const isFirst = after.start < window.from || after.start === Number.NEGATIVE_INFINITY;
  const isBehind = sql.fragment`(e.starts_at, e.id) > (${instant(after.start)}, ${after.id})`;
  const common = sql.fragment`
    ${where(calendarId, filter)} and e.starts_at is not null and not e.recurring and e.ends_at > ${from}
  `;
  const ongoing = sql.fragment`
    select ${columns}, e.starts_at from events e
    where ${common} and tstzrange(e.starts_at, e.ends_at, '[]') @> ${from}::timestamptz and e.starts_at < ${from} and ${isBehind}
  `;
  // One lower bound, not two: PostgreSQL would begin at the wrong one.
  const starting = sql.fragment`
    select ${columns}, e.starts_at from events e
    where ${common} and ${isFirst ? sql.fragment`e.starts_at >= ${from}` : isBehind} and e.starts_at < ${instant(window.to)}
    order by e.starts_at, e.id limit ${limit}
  `;
  const both = isFirst && Number.isFinite(window.from) ? sql.fragment`(${ongoing}) union all (${starting})` : starting;
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
  const isFirst = after.date === "-infinity" || (fromDate !== "-infinity" && after.date < fromDate);
  const isBehind = sql.fragment`(e.start_date, e.id) > (${after.date}, ${after.id})`;
  const common = sql.fragment`
    ${where(calendarId, filter)} and e.start_date is not null and not e.recurring and e.end_date > ${fromDate}
  `;
  const ongoing = sql.fragment`
    select ${columns}, e.start_date from events e
    where ${common} and daterange(e.start_date, e.end_date, '[]') @> ${fromDate}::date and e.start_date < ${fromDate}
      and ${isBehind}
  `;
  const starting = sql.fragment`
    select ${columns}, e.start_date from events e
    where ${common} and ${isFirst ? sql.fragment`e.start_date >= ${fromDate}` : isBehind} and e.start_date < ${toDate}
    order by e.start_date, e.id limit ${limit}
  `;
  const both = isFirst && fromDate !== "-infinity" ? sql.fragment`(${ongoing}) union all (${starting})` : starting;
  const rows = await db.any(sql.type(row<EventRow>())`select * from (${both}) e order by start_date, id limit ${limit}`);
  return rows.map((found) => fromRow(calendarId, found));
};

/** Masters whose span touches the window. */
export const listMasters = async (db: Connection, calendarId: string, filter: Filter, window: Window) => {
  const rows = await db.any(sql.type(row<EventRow>())`
    (select ${columns} from events e where ${where(calendarId, filter)} and ${overlapsTimed(window, "series")})
    union all
    (select ${columns} from events e where ${where(calendarId, filter)} and ${overlapsDays(window, "series")})
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

/** Lets all that follows in a transaction see the database as it is now; the first statement of it. */
export const fixSnapshot = async (db: Connection): Promise<void> => {
  await db.query(sql.type(row())`set transaction isolation level repeatable read, read only`);
};

/** The original starts, of these series and between two keys, that have been changed or cancelled; and the calendar's change then. */
export const listOverriddenKeys = async (
  db: Connection,
  calendarId: string,
  masterIds: readonly string[],
  fromKey: string,
  toKey: string,
) => {
  const rows = await db.any(sql.type(row<{ change: number; master_id: string | null; original_key: string | null }>())`
    select c.change, e.master_id, e.original_key
    from calendars c left join events e
      on e.calendar_id = c.id and e.master_id = any(${sql.array([...masterIds], "text")})
      and e.original_key >= ${fromKey} and e.original_key <= ${toKey}
    where c.id = ${calendarId}
  `);
  return { change: rows[0]?.change, keys: rows.map((found) => `${found.master_id} ${found.original_key}`) };
};
