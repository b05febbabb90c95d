/** What the rules of a calendar allow somebody. */
import type { Role } from "#lib/model/calendar.ts";
import { type Connection, row, sql } from "./database.ts";

/** Whoever asks, as rules may name them. */
export interface Reader {
  readonly userId: string;
  readonly email: string;
}

type Text = string | ReturnType<typeof sql.fragment>;

/** The rules that may name somebody are found by their ids: what this costs does not grow with the number of rules. */
const roleOf = (userId: Text, email: Text) => sql.fragment`
  case when c.owner_id = ${userId} then 'owner' else (
    select max(a.role)::text from acl_rules a
    where a.calendar_id = c.id and a.role <> 'none' and a.id = any(
      array['default', 'user:' || ${email}::text, 'domain:' || split_part(${email}::text, '@', 2)]
      || array(select 'group:' || m.group_email from group_members m where m.email = ${email}::text)
    )
  ) end
`;

/** The strongest role a reader has on `calendars c`, null when none: of its owner, `owner`; of anybody else, what its rules say. */
export const roleOnCalendar = ({ userId, email }: Reader) => roleOf(userId, email);

/** The same for `users u`. */
export const roleOfUser = roleOf(sql.fragment`u.id`, sql.fragment`u.email`);

/** A reader's roles on these calendars; those that are not there, or not theirs to see, are left out. */
export const findRoles = async (
  db: Connection,
  calendarIds: readonly string[],
  reader: Reader,
): Promise<ReadonlyMap<string, Role>> => {
  const rows = await db.any(sql.type(row<{ id: string; role: Role | null }>())`
    select c.id, ${roleOnCalendar(reader)} as role from calendars c where c.id = any(${sql.array([...calendarIds], "text")})
  `);
  return new Map(rows.flatMap(({ id, role }) => (role === null ? [] : [[id, role]])));
};
