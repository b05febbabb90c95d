import type { Context } from "#lib/context.ts";
import { writeCopy } from "#lib/domain/invitations/answer.ts";
import { letGuestsFollow } from "#lib/domain/invitations/follow.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import { etagMatches } from "#lib/model/etag.ts";
import type { Event, EventDraft } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import { getEventOrInstance } from "./find.ts";
import { asSeenBy, requireSight, withOwnSource } from "./hide.ts";
import { restrictSeries } from "./restrict-series.ts";
import { writeVersion } from "./revise.ts";
import { type EventWrite, writeEvents } from "./write.ts";

/** Writes a new version of an event, where it is: on its organizer's calendar, and then on its guests', or on a guest's. */
const writeEvent = async (ctx: Context, write: EventWrite, current: Event, draft: EventDraft): Promise<Event> => {
  count("EventsWritten", {});
  if (current.copyOf) return writeCopy(ctx, write, current, draft);
  const after = await writeVersion(ctx, write.db, write.calendar, current, draft);
  await letGuestsFollow(ctx, write, { before: current, after });
  return after;
};

/**
 * Changes an event, or one instance of a series (which from then on stands in the place its rule gave it). Throws `notFound`,
 * `conditionNotMet` when the event is no longer the version that `ifMatch` names, `forbidden` when it is private and not the caller's
 * to see, `forbiddenForNonOrganizer` for what a guest may not change.
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
  writeEvents(
    ctx,
    calendarId,
    async (write) => {
      const { db, calendar } = write;
      const current = await getEventOrInstance(db, calendar.id, eventId);
      requireSight(calendar.role, current);
      if (!etagMatches(ifMatch, current.change)) throw new Failure("conditionNotMet");
      const draft = withOwnSource(ctx.caller.email, current, draftOf(calendar, current));
      const event = await writeEvent(ctx, write, current, await restrictSeries(ctx, write, current, draft));
      return { calendar, event: asSeenBy({ role: calendar.role, email: ctx.caller.email }, event) };
    },
    { object: () => ({ eventId }) },
  );
