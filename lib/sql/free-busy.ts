/** The statements that free/busy answers are made of: each reads all calendars at once, and of events little more than their times. */
import type { Event } from "#lib/model/event.ts";
import { type Reader, roleOnCalendar } from "./access.ts";
import { type Connection, row, sql } from "./database.ts";
import { instant } from "./events.ts";

/** Of these calendars those of which a reader may know at least when they are busy, with their zones. */
export const findZones = async (
  db: Connection,
  calendarIds: readonly string[],
  reader: Reader,
): Promise<ReadonlyMap<string, string>> => {
  const rows = await db.any(sql.type(row<{ id: string; time_zone: string }>())`
    select c.id, c.time_zone from calendars c
    where c.id = any(${sql.array([...calendarIds], "text")}) and ${roleOnCalendar(reader)} is not null
  `);
  return new Map(rows.map(({ id, time_zone }) => [id, time_zone]));
};

/**
 * The members of these groups, in their order: at most so many rows, and of each group at most so many. A group without members has
 * one row without an address; groups that are not there, or that `member` is none of, have no row (null: whoever is in them).
 */
export const listMembers = (
  db: Connection,
  groups: readonly string[],
  member: string | null,
  most: { readonly ofGroup: number; readonly rows: number },
) =>
  db.any(sql.type(row<{ group_email: string; email: string | null }>())`
    select g.email as group_email, m.email
    from unnest(${sql.array([...groups], "text")}) with ordinality as asked(email, n)
    join groups g on g.email = asked.email
    left join lateral (
      select email from group_members where group_email = g.email order by email limit ${most.ofGroup}
    ) m on true
    where ${member}::text is null
      or exists (select from group_members own where own.group_email = g.email and own.email = ${member}::text)
    order by asked.n, m.email limit ${most.rows}
  `);

/** A calendar, and the days that the window touches in its zone. */
export interface CalendarDays {
  readonly id: string;
  readonly fromDate: string;
  readonly toDate: string;
}

/** Something that takes up time: some timed events, an all-day one, or a series with the keys of those instances that are not its own. */
export interface BusyRow {
  /** Which of the calendars, from 1 on. */
  readonly n: number;
  /** What it weighs: of timed events their number, of a series what it takes to read it. */
  readonly size: number;
  /** Starts and ends, epoch seconds. */
  readonly times: readonly (readonly [start: number, end: number])[] | null;
  readonly start_date: string | null;
  readonly end_date: string | null;
  readonly series: Pick<Event, "start" | "end" | "recurrence"> | null;
  readonly overridden: readonly string[] | null;
}

/** Timed events in one row: a row costs more than what is in it. */
const eventsPerRow = 100;

/** Bytes of a series that weigh as much as one event. */
const bytesPerEvent = 500;

/** What of `events e` takes up time on the calendar `w`. */
const busy = sql.fragment`e.calendar_id = w.id and e.busy and e.status <> 'cancelled'`;

/** Those instances of a series that touch the window and are rows of their own; longer ones than 30 days are read from the first on. */
const overridden = (keys: { readonly from: string; readonly to: string }) => sql.fragment`
  case when exists (select from events o where o.calendar_id = e.calendar_id and o.master_id = e.id) then (
    select jsonb_agg(o.original_key) from events o
    where o.calendar_id = e.calendar_id and o.master_id = e.id and o.original_key <= ${keys.to} and o.original_key >= case
      when (e.data->'end'->>'instant')::numeric - (e.data->'start'->>'instant')::numeric > 2592000000
        or (e.data->'end'->>'date')::date - (e.data->'start'->>'date')::date > 30 or e.data->>'recurrence' like '%/%'
      then '0' else ${keys.from} end
  ) end
`;

/**
 * What takes up time on these calendars between two instants, in no order; one statement, so that an event that is moved meanwhile
 * is where it was or where it is.
 *
 * @param keys the original keys between which an instance of 30 days at most lies when it touches the window.
 * @param most rows beyond the one with which the sum of sizes exceeds this are left out.
 */
export const listBusy = (
  db: Connection,
  calendars: readonly CalendarDays[],
  window: { readonly from: number; readonly to: number },
  keys: { readonly from: string; readonly to: string },
  most: number,
): Promise<readonly BusyRow[]> => {
  const [from, to] = [instant(window.from), instant(window.to)];
  const array = (field: keyof CalendarDays, type: "text" | "date") =>
    sql.array(
      calendars.map((calendar) => calendar[field]),
      type,
    );
  return db.any(sql.type(row<BusyRow>())`
    select r.n, r.size, r.times, r.start_date, r.end_date, r.series, r.overridden from (
    select w.n, b.*, sum(b.size) over (rows between unbounded preceding and 1 preceding) as before
    from unnest(${array("id", "text")}, ${array("fromDate", "date")}, ${array("toDate", "date")})
      with ordinality as w(id, from_date, to_date, n)
    cross join lateral (
      select count(*)::integer as size, array_to_json(array_agg(array[date_part('epoch', t.starts_at), date_part('epoch', t.ends_at)])) as times,
        null::date as start_date, null::date as end_date, null::jsonb as series, null::jsonb as overridden
      from (
        select e.starts_at, e.ends_at, (row_number() over ()) / ${eventsPerRow} as pack
        from events e
        where ${busy} and e.starts_at is not null and not e.recurring
          and tstzrange(e.starts_at, e.ends_at, '[]') && tstzrange(${from}, ${to}, '[]')
          and e.starts_at < ${to} and e.ends_at > ${from}
      ) t
      group by t.pack
      union all
      select 1, null, e.start_date, e.end_date, null, null
      from events e
      where ${busy} and e.start_date is not null and not e.recurring
        and daterange(e.start_date, e.end_date, '[]') && daterange(w.from_date, w.to_date, '[]')
        and e.start_date < w.to_date and e.end_date > w.from_date
      union all
      select 1 + pg_column_size(e.data) / ${bytesPerEvent}, null, null, null, e.data - 'details', ${overridden(keys)}
      from events e
      where ${busy} and e.starts_at is not null and e.recurring
        and tstzrange(e.starts_at, e.ends_at, '[]') && tstzrange(${from}, ${to}, '[]')
      union all
      select 1 + pg_column_size(e.data) / ${bytesPerEvent}, null, null, null, e.data - 'details', ${overridden(keys)}
      from events e
      where ${busy} and e.start_date is not null and e.recurring
        and daterange(e.start_date, e.end_date, '[]') && daterange(w.from_date, w.to_date, '[]')
    ) b
    ) r
    where coalesce(r.before, 0) <= ${most}
  `);
};
