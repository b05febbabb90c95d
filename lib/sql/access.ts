/** What the rules of a calendar allow somebody. */
import type { Role } from "#lib/model/calendar.ts";
import { type Connection, row, sql } from "./database.ts";

/** Whoever asks, as rules may name them. */
export interface Reader {
  readonly userId: string;
  readonly email: string;
}

const domainOf = (email: string): string => email.slice(email.lastIndexOf("@") + 1);

/** The strongest role a reader has on `calendars c`, null when none: of its owner, `owner`; of anybody else, what its rules say. */
export const roleOnCalendar = ({ userId, email }: Reader) => sql.fragment`
  case when c.owner_id = ${userId} then 'owner' else (
    select max(a.role)::text from acl_rules a
    where a.calendar_id = c.id and a.role <> 'none' and (
      a.id in ('default', ${`user:${email}`}, ${`domain:${domainOf(email)}`})
      or (a.scope_type = 'group' and exists (
        select from group_members m where m.group_email = a.scope_value and m.email = ${email}
      ))
    )
  ) end
`;

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
