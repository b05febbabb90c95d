import type { Context } from "#lib/context.ts";
import { calendarIdOf } from "#lib/domain/acl/require-role.ts";
import type { EntryData } from "#lib/model/calendar-list.ts";
import * as calendarList from "#lib/sql/calendar-list.ts";
import * as calendars from "#lib/sql/calendars.ts";
import type { StandingEntry } from "./get.ts";
import { lockOwnList, writeEntry } from "./write.ts";

/**
 * Puts a calendar into the caller's list that they may at least see the busy times of. If it is there already, the fields that the
 * caller names are changed. Throws `notFound`.
 *
 * @param dataOf the entry's data as the caller wants it, of what there is.
 */
export const insertEntry = async (
  ctx: Context,
  { calendarId, dataOf }: { readonly calendarId: string; readonly dataOf: (calendarId: string, current: EntryData) => EntryData },
): Promise<StandingEntry> =>
  ctx.db.inTransaction(async (db) => {
    const id = calendarIdOf(ctx, calendarId);
    // Whoever takes access away holds the calendar or the user: a role that is read behind both locks cannot end unseen. An entry
    // that shows no calendar to the caller, because they have no role, is not found and undone.
    await calendars.hold(db, id);
    const change = await lockOwnList(ctx, db);
    const current = await calendarList.find(db, ctx.caller, id);
    return writeEntry(ctx, db, { calendarId: id, data: dataOf(id, current?.calendar ? current.data : {}), change });
  });
