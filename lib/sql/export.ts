/** What only the export of a person's data reads. */
import type { AclRule, AclScope } from "#lib/model/acl.ts";
import type { AuditEntry } from "#lib/model/audit.ts";
import type { Calendar, Role } from "#lib/model/calendar.ts";
import type { Channel, WatchedKind } from "#lib/model/channel.ts";
import type { Event } from "#lib/model/event.ts";
import { type CalendarRow, columns as calendarColumns, fromRow as calendarFromRow } from "./calendars.ts";
import { type Connection, row, sql } from "./database.ts";
import { columns, type EventRow, fromRow } from "./events.ts";

/** The calendars that a user owns, their primary one first. */
export const listCalendars = async (db: Connection, userId: string): Promise<readonly Calendar[]> => {
  const rows = await db.any(sql.type(row<CalendarRow>())`
    select ${calendarColumns} from calendars c where c.owner_id = ${userId} order by c.is_primary desc, c.id
  `);
  return rows.map(calendarFromRow);
};

/** All events of a calendar, cancelled ones too, in the order of their ids. */
export const listEvents = async (
  db: Connection,
  calendarId: string,
  afterId: string,
  limit: number,
): Promise<readonly Event[]> => {
  const rows = await db.any(sql.type(row<EventRow>())`
    select ${columns} from events e where e.calendar_id = ${calendarId} and e.id > ${afterId} order by e.id limit ${limit}
  `);
  return rows.map((found) => fromRow(calendarId, found));
};

/** Addresses of the groups that an address is a member of. */
export const listGroups = async (db: Connection, email: string): Promise<readonly string[]> => {
  const rows = await db.any(sql.type(row<{ email: string }>())`
    select group_email as email from group_members where email = ${email} order by group_email
  `);
  return rows.map(({ email: group }) => group);
};

/** The rules that name a user on calendars of others; those taken away too. */
export const listRules = async (
  db: Connection,
  { userId, email }: { readonly userId: string; readonly email: string },
  afterCalendarId: string,
  limit: number,
): Promise<readonly (AclRule & { readonly calendarId: string })[]> =>
  (
    await db.any(sql.type(row<{ calendar_id: string; id: string; role: Role | "none"; change: number }>())`
      select a.calendar_id, a.id, a.role, a.change from acl_rules a join calendars c on c.id = a.calendar_id
      where a.scope_type = 'user' and a.scope_value = ${email} and c.owner_id <> ${userId} and a.calendar_id > ${afterCalendarId}
      order by a.calendar_id limit ${limit}
    `)
  ).map(({ calendar_id: calendarId, id, role, change }) => ({
    calendarId,
    id,
    scope: { type: "user", value: email } satisfies AclScope,
    role,
    change,
  }));

/** A user's channels, ended ones too. */
export const listChannels = async (db: Connection, userId: string): Promise<readonly Channel[]> => {
  const rows = await db.any(
    sql.type(
      row<{
        number: number;
        id: string;
        kind: WatchedKind;
        calendar_id: string | null;
        resource_id: string;
        resource_uri: string;
        address: string;
        token: string | null;
        expires_at: number;
      }>(),
    )`
      select number, id, kind, calendar_id, resource_id, resource_uri, address, token, expires_at
      from channels where user_id = ${userId} order by number limit 10000
    `,
  );
  return rows.map((found) => ({
    ...{ number: found.number, id: found.id, userId, kind: found.kind, address: found.address },
    calendarId: found.calendar_id ?? undefined,
    resourceId: found.resource_id,
    resourceUri: found.resource_uri,
    token: found.token ?? undefined,
    expiresAt: found.expires_at,
  }));
};

/** Entries of the audit log that are about a user and by others, in the order of their places in it. */
export const listAuditAbout = (
  db: Connection,
  { userId, email }: { readonly userId: string; readonly email: string },
  after: { readonly chain: number; readonly number: number },
  limit: number,
): Promise<readonly AuditEntry[]> =>
  db.any(sql.type(row<AuditEntry>())`
    select a.chain, a.number, a.at, a.action, a.user_id as "userId", a.key_id as "keyId", a.address, a.correlation_id as "correlationId",
      a.calendar_id as "calendarId", a.subject, a.details, false as "isErased"
    from audit a
    where a.subject in (${userId}, ${email}) and a.user_id <> ${userId} and a.calendar_id is distinct from ${email}
      and (a.chain, a.number) > (${after.chain}, ${after.number})
    order by a.chain, a.number limit ${limit}
  `);
