import { isDeepStrictEqual } from "node:util";
import type { Context } from "#lib/context.ts";
import { newEventId } from "#lib/domain/events/event-id.ts";
import { findEventOrInstance } from "#lib/domain/events/find.ts";
import { instanceId, keyOf } from "#lib/domain/events/instance-key.ts";
import { place } from "#lib/domain/events/place.ts";
import { writeVersion } from "#lib/domain/events/revise.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event, EventDetails, EventDraft } from "#lib/model/event.ts";
import * as copies from "#lib/sql/copies.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { ownPart, sharedPart, wholeOf } from "./own-part.ts";

/** A guest's entry in the list of attendees. */
export const entryOf = ({ details }: Pick<Event, "details">, guestId: string) =>
  details.attendees?.find(({ email }) => email === guestId);

/** The attendees that a guest is shown: all, or those that everybody may know of. */
const attendeesFor = ({ details }: Event, guestId: string): EventDetails["attendees"] =>
  details.guestsCanSeeOtherGuests === false
    ? details.attendees?.filter(({ email }) => email === guestId || email === details.organizer?.email)
    : details.attendees;

/** An event as it shall be on a guest's calendar. */
const draftFor = (original: Event, guestId: string, own: EventDetails): EventDraft => {
  const { status, sequence, start, end, recurrence } = original;
  const attendees = attendeesFor(original, guestId);
  const details = wholeOf({ ...sharedPart(original.details), ...(attendees && { attendees }) }, own);
  return { status, sequence, start, end, ...(recurrence && { recurrence }), details };
};

const isSame = (copy: Event, draft: EventDraft): boolean =>
  isDeepStrictEqual(
    [copy.status, copy.sequence, copy.start, copy.end, copy.recurrence, copy.details],
    [draft.status, draft.sequence, draft.start, draft.end, draft.recurrence, draft.details],
  );

/**
 * What a calendar has of another calendar's event: the copy; of an instance also its place in the copy of the series; or what was
 * here under the same id and UID before (imported, or moved away by its organizer).
 */
const findCopy = async (
  db: Connection,
  guest: Calendar,
  original: Event,
  series: Event | undefined,
): Promise<Event | undefined> => {
  const copy = await copies.find(db, guest.id, original);
  if (copy) return copy;
  if (series && series.status !== "cancelled" && original.originalStart) {
    return findEventOrInstance(db, guest.id, instanceId(series.id, keyOf(original.originalStart)));
  }
  const same = await events.find(db, guest.id, original.id);
  if (!same || same.copyOf || same.iCalUID !== original.iCalUID) return undefined;
  const isTheirs = same.details.organizer?.email === original.details.organizer?.email;
  return isTheirs || same.status === "cancelled" ? same : undefined;
};

/** What a guest's copy says of itself until the guest says otherwise. */
const firstOwnPart = ({ details: { transparency, visibility } }: Event): EventDetails => ({
  ...(transparency && { transparency }),
  ...(visibility && { visibility }),
});

/** Puts a new copy on a guest's calendar, under the event's own id where that is free. */
const addCopy = async (
  ctx: Context,
  db: Connection,
  guest: Calendar,
  original: Event,
  { series, own = firstOwnPart(original) }: { readonly series: Event | undefined; readonly own: EventDetails | undefined },
): Promise<void> => {
  const masterId = original.recurringEventId && (series?.id ?? original.recurringEventId);
  const usualId = masterId && original.originalStart ? instanceId(masterId, keyOf(original.originalStart)) : original.id;
  const isTaken = (await events.find(db, guest.id, usualId)) !== undefined;
  const copy: Event = {
    ...draftFor(original, guest.id, own),
    calendarId: guest.id,
    id: isTaken ? newEventId() : usualId,
    iCalUID: original.iCalUID,
    sequence: original.sequence,
    change: guest.change,
    created: ctx.now(),
    updated: ctx.now(),
    copyOf: { calendarId: original.calendarId, eventId: original.id },
    ...(masterId && { recurringEventId: masterId }),
    ...(original.originalStart && { originalStart: original.originalStart }),
  };
  await events.put(db, guest.id, [place(copy, "tolerant")]);
};

/**
 * Brings a guest's calendar, which this transaction has locked, in line with an event of its organizer: a copy for who is invited, a
 * cancelled one for who no longer is. Who has declined an event and taken it off their calendar is not shown it again.
 *
 * @param own what the guest says of their copy; undefined: what they have said before.
 * @returns whether the guest is newly invited, or no longer; undefined when neither.
 */
export const mirror = async (
  ctx: Context,
  db: Connection,
  original: Event,
  guest: Calendar,
  own?: EventDetails,
): Promise<"invited" | "uninvited" | undefined> => {
  const { calendarId, recurringEventId } = original;
  const series =
    recurringEventId === undefined ? undefined : await copies.find(db, guest.id, { calendarId, id: recurringEventId });
  const found = await findCopy(db, guest, original, series);
  const entry = entryOf(original, guest.id);

  if (!entry || original.status === "cancelled") {
    if (!found || found.status === "cancelled") return undefined;
    await writeVersion(ctx, db, guest, found, { ...found, status: "cancelled" }, "tolerant");
    return "uninvited";
  }
  if (!found) {
    await addCopy(ctx, db, guest, original, { series, own });
    return "invited";
  }
  if (found.status === "cancelled" && entry.responseStatus === "declined") return undefined;
  const copy: Event = { ...found, copyOf: { calendarId, eventId: original.id } };
  const draft = draftFor(original, guest.id, own ?? ownPart(copy.details));
  const next = { ...draft, sequence: Math.max(original.sequence, copy.sequence) };
  if (!isSame(copy, next)) await writeVersion(ctx, db, guest, copy, next, "tolerant");
  return found.status === "cancelled" ? "invited" : undefined;
};
