import type { Calendar, CalendarDraft } from "#lib/model/calendar.ts";
import { type Connection, row, sql } from "./database.ts";

export interface CalendarRow {
  readonly id: string;
  readonly owner_id: string;
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

const columns = sql.fragment`
  id, owner_id, is_primary, summary, description, location, time_zone, details, change, own_change, purged_change,
  purged_until,  updated_at
`;

const fromRow = (found: CalendarRow): Calendar => ({
  id: found.id,
  ownerId: found.owner_id,
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

const maybe = (found: CalendarRow | null): Calendar | undefined => (found ? fromRow(found) : undefined);

export const find = async (db: Connection, id: string): Promise<Calendar | undefined> =>
  maybe(await db.maybeOne(sql.type(row<CalendarRow>())`select ${columns} from calendars where id = ${id}`));

/** The calendars a user owns, in the order of their ids, after `afterId`. */
export const listOwned = async (
  db: Connection,
  ownerId: string,
  afterId: string,
  limit: number,
): Promise<readonly Calendar[]> => {
  const rows = await db.any(sql.type(row<CalendarRow>())`
    select ${columns} from calendars where owner_id = ${ownerId} and id > ${afterId} order by id limit ${limit}
  `);
  return rows.map(fromRow);
};

/** A word for the calendars a user owns as they are now: another as soon as one comes, goes or changes. */
export const versionOfOwned = async (db: Connection, ownerId: string): Promise<string> => {
  const { version } = await db.one(sql.type(row<{ version: string }>())`
    select coalesce(md5(string_agg(id || ' ' || own_change, ',' order by id)), '') as version
    from calendars where owner_id = ${ownerId}
  `);
  return version;
};

/** Adds a calendar; undefined when its id is taken. */
export const insert = async (
  db: Connection,
  calendar: CalendarDraft & { readonly id: string; readonly ownerId: string; readonly isPrimary: boolean },
  now: number,
): Promise<Calendar | undefined> => {
  const at = new Date(now).toISOString();
  return maybe(
    await db.maybeOne(sql.type(row<CalendarRow>())`
      insert into calendars (id, owner_id, is_primary, summary, description, location, time_zone, details, created_at, updated_at)
      values (
        ${calendar.id}, ${calendar.ownerId}, ${calendar.isPrimary}, ${calendar.summary}, ${calendar.description ?? null},
        ${calendar.location ?? null}, ${calendar.timeZone}, ${sql.jsonb(calendar.details as never)}, ${at}, ${at}
      )
      on conflict do nothing
      returning ${columns}
    `),
  );
};

/**
 * Takes the calendar's row lock and its next change number. Every write to a calendar does this first, so numbers become visible
 * in order: whoever reads number n sees all changes up to n.
 */
export const takeChange = async (db: Connection, id: string, now: number): Promise<Calendar | undefined> =>
  maybe(
    await db.maybeOne(sql.type(row<CalendarRow>())`
      update calendars set change = change + 1, updated_at = ${new Date(now).toISOString()} where id = ${id} returning ${columns}
    `),
  );

/** Writes a calendar's own fields; after {@link takeChange}. */
export const update = async (db: Connection, id: string, draft: CalendarDraft, change: number): Promise<Calendar> =>
  fromRow(
    await db.one(sql.type(row<CalendarRow>())`
      update calendars set
        summary = ${draft.summary}, description = ${draft.description ?? null}, location = ${draft.location ?? null},
        time_zone = ${draft.timeZone}, details = ${sql.jsonb(draft.details as never)}, own_change = ${change}
      where id = ${id}
      returning ${columns}
    `),
  );

export const remove = async (db: Connection, id: string): Promise<void> => {
  await db.query(sql.type(row())`delete from calendars where id = ${id}`);
};
