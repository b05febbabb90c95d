import type { Context } from "#lib/context.ts";
import { lockForWrite } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import { etagMatches } from "#lib/model/etag.ts";
import type { Event, EventDraft } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import { getEventOrInstance } from "./find.ts";
import { writeVersion } from "./revise.ts";

/**
 * Changes an event, or one instance of a series (which from then on stands in the place its rule gave it). Throws `notFound`,
 * and `conditionNotMet` when the event is no longer the version that `ifMatch` names.
 *
 * @param draftOf what the event shall be, given what it is.
 */
export const updateEvent = async (
  ctx: Context,
  {
    calendarId,
    eventId,
    ifMatch,
    draftOf,
  }: {
    readonly calendarId: string;
    readonly eventId: string;
    readonly ifMatch: string | undefined;
    readonly draftOf: (calendar: Calendar, current: Event) => EventDraft;
  },
): Promise<{ readonly calendar: Calendar; readonly event: Event }> =>
  ctx.db.inTransaction(async (db) => {
    const calendar = await lockForWrite(ctx, db, calendarId, "writer");
    const current = await getEventOrInstance(db, calendar.id, eventId);
    if (!etagMatches(ifMatch, current.change)) throw new Failure("conditionNotMet");
    const event = await writeVersion(ctx, db, calendar, current, draftOf(calendar, current));
    count("EventsWritten", {});
    return { calendar, event };
  });
