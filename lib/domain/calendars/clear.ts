import type { Context } from "#lib/context.ts";
import { lockForWrite } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import * as events from "#lib/sql/events.ts";

/** Cancels all events of the caller's primary calendar. Throws `notFound`, `invalid` for any other calendar. */
export const clearCalendar = async (ctx: Context, calendarId: string): Promise<void> =>
  ctx.db.inTransaction(async (db) => {
    const calendar = await lockForWrite(ctx, db, calendarId, "owner");
    if (!calendar.isPrimary) {
      throw new Failure("invalid", {
        location: "calendarId",
        message: "Invalid value for calendarId: only a primary calendar can be cleared; delete a secondary one instead.",
      });
    }
    await events.retireAllSeries(db, calendar.id, calendar.change);
    while (await events.cancelBatch(db, calendar.id, calendar.change, ctx.now()));
  });
