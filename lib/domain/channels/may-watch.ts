import { isAtLeast, type Role } from "#lib/model/calendar.ts";
import type { WatchedKind } from "#lib/model/channel.ts";
import { findRoles, type Reader } from "#lib/sql/access.ts";
import type { Connection } from "#lib/sql/database.ts";

/** What somebody must be on a calendar to be told of changes; of things of their own everybody is told. */
export const neededRole: Readonly<Partial<Record<WatchedKind, Role>>> = { events: "reader", acl: "writer" };

/** Whether a channel's owner may still be told: their access may have ended since they made it. */
export const mayWatch = async (
  db: Connection,
  { kind, calendarId }: { readonly kind: WatchedKind; readonly calendarId: string | undefined },
  reader: Reader,
): Promise<boolean> => {
  const needed = neededRole[kind];
  if (needed === undefined || calendarId === undefined) return true;
  const role = (await findRoles(db, [calendarId], reader)).get(calendarId);
  return role !== undefined && isAtLeast(role, needed);
};
