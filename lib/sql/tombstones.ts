import { type Connection, row, sql } from "./database.ts";

/** Some calendars that keep cancelled events, or rules that were taken away, from before a time: those `afterId`, in the order of their ids. */
export const listCalendars = async (
  db: Connection,
  before: number,
  afterId: string,
  limit: number,
): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ id: string }>())`
    select c.id from calendars c
    where c.id > ${afterId} and (exists (
      select from events e
      where e.calendar_id = c.id and e.updated_at < ${new Date(before).toISOString()} and e.status = 'cancelled'
        and (e.master_id is null or not exists (
          select from events m where m.calendar_id = e.calendar_id and m.id = e.master_id and m.status <> 'cancelled'
        ))
    ) or exists (
      select from acl_rules a
      where a.calendar_id = c.id and a.role = 'none' and a.updated_at < ${new Date(before).toISOString()}
    ))
    order by c.id limit ${limit}
  `);
  return rows.map(({ id }) => id);
};

/**
 * Deletes a calendar's events that were cancelled before a time, and rules that were taken away before it, and notes up to which
 * change: older sync tokens end there. A cancelled instance stays as long as its series stands, for it keeps the rule from putting
 * the instance back. Inside a transaction that has locked the calendar.
 *
 * @returns how many events and rules went.
 */
export const purgeCalendar = async (
  db: Connection,
  calendarId: string,
  before: number,
): Promise<{ readonly events: number; readonly rules: number }> => {
  const { events, rules, last } = await db.one(sql.type(row<{ events: number; rules: number; last: number }>())`
    with gone as (
      delete from events e
      where e.calendar_id = ${calendarId} and e.updated_at < ${new Date(before).toISOString()} and e.status = 'cancelled'
        and (e.master_id is null or not exists (
          select from events m where m.calendar_id = e.calendar_id and m.id = e.master_id and m.status <> 'cancelled'
        ))
      returning e.change
    ), gone_rules as (
      delete from acl_rules a
      where a.calendar_id = ${calendarId} and a.role = 'none' and a.updated_at < ${new Date(before).toISOString()}
      returning a.change
    )
    select
      (select count(*) from gone) as events, (select count(*) from gone_rules) as rules,
      greatest((select max(change) from gone), (select max(change) from gone_rules), 0) as last
  `);
  await db.query(sql.type(row())`
    update calendars set
      purged_change = greatest(purged_change, ${last}),
      purged_until = case when ${events > 0} then greatest(purged_until, ${new Date(before).toISOString()}) else purged_until end
    where id = ${calendarId}
  `);
  await db.query(sql.type(row())`
    delete from retired_series r using calendars c
    where c.id = ${calendarId} and r.calendar_id = c.id and r.change <= c.purged_change
  `);
  return { events, rules };
};

/** Some users whose lists keep entries that were taken out before a time: those `afterId`, in the order of their ids. */
export const listUsers = async (db: Connection, before: number, afterId: string, limit: number): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ id: string }>())`
    select u.id from users u
    where u.id > ${afterId} and exists (
      select from calendar_list l where l.user_id = u.id and l.deleted and l.updated_at < ${new Date(before).toISOString()}
    )
    order by u.id limit ${limit}
  `);
  return rows.map(({ id }) => id);
};

/**
 * Deletes the entries of a user's list that were taken out before a time, and notes up to which change. Inside a transaction that has
 * locked the user.
 *
 * @returns how many entries went.
 */
export const purgeUser = async (db: Connection, userId: string, before: number): Promise<number> => {
  const { entries, last } = await db.one(sql.type(row<{ entries: number; last: number }>())`
    with gone as (
      delete from calendar_list l
      where l.user_id = ${userId} and l.deleted and l.updated_at < ${new Date(before).toISOString()}
      returning l.change
    )
    select count(*) as entries, coalesce(max(change), 0) as last from gone
  `);
  await db.query(sql.type(row())`
    update users set purged_change = greatest(purged_change, ${last}) where id = ${userId}
  `);
  return entries;
};
