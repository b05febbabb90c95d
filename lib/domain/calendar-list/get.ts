import type { Context } from "#lib/context.ts";
import { calendarIdOf } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import type { SharedCalendar } from "#lib/model/calendar.ts";
import type { ListEntry } from "#lib/model/calendar-list.ts";
import * as calendarList from "#lib/sql/calendar-list.ts";
import type { Connection } from "#lib/sql/database.ts";

/** An entry whose calendar is there for its user to see. */
export type StandingEntry = ListEntry & { readonly calendar: SharedCalendar };

/** Reads an entry of the caller's list. Throws `notFound`, also for one that was taken out. */
export const getEntry = async (ctx: Context, calendarId: string, db: Connection = ctx.db): Promise<StandingEntry> => {
  const entry = await calendarList.find(db, ctx.caller, calendarIdOf(ctx, calendarId));
  if (!entry?.calendar) throw new Failure("notFound");
  return entry as StandingEntry;
};
