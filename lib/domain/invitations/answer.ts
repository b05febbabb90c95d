import { isDeepStrictEqual } from "node:util";
import type { Context } from "#lib/context.ts";
import { findEventOrInstance, getEventOrInstance } from "#lib/domain/events/find.ts";
import { writeVersion } from "#lib/domain/events/revise.ts";
import type { EventWrite } from "#lib/domain/events/write.ts";
import { Failure } from "#lib/errors.ts";
import type { Attendee, Event, EventDraft } from "#lib/model/event.ts";
import { letGuestsFollow } from "./follow.ts";
import { entryOf, mirror } from "./mirror.ts";
import { ownPart, sharedVersion } from "./own-part.ts";

/** With more guests than these, an answer reaches the organizer alone (events resource, `attendees[].responseStatus`). */
const mostWhoHear = 200;

const declined = (guestId: string, attendees: readonly Attendee[] = []): readonly Attendee[] =>
  attendees.map((one) => (one.email === guestId ? { ...one, responseStatus: "declined" } : one));

/** What of a version all copies share, besides who is invited. */
const sharedOf = (version: EventDraft) => {
  const { details, ...times } = sharedVersion(version);
  const { attendees, organizer, creator, ...shared } = details;
  return { ...times, shared };
};

/** The list of attendees when a guest has written theirs: their own answer, whom they invite, and whom they may take out. */
const attendeesAfter = (original: Event, copy: Event, draft: EventDraft): readonly Attendee[] | undefined => {
  const { guestsCanModify = false, guestsCanInviteOthers = true, attendees = [] } = original.details;
  const said = draft.details.attendees ?? [];
  const known = copy.details.attendees ?? [];
  const added = said.filter(({ email }) => !known.some((one) => one.email === email));
  const removed = known.filter(({ email }) => !said.some((one) => one.email === email));
  if (removed.length > 0 && !guestsCanModify) throw new Failure("forbiddenForNonOrganizer", { location: "attendees" });
  if (added.length > 0 && !guestsCanModify && !guestsCanInviteOthers) {
    throw new Failure("forbiddenForNonOrganizer", { location: "attendees" });
  }
  const own = said.find(({ email }) => email === copy.calendarId);
  const invited = added.filter(({ email }) => !attendees.some((one) => one.email === email));
  return [
    ...attendees
      .filter(({ email }) => !removed.some((one) => one.email === email))
      .map((one) => {
        if (one.email !== copy.calendarId || !own) return one;
        const { responseStatus, comment, additionalGuests } = own;
        const { comment: _, additionalGuests: __, ...rest } = one;
        return {
          ...rest,
          ...(responseStatus && { responseStatus }),
          ...(comment !== undefined && { comment }),
          ...(additionalGuests !== undefined && { additionalGuests }),
        };
      }),
    ...invited.map((one): Attendee => ({ ...one, responseStatus: "needsAction" })),
  ];
};

/** The organizer's event as a guest's write leaves it. Throws `forbiddenForNonOrganizer` for what is not a guest's to change. */
const afterWrite = (original: Event, copy: Event, draft: EventDraft): EventDraft => {
  const { attendees: _, ...kept } = original.details;
  const attendees = attendeesAfter(original, copy, draft);
  // Taking a copy that was off the calendar back onto it is an answer.
  const shown = copy.status === "cancelled" ? { ...copy, status: draft.status } : copy;
  const changesShared = !isDeepStrictEqual(sharedOf(shown), sharedOf(draft));
  if (changesShared && !original.details.guestsCanModify) throw new Failure("forbiddenForNonOrganizer");
  const { organizer, creator, extendedProperties } = kept;
  const shared = changesShared ? sharedOf(draft).shared : undefined;
  const properties = { ...extendedProperties, ...shared?.extendedProperties };
  return {
    status: original.status,
    start: changesShared ? draft.start : original.start,
    end: changesShared ? draft.end : original.end,
    ...(changesShared
      ? draft.recurrence && { recurrence: draft.recurrence }
      : original.recurrence && { recurrence: original.recurrence }),
    details: {
      ...(shared ? { ...ownPart(kept), ...shared, ...(organizer && { organizer }), ...(creator && { creator }) } : kept),
      ...(Object.keys(properties).length > 0 && { extendedProperties: properties }),
      ...(attendees && attendees.length > 0 && { attendees }),
    },
  };
};

/**
 * Writes a guest's copy of an event, or their copy of one instance: their answer, and what else is theirs to change, reaches the
 * organizer and the other guests; what is the copy's own stays on it. A copy taken off the calendar is an event declined. Throws
 * `forbiddenForNonOrganizer`.
 */
export const writeCopy = async (ctx: Context, write: EventWrite, copy: Event, draft: EventDraft): Promise<Event> => {
  const { db, calendar, hold } = write;
  const { calendarId, eventId } = copy.copyOf as NonNullable<Event["copyOf"]>;
  const home = hold([calendarId]).get(calendarId);
  const original = home && (await findEventOrInstance(db, home.id, eventId));
  // Without its organizer, the copy is an event like any other.
  if (!home || !original || original.status === "cancelled" || !entryOf(original, calendar.id)) {
    return writeVersion(ctx, db, calendar, copy, draft);
  }

  const isTakenOff = draft.status === "cancelled";
  const answered: EventDraft = isTakenOff
    ? { ...copy, details: { ...copy.details, attendees: declined(calendar.id, copy.details.attendees) } }
    : draft;
  if (isTakenOff) await writeVersion(ctx, db, calendar, copy, { ...answered, status: "cancelled" }, "tolerant");

  const own = ownPart(answered.details);
  const next = afterWrite(original, copy, answered);
  let after = original;
  if (!isDeepStrictEqual(sharedVersion(original), sharedVersion(next))) {
    after = await writeVersion(ctx, db, home, original, next);
    if ((next.details.attendees?.length ?? 0) <= mostWhoHear) {
      const organizers = { db, calendar: { ...home, role: calendar.role }, hold };
      await letGuestsFollow(ctx, organizers, { before: original, after, own: { calendarId: calendar.id, details: own } });
    }
  }
  await mirror(ctx, db, after, calendar, own);
  return getEventOrInstance(db, calendar.id, copy.id);
};
