import type { Calendar, CalendarDraft, Role, SharedCalendar } from "#lib/model/calendar.ts";
import { findRoles, type Reader, roleOnCalendar } from "./access.ts";
import { type Connection, row, sql } from "./database.ts";

export interface CalendarRow {
  readonly id: string;
  readonly owner_id: string;
  readonly owner_email: string;
  readonly is_primary: boolean;
  readonly summary: string;
  readonly description: string | null;
  readonly location: string | null;
  readonly time_zone: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly change: number;
  readonly own_change: number;
  readonly purged_change: number;
  readonly purged_until: number | null;
  readonly updated_at: number;
}

/** What {@link fromRow} reads, of `calendars c`. */
export const columns = sql.fragment`
  c.id, c.owner_id, (select u.email from users u where u.id = c.owner_id) as owner_email, c.is_primary, c.summary, c.description,
  c.location, c.time_zone, c.details, c.change, c.own_change, c.purged_change, c.purged_until, c.updated_at
`;

export const fromRow = (found: CalendarRow): Calendar => ({
  id: found.id,
  ownerId: found.owner_id,
  ownerEmail: found.owner_email,
  isPrimary: found.is_primary,
  summary: found.summary,
  ...(found.description !== null && { description: found.description }),
  ...(found.location !== null && { location: found.location }),
  timeZone: found.time_zone,
  details: found.details,
  change: found.change,
  ownChange: found.own_change,
  purgedChange: found.purged_change,
  ...(found.purged_until !== null && { purgedUntil: found.purged_until }),
  updated: found.updated_at,
});

/** A calendar and what somebody may do with it; no role: nothing, not even know of it. */
export type SeenCalendar = Omit<SharedCalendar, "role"> & { readonly role: Role | null };

type SeenRow = CalendarRow & {
  readonly role: Role | null;
  readonly default_reminders?: SharedCalendar["defaultReminders"] | null;
};

const fromSeenRow = (found: SeenRow): SeenCalendar => ({
  ...fromRow(found),
  role: found.role,
  ...(found.default_reminders && { defaultReminders: found.default_reminders }),
});

/** A calendar as somebody sees it, with the reminders that they have said for all its events. */
export const find = async (db: Connection, id: string, reader: Reader): Promise<SeenCalendar | undefined> => {
  const found = await db.maybeOne(sql.type(row<SeenRow>())`
    select ${columns}, ${roleOnCalendar(reader)} as role, (
      select l.data->'defaultReminders' from calendar_list l
      where l.user_id = ${reader.userId} and l.calendar_id = c.id and not l.deleted
    ) as default_reminders
    from calendars c where c.id = ${id}
  `);
  return found ? fromSeenRow(found) : undefined;
};

/** Adds a calendar; undefined when its id is taken. */
export const insert = async (
  db: Connection,
  calendar: CalendarDraft & { readonly id: string; readonly ownerId: string; readonly isPrimary: boolean },
  now: number,
): Promise<Calendar | undefined> => {
  const at = new Date(now).toISOString();
  const found = await db.maybeOne(sql.type(row<CalendarRow>())`
      insert into calendars as c (id, owner_id, is_primary, summary, description, location, time_zone, details, created_at, updated_at)
      values (
        ${calendar.id}, ${calendar.ownerId}, ${calendar.isPrimary}, ${calendar.summary}, ${calendar.description ?? null},
        ${calendar.location ?? null}, ${calendar.timeZone}, ${sql.jsonb(calendar.details as never)}, ${at}, ${at}
      )
      on conflict do nothing
      returning ${columns}
    `);
  return found ? fromRow(found) : undefined;
};

/**
 * Takes the row locks of calendars, in the order of their ids so that two writers never wait for each other, and the next change
 * number of each. Every write to a calendar does this first, so numbers become visible in order: whoever reads number n sees all
 * changes up to n. Those that are not there are left out.
 */
export const takeChanges = async (
  db: Connection,
  ids: readonly string[],
  reader: Reader,
  now: number,
): Promise<readonly SeenCalendar[]> => {
  const rows = await db.any(sql.type(row<SeenRow & { was_written: boolean }>())`
    with locked as materialized (
      select l.id as locked_id from calendars l where l.id = any(${sql.array([...ids], "text")}) order by l.id for update
    )
    update calendars c set change = c.change + 1, updated_at = ${new Date(now).toISOString()}
    from locked where c.id = locked.locked_id
    returning ${columns}, ${roleOnCalendar(reader)} as role,
      c.change - 1 <> (select s.change from calendars s where s.id = c.id) as was_written
  `);
  // The statement sees rules as they were when it began to wait for the locks: where somebody wrote meanwhile, they are read again. The
  // calendars' own rows it sees as they are under the locks, and whom they belong to needs no rules.
  const isOutdated = (found: (typeof rows)[number]) => found.was_written && found.owner_id !== reader.userId;
  if (!rows.some(isOutdated)) return rows.map(fromSeenRow);
  const current = await findRoles(db, ids, reader);
  return rows.map((found) => fromSeenRow({ ...found, role: current.get(found.id) ?? null }));
};

/** The same for one calendar, by the server itself: false when it is not there. */
export const takeChange = async (db: Connection, id: string, now: number): Promise<boolean> => {
  const { rowCount } = await db.query(sql.type(row())`
    update calendars set change = change + 1, updated_at = ${new Date(now).toISOString()} where id = ${id}
  `);
  return rowCount === 1;
};

/** Keeps a calendar's writers out until the transaction ends, without a change of its own; not other holders. */
export const hold = async (db: Connection, id: string): Promise<void> => {
  await db.query(sql.type(row())`select id from calendars where id = ${id} for share`);
};

/** Writes a calendar's own fields; after {@link takeChange}. */
export const update = async (db: Connection, id: string, draft: CalendarDraft, change: number): Promise<Calendar> =>
  fromRow(
    await db.one(sql.type(row<CalendarRow>())`
      update calendars c set
        summary = ${draft.summary}, description = ${draft.description ?? null}, location = ${draft.location ?? null},
        time_zone = ${draft.timeZone}, details = ${sql.jsonb(draft.details as never)}, own_change = ${change}
      where c.id = ${id}
      returning ${columns}
    `),
  );

/** Gives a calendar to another owner; after {@link takeChange}. */
export const setOwner = async (db: Connection, id: string, ownerId: string, change: number): Promise<void> => {
  await db.query(sql.type(row())`update calendars set owner_id = ${ownerId}, own_change = ${change} where id = ${id}`);
};

export const remove = async (db: Connection, id: string): Promise<void> => {
  await db.query(sql.type(row())`delete from calendars where id = ${id}`);
};
