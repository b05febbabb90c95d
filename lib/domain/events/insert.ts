import type { Context } from "#lib/context.ts";
import { requireRole } from "#lib/domain/acl/require-role.ts";
import { guestsOf, letGuestsFollow } from "#lib/domain/invitations/follow.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event, EventDraft, Person } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import * as events from "#lib/sql/events.ts";
import { checkTimes } from "./check-draft.ts";
import { newEventId } from "./event-id.ts";
import { place } from "./place.ts";
import { type EventWrite, writeEvents } from "./write.ts";

/** The domain part of UIDs we make: reserved for private use, the same for ever, whatever the server is called. */
const uidDomain = "calendar-api.internal";

/** A calendar as the organizer of events made on it. */
export const organizerOf = ({ id, isPrimary, summary }: Calendar): Person => ({
  email: id,
  ...(!isPrimary && { displayName: summary }),
});

/** The event a draft becomes when it is new: with its ids, its stamps, and who made it. */
export const newEvent = (ctx: Context, calendar: Calendar, draft: EventDraft, id: string = newEventId()): Event => {
  const { caller } = ctx;
  const now = ctx.now();
  return {
    ...draft,
    calendarId: calendar.id,
    id,
    iCalUID: draft.iCalUID ?? `${id}@${uidDomain}`,
    sequence: draft.sequence ?? 0,
    change: calendar.change,
    created: now,
    updated: now,
    details: {
      ...draft.details,
      creator: draft.details.creator ?? { email: caller.email },
      organizer: draft.details.organizer ?? organizerOf(calendar),
    },
  };
};

/**
 * Adds an event to a calendar the caller may write to, and to those of its guests. Throws `duplicate` when the calendar has, or had, an event with that id.
 *
 * @param draftOf the event in the calendar's terms: a time without a zone is in the calendar's.
 */
export const insertEvent = async (
  ctx: Context,
  {
    calendarId,
    id,
    draftOf,
  }: { readonly calendarId: string; readonly id?: string | undefined; readonly draftOf: (calendar: Calendar) => EventDraft },
): Promise<{ readonly calendar: Calendar; readonly event: Event }> => {
  // The draft is checked before the calendar is locked: a refusal should cost no lock.
  const draft = draftOf(await requireRole(ctx, calendarId, "writerWithoutPrivateAccess"));
  checkTimes(draft);

  const write = async (transaction: EventWrite) => {
    const { db, calendar } = transaction;
    const event = newEvent(ctx, calendar, draft, id);
    if (!(await events.insert(db, calendar.id, place(event)))) throw new Failure("duplicate");
    await letGuestsFollow(ctx, transaction, { after: event });
    count("EventsWritten", {});
    return { calendar, event };
  };
  return writeEvents(ctx, calendarId, write, { reach: guestsOf([draft]), object: ({ event }) => ({ eventId: event.id }) });
};
