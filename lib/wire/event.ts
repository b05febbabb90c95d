import { type Calendar, roles, type SharedCalendar } from "#lib/model/calendar.ts";
import { etagOf } from "#lib/model/etag.ts";
import type { Attendee, Event, Person } from "#lib/model/event.ts";
import { findZone, type Zone } from "#lib/model/zone.ts";
import {
  anyObject,
  flag,
  integer,
  list,
  maybe,
  nullable,
  object,
  oneOf,
  optional,
  record,
  type Static,
  text,
} from "#lib/schema.ts";
import { EventDateTime, writeEventTime } from "./time.ts";

export const PersonSchema = object({
  id: maybe(text({ maxLength: 320 })),
  email: maybe(text({ maxLength: 320 })),
  displayName: maybe(text({ maxLength: 1_000 })),
  self: maybe(flag()),
});

export const AttendeeSchema = object({
  additionalGuests: maybe(integer({ minimum: 0, maximum: 10_000 })),
  asyncOperation: maybe(text({ maxLength: 100 })),
  comment: maybe(text({ maxLength: 8_192 })),
  displayName: maybe(text({ maxLength: 1_000 })),
  email: maybe(text({ maxLength: 320 })),
  id: maybe(text({ maxLength: 320 })),
  optional: maybe(flag()),
  organizer: maybe(flag()),
  resource: maybe(flag()),
  responseStatus: maybe(oneOf("needsAction", "declined", "tentative", "accepted")),
  self: maybe(flag()),
});

const RemindersSchema = object({
  useDefault: maybe(flag()),
  overrides: maybe(
    list(object({ method: oneOf("email", "popup"), minutes: integer({ minimum: 0, maximum: 40_320 }) }), { maxItems: 5 }),
  ),
});

const Properties = maybe(record(nullable(text({ maxLength: 8_192 }))));

/**
 * What an event says, field by field, under Google's names. Features of Google's own are data here that is kept as it came, any
 * object; so is `hangoutLink`, which only Google writes there: an event that moves here brings it along.
 */
export const detailFields = {
  summary: maybe(text({ maxLength: 4_096 })),
  description: maybe(text({ maxLength: 65_536 })),
  location: maybe(text({ maxLength: 4_096 })),
  colorId: maybe(text({ maxLength: 10 })),
  eventLabelId: maybe(text({ maxLength: 1_024 })),
  transparency: maybe(oneOf("opaque", "transparent")),
  visibility: maybe(oneOf("default", "public", "private", "confidential")),
  eventType: maybe(oneOf("default", "birthday", "focusTime", "fromGmail", "outOfOffice", "workingLocation")),
  attendees: maybe(list(AttendeeSchema, { maxItems: 1_000 })),
  attendeesOmitted: maybe(flag()),
  anyoneCanAddSelf: maybe(flag()),
  guestsCanInviteOthers: maybe(flag()),
  guestsCanModify: maybe(flag()),
  guestsCanSeeOtherGuests: maybe(flag()),
  privateCopy: maybe(flag()),
  locked: maybe(flag()),
  endTimeUnspecified: maybe(flag()),
  hangoutLink: maybe(text({ maxLength: 2_000 })),
  extendedProperties: maybe(object({ private: Properties, shared: Properties })),
  reminders: maybe(RemindersSchema),
  source: maybe(object({ title: maybe(text({ maxLength: 1_000 })), url: maybe(text({ maxLength: 8_192 })) })),
  attachments: maybe(list(anyObject(), { maxItems: 25 })),
  conferenceData: maybe(anyObject()),
  gadget: maybe(anyObject()),
  birthdayProperties: maybe(anyObject()),
  focusTimeProperties: maybe(anyObject()),
  outOfOfficeProperties: maybe(anyObject()),
  workingLocationProperties: maybe(anyObject()),
} as const;

const timeFields = {
  start: maybe(EventDateTime),
  end: maybe(EventDateTime),
  recurrence: maybe(
    list(text({ maxLength: 200_000 }), { maxItems: 1_000, description: "RRULE, EXRULE, RDATE and EXDATE lines." }),
  ),
  originalStartTime: maybe(EventDateTime),
};

/** The body of a write: every field may be missing, and null means the same as missing, or "remove" in a patch. */
export const EventBody = object({
  ...detailFields,
  ...timeFields,
  id: maybe(text({ maxLength: 1_024 })),
  iCalUID: maybe(text({ maxLength: 1_024 })),
  status: maybe(oneOf("confirmed", "tentative", "cancelled")),
  sequence: maybe(integer({ minimum: 0, maximum: 2_147_483_647 })),
  organizer: maybe(PersonSchema),
});
export type EventBody = Static<typeof EventBody>;

