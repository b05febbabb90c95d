import { type Connection, row, sql } from "./database.ts";

/** Some calendars that keep cancelled events from before a time: those `afterId`, in the order of their ids. */
export const listCalendars = async (
  db: Connection,
  before: number,
  afterId: string,
  limit: number,
): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ id: string }>())`
    select c.id from calendars c
    where c.id > ${afterId} and exists (
      select from events e
      where e.calendar_id = c.id and e.updated_at < ${new Date(before).toISOString()} and e.status = 'cancelled'
        and (e.master_id is null or not exists (
          select from events m where m.calendar_id = e.calendar_id and m.id = e.master_id and m.status <> 'cancelled'
        ))
    )
    order by c.id limit ${limit}
  `);
  return rows.map(({ id }) => id);
};

/**
 * Deletes a calendar's events that were cancelled before a time, and notes up to which change: older sync tokens end there. A
 * cancelled instance stays as long as its series stands, for it keeps the rule from putting the instance back. Inside a
 * transaction that has locked the calendar.
 *
 * @returns how many events went.
 */
export const purge = async (db: Connection, calendarId: string, before: number): Promise<number> => {
  const { purged, last } = await db.one(sql.type(row<{ purged: number; last: number }>())`
    with gone as (
      delete from events e
      where e.calendar_id = ${calendarId} and e.updated_at < ${new Date(before).toISOString()} and e.status = 'cancelled'
        and (e.master_id is null or not exists (
          select from events m where m.calendar_id = e.calendar_id and m.id = e.master_id and m.status <> 'cancelled'
        ))
      returning e.change
    )
    select count(*) as purged, coalesce(max(change), 0) as last from gone
  `);
  await db.query(sql.type(row())`
    update calendars set
      purged_change = greatest(purged_change, ${last}),
      purged_until = case when ${purged > 0} then greatest(purged_until, ${new Date(before).toISOString()}) else purged_until end
    where id = ${calendarId}
  `);
  await db.query(sql.type(row())`
    delete from retired_series r using calendars c
    where c.id = ${calendarId} and r.calendar_id = c.id and r.change <= c.purged_change
  `);
  return purged;
};
