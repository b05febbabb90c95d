import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Attendee, Event, EventDetails, Person } from "#lib/model/event.ts";

/** Whom an erasure is about: all addresses that are theirs, lower case, and the one that stands for them from then on. */
export interface Identity {
  readonly addresses: ReadonlySet<string>;
  readonly pseudonym: string;
}

/** An address that tells nothing and leads nowhere (RFC 2606, 2: `.invalid`); the same wherever the person was, so that events agree. */
export const newPseudonym = (): string => `erased-${randomBytes(12).toString("hex")}@erased.invalid`;

/** What people write in their own words: nobody can tell whom it names. */
const freeText: readonly string[] = ["summary", "description", "location"];

const scheme = /^mailto:/i;

const isTheirs = (text: string, { addresses }: Identity): boolean => addresses.has(text.replace(scheme, "").toLowerCase());

/** Any value with the pseudonym in the place of strings that are one of the addresses. */
const replaceDeep = (value: unknown, who: Identity): unknown => {
  if (typeof value === "string") return isTheirs(value, who) ? who.pseudonym : value;
  if (Array.isArray(value)) return value.map((one) => replaceDeep(one, who));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, replaceDeep(inner, who)]));
};

const isThem = (person: Person | undefined, who: Identity): boolean =>
  [person?.email, person?.id].some((text) => text !== undefined && isTheirs(text, who));

/** Of a guest what the others plan by: their answer and how many they bring, not what they are called or have said. */
const asGuest = ({ additionalGuests, optional, organizer, resource, responseStatus }: Attendee, email: string): Attendee => ({
  email,
  ...(additionalGuests !== undefined && { additionalGuests }),
  ...(optional !== undefined && { optional }),
  ...(organizer !== undefined && { organizer }),
  ...(resource !== undefined && { resource }),
  ...(responseStatus !== undefined && { responseStatus }),
});

const withoutThem = (details: EventDetails, who: Identity): EventDetails => {
  const { organizer, creator, attendees, source, ...rest } = details;
  const person = (one: Person): Person => (isThem(one, who) ? { email: who.pseudonym } : one);
  const others = Object.entries(rest).map(([name, value]) => [name, freeText.includes(name) ? value : replaceDeep(value, who)]);
  return {
    ...Object.fromEntries(others),
    ...(organizer && { organizer: person(organizer) }),
    ...(creator && { creator: person(creator) }),
    ...(attendees && { attendees: attendees.map((one) => (isThem(one, who) ? asGuest(one, who.pseudonym) : one)) }),
    // Where an event came from only its creator could see.
    ...(source && !isThem(creator, who) && { source }),
  };
};

/**
 * An event without somebody: where they organized it, made it or are invited, a pseudonym stands. A copy of an event on a calendar of
 * theirs is an event of its own from then on. Undefined when the event does not name them.
 */
export const withoutPerson = (event: Event, who: Identity): Event | undefined => {
  const details = withoutThem(event.details, who);
  const { copyOf, ...rest } = event;
  const isDetached = copyOf !== undefined && who.addresses.has(copyOf.calendarId);
  if (!isDetached && isDeepStrictEqual(details, event.details)) return undefined;
  return { ...rest, ...(copyOf && !isDetached && { copyOf }), details };
};
