import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar, Role } from "#lib/model/calendar.ts";
import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";

/** The id a path names: `primary` is the caller's own calendar, whose id is their address; ids are lower case. */
export const calendarIdOf = (ctx: Context, calendarId: string): string =>
  calendarId === "primary" ? ctx.caller.email : calendarId.toLowerCase();

/** As much of a calendar as rights depend on. */
type Owned = Pick<Calendar, "ownerId">;

/** What the caller may do with a calendar; undefined when they may not even know of it. */
const roleOf = (ctx: Context, calendar: Owned): Role | undefined =>
  calendar.ownerId === ctx.caller.userId ? "owner" : undefined;

const strength: Record<Role, number> = { reader: 1, writer: 2, owner: 3 };

/**
 * Lets a caller with at least this role pass. Throws `notFound` when the calendar is not there or is none of theirs (that it
 * exists is not theirs to know), `requiredAccessLevel` when they may see it but not do this.
 */
export const requireRoleOn = <C extends Owned>(ctx: Context, calendar: C | undefined, role: Role): C => {
  const has = calendar && roleOf(ctx, calendar);
  if (!calendar || !has) throw new Failure("notFound");
  if (strength[has] < strength[role]) {
    throw new Failure("requiredAccessLevel", { message: `You need to have ${role} access to this calendar.` });
  }
  return calendar;
};

/** Reads a calendar the caller has at least this role on. */
export const requireRole = async (ctx: Context, calendarId: string, role: Role): Promise<Calendar> =>
  requireRoleOn(ctx, await calendars.find(ctx.db, calendarIdOf(ctx, calendarId)), role);

/**
 * Takes a calendar's lock and next change number inside a transaction, for a caller with at least this role: the first statement
 * of every write, so that writes to one calendar follow one another.
 */
export const lockForWrite = async (ctx: Context, db: Connection, calendarId: string, role: Role): Promise<Calendar> =>
  requireRoleOn(ctx, await calendars.takeChange(db, calendarIdOf(ctx, calendarId), ctx.now()), role);
