import { randomBytes } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { writeOwnersRule } from "#lib/domain/acl/own.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { addOwnedEntry } from "#lib/domain/calendar-list/add-owned.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar, CalendarDraft } from "#lib/model/calendar.ts";
import * as calendars from "#lib/sql/calendars.ts";
import type { Connection } from "#lib/sql/database.ts";

/** Ids of secondary calendars look like addresses, as clients expect; the domain is reserved for private use. */
const newCalendarId = (): string => `c_${randomBytes(16).toString("hex")}@group.calendar-api.internal`;

/** Makes a calendar with its owner's rule and their entry, inside a transaction. Undefined when its id is taken. */
export const createCalendar = async (
  db: Connection,
  calendar: CalendarDraft & { readonly id: string; readonly isPrimary: boolean },
  owner: { readonly id: string; readonly email: string },
  now: number,
): Promise<Calendar | undefined> => {
  const made = await calendars.insert(db, { ...calendar, ownerId: owner.id }, now);
  if (!made) return undefined;
  await writeOwnersRule(db, made, owner.email, now);
  await addOwnedEntry(db, { calendarId: made.id, owner }, now);
  return made;
};

/**
 * Makes a secondary calendar that the caller owns. Throws `insufficientPermissions` when their key is limited to calendars, which
 * this one is none of.
 */
export const insertCalendar = async (ctx: Context, draft: CalendarDraft): Promise<Calendar> => {
  if (ctx.caller.calendars !== null) throw new Failure("insufficientPermissions");
  return ctx.db.inTransaction(async (db) => {
    const { userId, email } = ctx.caller;
    const calendar = { ...draft, id: newCalendarId(), isPrimary: false };
    const made = await createCalendar(db, calendar, { id: userId, email }, ctx.now());
    if (!made) throw new Failure("duplicate");
    await recordChange(ctx, db, { calendarId: made.id, after: { ownerId: userId } });
    return made;
  });
};
