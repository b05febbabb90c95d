/** Copies of an organizer's events on the calendars of guests. */
import type { Event } from "#lib/model/event.ts";
import { type Connection, row, sql } from "./database.ts";
import { columns, type EventRow, fromRow } from "./events.ts";

/** The copy that a calendar has of another calendar's event. */
export const find = async (
  db: Connection,
  calendarId: string,
  original: { readonly calendarId: string; readonly id: string },
): Promise<Event | undefined> => {
  const found = await db.maybeOne(sql.type(row<EventRow>())`
    select ${columns} from events e
    where e.calendar_id = ${calendarId} and e.copy_of_calendar = ${original.calendarId} and e.copy_of_event = ${original.id}
    order by e.change desc limit 1
  `);
  return found ? fromRow(calendarId, found) : undefined;
};

/** Lets the copies of an event, and of its instances, follow it to another calendar. */
export const relink = async (
  db: Connection,
  guestIds: readonly string[],
  original: { readonly calendarId: string; readonly id: string },
  destination: string,
): Promise<void> => {
  await db.query(sql.type(row())`
    update events e set copy_of_calendar = ${destination}
    where e.calendar_id = any(${sql.array([...guestIds], "text")}) and e.copy_of_calendar = ${original.calendarId}
      and (e.copy_of_event = ${original.id} or starts_with(e.copy_of_event, ${`${original.id}_`}))
  `);
};

/** Everybody who is invited to an event of a calendar that is not cancelled. */
export const listGuests = async (db: Connection, calendarId: string): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ email: string }>())`
    select distinct guest->>'email' as email
    from events e cross join lateral jsonb_array_elements(e.data->'details'->'attendees') as guest
    where e.calendar_id = ${calendarId} and e.status <> 'cancelled' and e.copy_of_calendar is null
      and jsonb_typeof(e.data->'details'->'attendees') = 'array' and guest->>'email' is not null
  `);
  return rows.map(({ email }) => email);
};

/** Cancels all copies that these calendars, locked by this transaction, have of a calendar's events. */
export const cancelAll = async (
  db: Connection,
  guestIds: readonly string[],
  originalCalendarId: string,
  now: number,
): Promise<void> => {
  const copies = sql.fragment`
    e.calendar_id = any(${sql.array([...guestIds], "text")}) and e.copy_of_calendar = ${originalCalendarId}
    and e.status <> 'cancelled' and c.id = e.calendar_id
  `;
  await db.query(sql.type(row())`
    insert into retired_series (calendar_id, event_id, change, data)
    select e.calendar_id, e.id, c.change, e.data from events e, calendars c where ${copies} and e.recurring
    on conflict do nothing
  `);
  await db.query(sql.type(row())`
    update events e set status = 'cancelled', change = c.change, updated_at = ${new Date(now).toISOString()}
    from calendars c where ${copies}
  `);
};
