/** What lets go of data that has been kept for as long as it may. */
import { type Connection, row, sql } from "./database.ts";

/** Up to which time something has been done to all that is older; the beginning of time at first. */
export const findMark = async (db: Connection, name: string): Promise<number> => {
  const found = await db.maybeOne(sql.type(row<{ until: number }>())`select until from retention where name = ${name}`);
  return found?.until ?? Date.UTC(1, 0);
};

/** Notes it; never an earlier one. */
export const putMark = async (db: Connection, name: string, until: number): Promise<void> => {
  await db.query(sql.type(row())`
    insert into retention as r (name, until) values (${name}, ${new Date(until).toISOString()})
    on conflict (name) do update set until = greatest(r.until, excluded.until)
  `);
};

/**
 * Of `events e`: single events and whole series that ended before a time. An all-day event has ended when its last day has everywhere; a
 * series when all its instances have, those too that were moved.
 */
const hasEnded = (before: number) => {
  const at = new Date(before).toISOString();
  const day = new Date(before - 86_400_000).toISOString().slice(0, 10);
  return sql.fragment`
    e.master_id is null and e.status <> 'cancelled' and (e.ends_at < ${at}::timestamptz or e.end_date <= ${day}::date)
    and not exists (
      select from events i where i.calendar_id = e.calendar_id and i.master_id = e.id and i.status <> 'cancelled'
        and (i.ends_at >= ${at}::timestamptz or i.end_date > ${day}::date)
    )
  `;
};

/** Some calendars with events that ended before a time: those `afterId`, in the order of their ids. */
export const listCalendars = async (
  db: Connection,
  before: number,
  afterId: string,
  limit: number,
): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ id: string }>())`
    select c.id from calendars c
    where c.id > ${afterId} and exists (select from events e where e.calendar_id = c.id and ${hasEnded(before)})
    order by c.id limit ${limit}
  `);
  return rows.map(({ id }) => id);
};

/**
 * Deletes some of a calendar's events that ended before a time, series with all their instances, as a client would: those who sync hear of
 * it. `change` is the calendar's, taken under its lock. @returns how many events and series.
 */
export const endEvents = async (
  db: Connection,
  calendarId: string,
  {
    before,
    change,
    now,
    limit,
  }: { readonly before: number; readonly change: number; readonly now: number; readonly limit: number },
): Promise<number> => {
  const rows = await db.any(sql.type(row<{ id: string }>())`
    select e.id from events e where e.calendar_id = ${calendarId} and ${hasEnded(before)} limit ${limit}
  `);
  const ids = sql.array(
    rows.map(({ id }) => id),
    "text",
  );
  await db.query(sql.type(row())`
    insert into retired_series (calendar_id, event_id, change, data)
    select calendar_id, id, ${change}, data from events where calendar_id = ${calendarId} and id = any(${ids}) and recurring
    on conflict do nothing
  `);
  await db.query(sql.type(row())`
    update events set
      displaced_status = case when master_id is not null then coalesce(displaced_status, status) end, status = 'cancelled',
      change = ${change}, updated_at = ${new Date(now).toISOString()}
    where calendar_id = ${calendarId} and status <> 'cancelled' and (id = any(${ids}) or master_id = any(${ids}))
  `);
  return rows.length;
};
