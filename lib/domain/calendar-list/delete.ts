import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { Failure } from "#lib/errors.ts";
import { viewOf } from "#lib/model/calendar-list.ts";
import { etagMatches } from "#lib/model/etag.ts";
import * as calendarList from "#lib/sql/calendar-list.ts";
import { getEntry } from "./get.ts";
import { lockOwnList } from "./write.ts";

/**
 * Takes a calendar out of the caller's list; the calendar itself stays, and so does their access. Throws `notFound`,
 * `conditionNotMet`, and for calendars of their own `cannotChangeOwnPrimarySubscription` or `cannotUnsubscribeFromOwnedCalendar`.
 */
export const deleteEntry = async (
  ctx: Context,
  { calendarId, ifMatch }: { readonly calendarId: string; readonly ifMatch: string | undefined },
): Promise<void> =>
  ctx.db.inTransaction(async (db) => {
    const { userId } = ctx.caller;
    const change = await lockOwnList(ctx, db);
    const entry = await getEntry(ctx, calendarId, db);
    if (entry.calendar.ownerId === userId) {
      throw new Failure(entry.calendar.isPrimary ? "cannotChangeOwnPrimarySubscription" : "cannotUnsubscribeFromOwnedCalendar");
    }
    if (!etagMatches(ifMatch, entry.change, viewOf(entry))) throw new Failure("conditionNotMet");
    await calendarList.remove(db, { userId, calendarId: entry.calendarId, change }, ctx.now());
    await notifyWatchers(db, { kind: "calendarList", userId });
    await recordChange(ctx, db, { calendarId: entry.calendarId });
  });
