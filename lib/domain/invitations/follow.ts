import { isDeepStrictEqual } from "node:util";
import type { Context } from "#lib/context.ts";
import type { EventWrite } from "#lib/domain/events/write.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import type { Event, EventDetails } from "#lib/model/event.ts";
import * as copies from "#lib/sql/copies.ts";
import * as events from "#lib/sql/events.ts";
import { mirror } from "./mirror.ts";
import { ownPart, sharedVersion } from "./own-part.ts";

/** Whether an event is its organizer's own, and guests have copies of it. */
const isShared = ({ calendarId, copyOf, details: { organizer, privateCopy } }: Event): boolean =>
  copyOf === undefined && organizer?.email === calendarId && !privateCopy;

/** The addresses of those invited to any of these events. */
export const guestsOf = (events: readonly (Pick<Event, "details"> | undefined)[]): ReadonlySet<string> =>
  new Set(events.flatMap((event) => event?.details.attendees ?? []).flatMap(({ email }) => email ?? []));

/** Copies that one write brings up to date: it holds the guests' calendars for as long as that takes. */
const mostCopies = 10_000;

const refuseTooMany = (copies: number): void => {
  if (copies <= mostCopies) return;
  const message = `The changed instances of the series would make more than ${mostCopies} copies for its guests.`;
  throw new Failure("invalid", { location: "attendees", message });
};

const isInvited = ({ status, details: { attendees } }: Event, email: string): boolean =>
  status !== "cancelled" && attendees?.some((attendee) => attendee.email === email) === true;

/** What a write has done to an event of its organizer. */
interface Written {
  readonly before?: Event | undefined;
  readonly after: Event;
  /** What one guest says of their own copy, by the id of their calendar. */
  readonly own?: { readonly calendarId: string; readonly details: EventDetails };
  /** The series whose end it goes on from: guests keep what they have said of their copies of that. */
  readonly continues?: Event;
}

/**
 * Lets the calendars of those guests who are users here follow what its organizer has written: who is invited gets a copy, whose copy
 * is not up to date gets it brought up to date, who is invited no longer sees it cancelled. Of a series the changed instances follow
 * too: those that the write has touched, and all of them for who comes or goes. Throws `invalid` when that makes too many copies.
 */
export const letGuestsFollow = async (
  ctx: Context,
  write: EventWrite,
  { before, after, own, continues }: Written,
): Promise<void> => {
  if (!isShared(after)) return;
  if (before && isDeepStrictEqual(sharedVersion(before), sharedVersion(after))) return;
  const { db, calendar } = write;
  const isSeries = after.recurringEventId === undefined && (before?.recurrence ?? after.recurrence) !== undefined;
  const changed = isSeries ? await events.listInstances(db, calendar.id, [after.id]) : [];
  const instances = changed.map(({ event, displaced }): Event => (displaced ? { ...event, status: "cancelled" } : event));
  const emails = guestsOf([before, after, ...instances]);
  if (emails.size === 0) return;

  const held: Calendar[] = [...write.hold(emails).values()];
  const guests = held.filter(({ id, isPrimary }) => isPrimary && id !== calendar.id);
  const touched = instances.filter(({ change }) => change === calendar.change).length;
  const isTurned = ({ id }: Calendar) => (before !== undefined && isInvited(before, id)) !== isInvited(after, id);
  refuseTooMany(guests.reduce((sum, guest) => sum + 1 + (isTurned(guest) ? instances.length : touched), 0));
  let made = 0;
  const follow = (event: Event, guest: Calendar, part?: EventDetails) => {
    made += 1;
    refuseTooMany(made); // copies that had been cancelled may come back besides
    return mirror(ctx, db, event, guest, part);
  };
  for (const guest of guests) {
    const earlier = continues && (await copies.find(db, guest.id, continues));
    const kept = own?.calendarId === guest.id ? own.details : earlier && ownPart(earlier.details);
    const turn = await follow(after, guest, kept);
    for (const instance of instances) {
      if (turn || instance.change === calendar.change) await follow(instance, guest);
    }
  }
};
