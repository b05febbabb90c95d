import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import { isAtLeast, namedCalendar, type Role, type SharedCalendar } from "#lib/model/calendar.ts";
import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";

/** Whether the caller's key reaches a calendar; what they may do there is another question. */
export const reaches = ({ caller }: Context, id: string): boolean => caller.calendars === null || caller.calendars.includes(id);

/**
 * The id a path names, for whoever may go on to that calendar: every rule that is about a calendar a client names asks here. Throws
 * `notFound` when the caller's key is limited to others: for it there is no such calendar.
 */
export const calendarIdOf = (ctx: Context, calendarId: string): string => {
  const id = namedCalendar(ctx.caller.email, calendarId);
  if (!reaches(ctx, id)) throw new Failure("notFound");
  return id;
};

/** Lets pass whose key is not limited to calendars, to what belongs to a user and to no calendar. Throws `notFound`. */
export const requireWholeReach = ({ caller }: Context): void => {
  if (caller.calendars !== null) throw new Failure("notFound");
};

/**
 * Lets a caller with at least this role pass. Throws `notFound` when the calendar is not there or is none of theirs (that it
 * exists is not theirs to know), `requiredAccessLevel` when they may see it but not do this.
 */
export const requireRoleOn = <C extends { readonly role: Role | null }>(
  calendar: C | undefined,
  role: Role,
): C & { readonly role: Role } => {
  if (!calendar || calendar.role === null) throw new Failure("notFound");
  if (!isAtLeast(calendar.role, role)) {
    const word = role === "writerWithoutPrivateAccess" ? "writer" : role;
    throw new Failure("requiredAccessLevel", { message: `You need to have ${word} access to this calendar.` });
  }
  return calendar as C & { readonly role: Role };
};

/** Reads a calendar the caller has at least this role on. */
export const requireRole = async (ctx: Context, calendarId: string, role: Role): Promise<SharedCalendar> =>
  requireRoleOn(await calendars.find(ctx.db, calendarIdOf(ctx, calendarId), ctx.caller), role);

/**
 * Takes a calendar's lock and next change number inside a transaction, for a caller with at least this role: the first statement
 * of every write, so that writes to one calendar follow one another.
 */
export const lockForWrite = async (ctx: Context, db: Connection, calendarId: string, role: Role): Promise<SharedCalendar> => {
  const [calendar] = await calendars.takeChanges(db, [calendarIdOf(ctx, calendarId)], ctx.caller, ctx.now());
  return requireRoleOn(calendar, role);
};
