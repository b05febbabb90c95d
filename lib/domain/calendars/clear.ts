import type { Context } from "#lib/context.ts";
import { writeEvents } from "#lib/domain/events/write.ts";
import { cancelCopies } from "#lib/domain/invitations/cancel-copies.ts";
import { Failure } from "#lib/errors.ts";
import * as events from "#lib/sql/events.ts";

/** Cancels all events of the caller's primary calendar, and their copies on guests' calendars. Throws `notFound`, `invalid` for any other calendar. */
export const clearCalendar = async (ctx: Context, calendarId: string): Promise<void> =>
  writeEvents(
    ctx,
    calendarId,
    async (write) => {
      const { db, calendar } = write;
      if (!calendar.isPrimary) {
        throw new Failure("invalid", {
          location: "calendarId",
          message: "Invalid value for calendarId: only a primary calendar can be cleared; delete a secondary one instead.",
        });
      }
      await cancelCopies(ctx, write);
      await events.retireAllSeries(db, calendar.id, calendar.change);
      while (await events.cancelBatch(db, calendar.id, calendar.change, ctx.now()));
    },
    { role: "owner" },
  );