/** An event as clients read it. */
export const EventReply = object({
  ...detailFields,
  kind: oneOf("calendar#event"),
  etag: text(),
  id: text(),
  status: oneOf("confirmed", "tentative", "cancelled"),
  htmlLink: text(),
  created: text(),
  updated: text(),
  creator: optional(PersonSchema),
  organizer: optional(PersonSchema),
  start: EventDateTime,
  end: EventDateTime,
  recurrence: optional(list(text())),
  recurringEventId: optional(text()),
  originalStartTime: optional(EventDateTime),
  iCalUID: text(),
  sequence: integer(),
});
export type EventReply = Static<typeof EventReply>;

/** The zone of a calendar: its name was checked when it was written. */
export const zoneOf = (calendar: Pick<Calendar, "timeZone">): Zone => {
  const zone = findZone(calendar.timeZone);
  if (!zone) throw new Error("A stored time zone is unknown to this machine's time zone data.");
  return zone;
};

export interface EventView {
  readonly calendar: Pick<Calendar, "id" | "timeZone">;
  /** Where the server is reached, for links. */
  readonly publicUrl: string;
  /** The zone times are written in; undefined: the calendar's. */
  readonly timeZone?: Zone | undefined;
  /** Of longer lists of attendees, only the reader is shown. */
  readonly maxAttendees?: number | undefined;
}

/** Whether two addresses are one person's. */
export const isSamePerson = (one: string | undefined, other: string | undefined): boolean =>
  one !== undefined && (one === other || one.toLowerCase() === other?.toLowerCase());

const marked = <P extends Person>(person: P, calendarId: string): P & { readonly self?: true } =>
  isSamePerson(person.email, calendarId) ? { ...person, self: true } : person;

type Writable<T> = { -readonly [Field in keyof T]: T[Field] };

/** An event as clients read it (events resource). */
export const fromEvent = (event: Event, view: EventView): EventReply => {
  const { calendar, publicUrl, maxAttendees } = view;
  const zone = view.timeZone ?? zoneOf(calendar);
  const { creator, organizer, attendees } = event.details;
  // Filled in step by step: this is the busiest code there is, and an object put together from many costs several times as much.
  const reply: Writable<EventReply> = {
    kind: "calendar#event",
    etag: event.isHidden ? etagOf(event.change, "hidden") : etagOf(event.change),
    id: event.id,
    status: event.status,
    htmlLink: `${publicUrl}/event?eid=${Buffer.from(`${event.id} ${event.calendarId}`).toString("base64url")}`,
    created: new Date(event.created).toISOString(),
    updated: new Date(event.updated).toISOString(),
    start: writeEventTime(event.start, zone),
    end: writeEventTime(event.end, zone),
    iCalUID: event.iCalUID,
    sequence: event.sequence,
    reminders: { useDefault: true },
    eventType: "default",
  };
  Object.assign(reply, event.details);
  if (creator) reply.creator = marked(creator, calendar.id);
  if (organizer) reply.organizer = marked(organizer, calendar.id);
  if (event.recurrence) reply.recurrence = [...event.recurrence];
  if (event.recurringEventId !== undefined) reply.recurringEventId = event.recurringEventId;
  if (event.originalStart) reply.originalStartTime = writeEventTime(event.originalStart, zone);
  if (attendees) {
    const omits = maxAttendees !== undefined && attendees.length > maxAttendees;
    const shown = omits ? attendees.filter(({ email }) => isSamePerson(email, calendar.id)) : attendees;
    reply.attendees = shown.map((attendee) => {
      const guest = marked(attendee, calendar.id);
      return isSamePerson(attendee.email, organizer?.email) ? { ...guest, organizer: true } : guest;
    }) as Attendee[];
    if (omits) reply.attendeesOmitted = true;
  }
  return reply;
};

/** A page of events. */
export const EventsReply = object({
  kind: oneOf("calendar#events"),
  etag: text(),
  summary: text(),
  description: optional(text()),
  updated: text(),
  timeZone: text(),
  accessRole: oneOf(...roles),
  defaultReminders: list(anyObject()),
  nextPageToken: optional(text()),
  nextSyncToken: optional(text()),
  items: list(EventReply),
});

/** A page of events as clients read it. */
export const fromPage = (
  page: {
    readonly calendar: SharedCalendar;
    readonly items: readonly Event[];
    readonly nextPageToken?: string;
    readonly nextSyncToken?: string;
  },
  view: EventView,
): Static<typeof EventsReply> => {
  const { calendar } = page;
  const timeZone = view.timeZone ?? zoneOf(calendar);
  return {
    kind: "calendar#events",
    etag: etagOf(calendar.change),
    summary: calendar.summary,
    ...(calendar.description !== undefined && { description: calendar.description }),
    updated: new Date(calendar.updated).toISOString(),
    timeZone: timeZone.name,
    accessRole: calendar.role,
    defaultReminders: [...(calendar.defaultReminders ?? [])],
    ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken }),
    ...(page.nextSyncToken !== undefined && { nextSyncToken: page.nextSyncToken }),
    items: page.items.map((event) => fromEvent(event, { ...view, timeZone })),
  };
};
