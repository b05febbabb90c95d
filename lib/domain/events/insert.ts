import { randomBytes } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { lockForWrite, requireRole } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event, EventDraft } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import * as events from "#lib/sql/events.ts";
import { checkTimes } from "./check-draft.ts";
import { place } from "./place.ts";

/** The domain part of UIDs we make: reserved for private use, the same for ever, whatever the server is called. */
const uidDomain = "calendar-api.internal";

const alphabet = "0123456789abcdefghijklmnopqrstuv";

/** A new event id, 26 letters of base32hex as clients' own ids must be (130 random bits). */
const newEventId = (): string => Array.from(randomBytes(26), (byte) => alphabet[byte & 31]).join("");

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
      organizer: draft.details.organizer ?? {
        email: calendar.id,
        ...(!calendar.isPrimary && { displayName: calendar.summary }),
      },
    },
  };
};

/**
 * Adds an event to a calendar the caller may write to. Throws `duplicate` when the calendar has, or had, an event with that id.
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
  const draft = draftOf(await requireRole(ctx, calendarId, "writer"));
  checkTimes(draft);

  return ctx.db.inTransaction(async (db) => {
    const calendar = await lockForWrite(ctx, db, calendarId, "writer");
    const event = newEvent(ctx, calendar, draft, id);
    if (!(await events.insert(db, calendar.id, place(event)))) throw new Failure("duplicate");
    count("EventsWritten", {});
    return { calendar, event };
  });
};
