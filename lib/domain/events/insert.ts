import type { Context } from "#lib/context.ts";
import { calendarIdOf, requireRole } from "#lib/domain/acl/require-role.ts";
import { guestsOf, letGuestsFollow } from "#lib/domain/invitations/follow.ts";
import { Failure } from "#lib/errors.ts";
import { type Calendar, isAtLeast } from "#lib/model/calendar.ts";
import type { Event, EventDraft, Person } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import * as events from "#lib/sql/events.ts";
import { checkTimes } from "./check-draft.ts";
import { newEventId } from "./event-id.ts";
import { place } from "./place.ts";
import { type EventWrite, writeEvents } from "./write.ts";

/** The domain part of UIDs we make: reserved for private use, the same for ever, whatever the server is called. */
const uidDomain = "calendar-api.internal";

const neededRole = "writerWithoutPrivateAccess";

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

/** What makes a draft of what a client says, in the terms of a calendar: a time without a zone is in the calendar's. */
type DraftOf = (calendar: Pick<Calendar, "timeZone">) => EventDraft;

/** A draft, and the calendar's zone that it was made with. */
interface Drafted {
  readonly draft: EventDraft;
  readonly timeZone: string;
}

/** The draft is checked before the calendar is locked: a refusal should cost no lock. */
const draftAhead = async (ctx: Context, calendarId: string, draftOf: DraftOf): Promise<Drafted> => {
  const known = ctx.calendarCache.find(calendarIdOf(ctx, calendarId), ctx.caller.userId);
  if (known && isAtLeast(known.role, neededRole)) {
    try {
      return { draft: draftOf(known), timeZone: known.timeZone };
    } catch {
      // What refuses is the calendar as it is.
    }
  }
  const calendar = await requireRole(ctx, calendarId, neededRole);
  return { draft: draftOf(calendar), timeZone: calendar.timeZone };
};

/**
 * Adds an event to a calendar the caller may write to, and to those of its guests. Throws `duplicate` when the calendar has, or had, an
 * event with that id.
 */
export const insertEvent = async (
  ctx: Context,
  asked: { readonly calendarId: string; readonly id?: string | undefined; readonly draftOf: DraftOf },
): Promise<{ readonly calendar: Calendar; readonly event: Event }> => {
  const draftOf: DraftOf = (calendar) => {
    const draft = asked.draftOf(calendar);
    checkTimes(draft);
    return draft;
  };
  const { calendarId, id } = asked;
  const ahead = await draftAhead(ctx, calendarId, draftOf);
  const guests = guestsOf([ahead.draft]);

  const write = async (transaction: EventWrite) => {
    const { db, calendar } = transaction;
    const draft = calendar.timeZone === ahead.timeZone ? ahead.draft : draftOf(calendar);
    const event = newEvent(ctx, calendar, draft, id);
    if (guests.size > 0) {
      // Before its copies: an event whose id is taken makes none.
      if (!(await events.insert(db, place(event)))) throw new Failure("duplicate");
      await letGuestsFollow(ctx, transaction, { after: event });
    }
    count("EventsWritten", {});
    return { calendar, event };
  };
  return writeEvents(ctx, calendarId, write, {
    role: neededRole,
    reach: guests,
    object: ({ event }) => ({ eventId: event.id }),
    adds: ({ event }) => (guests.size > 0 ? undefined : place(event)),
  });
};
