import type { Role } from "#lib/model/calendar.ts";
import type { EntryData, ListEntry } from "#lib/model/calendar-list.ts";
import { type Reader, roleOfUser, roleOnCalendar } from "./access.ts";
import { type CalendarRow, columns as calendarColumns, fromRow as calendarFromRow } from "./calendars.ts";
import { type Connection, row, sql } from "./database.ts";

type EntryRow = CalendarRow & {
  readonly calendar_id: string;
  readonly data: EntryData;
  readonly entry_change: number;
  readonly role: Role | null;
  readonly is_own_primary: boolean | null;
};

const fromRow = (found: EntryRow): ListEntry => ({
  calendarId: found.calendar_id,
  data: found.data,
  change: found.entry_change,
  isOwnPrimary: found.is_own_primary ?? false,
  ...(found.role !== null && { calendar: { ...calendarFromRow(found), role: found.role } }),
});

/**
 * A reader's entries `calendar_list l` with what they see of `calendars c`, and their role on it. The limit has each calendar looked up
 * by itself: what this costs follows the list, not the number of calendars.
 */
const entriesOf = (reader: Reader) => sql.fragment`
  select l.calendar_id, l.data, l.change as entry_change, ${calendarColumns}, c.role,
    c.is_primary and c.owner_id = l.user_id as is_own_primary
  from calendar_list l left join lateral (
    select c.*, ${roleOnCalendar(reader)} as role from calendars c where c.id = l.calendar_id and not l.deleted limit 1
  ) c on true
  where l.user_id = ${reader.userId}
`;

/** An entry, also one that was taken out. */
export const find = async (db: Connection, reader: Reader, calendarId: string): Promise<ListEntry | undefined> => {
  const found = await db.maybeOne(sql.type(row<EntryRow>())`${entriesOf(reader)} and l.calendar_id = ${calendarId}`);
  return found ? fromRow(found) : undefined;
};

/** Which entries a list shows. */
export interface EntryFilter {
  /** Only these calendars; null: all. */
  readonly calendars: readonly string[] | null;
  readonly showDeleted: boolean;
  readonly showHidden: boolean;
  /** Only calendars on which the reader has at least this role. */
  readonly minAccessRole: Role | undefined;
  /** Only calendars whose owner's address is in this domain. */
  readonly domain: string | undefined;
}

const among = ({ calendars }: Pick<EntryFilter, "calendars">) => sql.fragment`
  (${calendars === null} or l.calendar_id = any(${sql.array([...(calendars ?? [])], "text")}))
`;

/** A page of entries in the order of their calendars' ids. */
export const list = async (
  db: Connection,
  reader: Reader,
  filter: EntryFilter,
  { afterId, limit }: { readonly afterId: string; readonly limit: number },
): Promise<readonly ListEntry[]> => {
  const { showDeleted, showHidden, minAccessRole = null, domain = null } = filter;
  const rows = await db.any(sql.type(row<EntryRow>())`
    ${entriesOf(reader)} and l.calendar_id > ${afterId} and ${among(filter)}
      and (${showDeleted} or c.role is not null)
      and (${showHidden} or c.role is null or not coalesce((l.data->>'hidden')::boolean, false))
      and (${minAccessRole}::text is null or c.role::calendar_role >= ${minAccessRole}::calendar_role)
      and (${domain}::text is null or exists (
        select from users u where u.id = c.owner_id and split_part(u.email, '@', 2) = ${domain}::text
      ))
    order by l.calendar_id limit ${limit}
  `);
  return rows.map(fromRow);
};

/** A page of the entries that have changed after a place in the order of changes, those that were taken out among them. */
export const listByChange = async (
  db: Connection,
  reader: Reader,
  filter: Pick<EntryFilter, "calendars">,
  after: { readonly change: number; readonly id: string },
  limit: number,
): Promise<readonly ListEntry[]> => {
  const rows = await db.any(sql.type(row<EntryRow>())`
    ${entriesOf(reader)} and ${among(filter)} and (l.change, l.calendar_id) > (${after.change}, ${after.id})
    order by l.change, l.calendar_id limit ${limit}
  `);
  return rows.map(fromRow);
};

/** Writes an entry, in the place of what there was; `change` is the user's, taken under their lock. */
export const put = async (
  db: Connection,
  entry: { readonly userId: string; readonly calendarId: string; readonly data: EntryData; readonly change: number },
  now: number,
): Promise<void> => {
  await db.query(sql.type(row())`
    insert into calendar_list (user_id, calendar_id, data, change, updated_at)
    values (
      ${entry.userId}, ${entry.calendarId}, ${sql.jsonb(entry.data as never)}, ${entry.change}, ${new Date(now).toISOString()}
    )
    on conflict (user_id, calendar_id) do update
    set data = excluded.data, deleted = false, change = excluded.change, updated_at = excluded.updated_at
  `);
};

/** Takes an entry out; `change` as above. */
export const remove = async (
  db: Connection,
  { userId, calendarId, change }: { readonly userId: string; readonly calendarId: string; readonly change: number },
  now: number,
): Promise<void> => {
  await db.query(sql.type(row())`
    update calendar_list set deleted = true, change = ${change}, updated_at = ${new Date(now).toISOString()}
    where user_id = ${userId} and calendar_id = ${calendarId}
  `);
};

/**
 * Takes out the entries of these calendars, and of these users, whose users have no access any more or whose calendar is no more:
 * each with a new number of its user, taken under the users' row locks in the order of their ids.
 *
 * @returns the users whose lists have changed.
 */
export const removeLost = async (
  db: Connection,
  { calendarIds = [], userIds = [] }: { readonly calendarIds?: readonly string[]; readonly userIds?: readonly string[] },
  now: number,
): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ user_id: string }>())`
    with lost as materialized (
      select l.user_id, l.calendar_id
      from calendar_list l join users u on u.id = l.user_id
        left join lateral (select id, owner_id from calendars where id = l.calendar_id limit 1) c on true
      where not l.deleted
        and (l.calendar_id = any(${sql.array([...calendarIds], "text")}) or l.user_id = any(${sql.array([...userIds], "text")}))
        and ${roleOfUser} is null
    ), locked as materialized (
      select u.id as locked_id from users u where u.id in (select user_id from lost) order by u.id for no key update
    ), numbered as (
      update users u set change = u.change + 1 from locked where u.id = locked.locked_id returning u.id, u.change
    )
    update calendar_list l set deleted = true, change = numbered.change, updated_at = ${new Date(now).toISOString()}
    from numbered, lost
    where l.user_id = numbered.id and lost.user_id = l.user_id and lost.calendar_id = l.calendar_id and not l.deleted
    returning l.user_id
  `);
  return [...new Set(rows.map(({ user_id: id }) => id))];
};
