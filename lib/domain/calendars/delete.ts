import type { Context } from "#lib/context.ts";
import { endLostEntries } from "#lib/domain/calendar-list/end-lost.ts";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { writeEvents } from "#lib/domain/events/write.ts";
import { cancelCopies } from "#lib/domain/invitations/cancel-copies.ts";
import { Failure } from "#lib/errors.ts";
import { etagMatches } from "#lib/model/etag.ts";
import * as calendars from "#lib/sql/calendars.ts";
import * as events from "#lib/sql/events.ts";

/**
 * Deletes a secondary calendar with everything in it and takes it out of everybody's list; copies of its events on guests' calendars
 * are cancelled. Throws `notFound`, `cannotDeletePrimaryCalendar`, `conditionNotMet`.
 */
export const deleteCalendar = async (
  ctx: Context,
  { calendarId, ifMatch }: { readonly calendarId: string; readonly ifMatch: string | undefined },
): Promise<void> =>
  writeEvents(
    ctx,
    calendarId,
    async (write) => {
      const { db, calendar } = write;
      if (calendar.isPrimary) throw new Failure("cannotDeletePrimaryCalendar");
      if (!etagMatches(ifMatch, calendar.ownChange)) throw new Failure("conditionNotMet");
      await cancelCopies(ctx, write);
      while (await events.removeBatch(db, calendar.id));
      await calendars.remove(db, calendar.id);
      await endLostEntries(db, { calendarIds: [calendar.id] }, ctx.now());
      await notifyWatchers(db, { kind: "acl", calendarId: calendar.id }, "not_exists");
    },
    { role: "owner", leaves: "not_exists" },
  );
