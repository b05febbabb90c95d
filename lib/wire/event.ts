import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import { etagOf } from "#lib/model/etag.ts";
import { type Attendee, type Event, type EventDetails, type EventDraft, isAllDay, type Person } from "#lib/model/event.ts";
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
import { EventDateTime, readEventTime, writeEventTime } from "./time.ts";

const PersonSchema = object({
  id: maybe(text({ maxLength: 320 })),
  email: maybe(text({ maxLength: 320 })),
  displayName: maybe(text({ maxLength: 1_000 })),
  self: maybe(flag()),
});

const AttendeeSchema = object({
  additionalGuests: maybe(integer({ minimum: 0, maximum: 10_000 })),
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

/** What an event says, field by field, under Google's names; parts of features that we only keep are any object. */
const detailFields = {
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

const clientId = /^[a-v0-9]{5,1024}$/;

/** The id a client chose for its new event. Throws `invalid` when it is not base32hex of 5 to 1024 letters (events.insert). */
export const readEventId = (body: EventBody): string | undefined => {
  const { id } = body;
  if (id === undefined || id === null) return undefined;
  if (!clientId.test(id)) {
    throw new Failure("invalid", {
      location: "id",
      message: "Invalid value for id: it must be 5 to 1024 letters a to v or digits.",
    });
  }
  return id;
};

/** Drops what is null, at every depth: to a writer, null is absence. */
const withoutNulls = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, child] of Object.entries(value)) if (child !== null && child !== undefined) kept[name] = withoutNulls(child);
  return kept;
};

const detailNames = Object.keys(detailFields) as (keyof typeof detailFields)[];

const readPerson = (person: Static<typeof PersonSchema>): Person => {
  const { self, ...rest } = withoutNulls(person) as Person & { self?: boolean };
  return rest;
};

const readAttendee = (attendee: Static<typeof AttendeeSchema>, index: number): Attendee => {
  const { self, ...rest } = withoutNulls(attendee) as Attendee & { self?: boolean };
  if (!rest.email) {
    const location = `attendees[${index}].email`;
    throw new Failure("required", { location, message: `Missing required field: ${location}.` });
  }
  return { responseStatus: "needsAction", ...rest, email: rest.email.toLowerCase() };
};

const readDetails = (body: EventBody): EventDetails => {
  const details: Record<string, unknown> = {};
  for (const name of detailNames) {
    const value = body[name];
    if (value !== undefined && value !== null) details[name] = withoutNulls(value);
  }
  if (body.attendees) details.attendees = body.attendees.map(readAttendee);
  if (body.organizer) details.organizer = readPerson(body.organizer);
  // Google takes them from the conference service alone, and never from a client.
  delete details.hangoutLink;
  return details;
};

const readRecurrence = (lines: readonly string[] | null | undefined, startHasZone: boolean): readonly string[] | undefined => {
  if (!lines || lines.length === 0) return undefined;
  if (!startHasZone) {
    throw new Failure("required", {
      location: "start.timeZone",
      message: "Missing time zone definition for start time: a series needs one.",
    });
  }
  return lines;
};

/** Reads an event as a client writes it whole, in events.insert, update and import. */
export const toDraft = (body: EventBody, calendar: Calendar): EventDraft => {
  if (!body.start) throw new Failure("required", { location: "start", message: "Missing start time." });
  const start = readEventTime(body.start, "start", calendar.timeZone);
  if (!body.end && !body.endTimeUnspecified) throw new Failure("required", { location: "end", message: "Missing end time." });
  const end = body.end ? readEventTime(body.end, "end", calendar.timeZone) : start;
  const recurrence = readRecurrence(body.recurrence, isAllDay(start) || Boolean(body.start.timeZone));
  return {
    ...(typeof body.iCalUID === "string" && { iCalUID: body.iCalUID }),
    status: body.status ?? "confirmed",
    ...(typeof body.sequence === "number" && { sequence: body.sequence }),
    start,
    end: wholeDay(start, end),
    ...(recurrence && { recurrence }),
    ...(body.originalStartTime && {
      originalStart: readEventTime(body.originalStartTime, "originalStartTime", calendar.timeZone),
    }),
    details: readDetails(body),
  };
};

/** An all-day event that ends on the day it begins is meant to last that day, though ends are exclusive. */
const wholeDay = (start: EventDraft["start"], end: EventDraft["end"]): EventDraft["end"] => {
  if (!isAllDay(start) || !isAllDay(end) || start.date !== end.date) return end;
  return { date: new Date(Date.parse(`${end.date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10) };
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Merges a patch into what is there: null removes, objects merge, everything else (arrays too) replaces (RFC 7396). */
const merge = (current: unknown, patch: unknown): unknown => {
  if (!isRecord(patch)) return patch;
  const merged: Record<string, unknown> = isRecord(current) ? { ...current } : {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete merged[name];
    else merged[name] = merge(merged[name], value);
  }
  return merged;
};

/** A start or end with a patch laid over it: a new date pushes out the time, and the reverse. */
const mergeTime = (current: EventDateTime, patch: EventDateTime): EventDateTime => {
  if (patch.date) return { ...patch, dateTime: null };
  if (patch.dateTime) return { timeZone: current.timeZone ?? null, ...patch, date: null };
  return { ...current, ...patch };
};

/** Reads a patch against the event as it is: what it does not name stays, what it names null goes. */
export const toPatchedDraft = (body: EventBody, calendar: Calendar, current: Event): EventDraft => {
  const zone = zoneOf(calendar);
  const time = (name: "start" | "end"): EventDraft["start"] => {
    const patch = body[name];
    if (patch === null) throw new Failure("required", { location: name, message: `Missing ${name} time.` });
    return patch ? readEventTime(mergeTime(writeEventTime(current[name], zone), patch), name, calendar.timeZone) : current[name];
  };
  const start = time("start");
  const recurrence = body.recurrence === undefined ? current.recurrence : readRecurrence(body.recurrence, true);
  const details: Record<string, unknown> = { ...current.details };
  for (const name of [...detailNames, "organizer"] as const) {
    if (!(name in body)) continue;
    const value = body[name];
    if (value === null || value === undefined) delete details[name];
    else details[name] = merge(details[name], value);
  }
  const read = readDetails(details as EventBody);
  const { creator, organizer } = current.details;
  return {
    status: body.status ?? current.status,
    ...(typeof body.sequence === "number" && { sequence: body.sequence }),
    start,
    end: wholeDay(start, time("end")),
    ...(recurrence && { recurrence }),
    details: { ...read, ...(creator && { creator }), ...(organizer && !read.organizer && { organizer }) },
  };
};

/** Reads a whole event against the one it replaces: what belongs to the server stays. */
export const toReplacement = (body: EventBody, calendar: Calendar, current: Event): EventDraft => {
  const { iCalUID, originalStart, ...draft } = toDraft(body, calendar);
  const { creator, organizer } = current.details;
  return { ...draft, details: { ...draft.details, ...(creator && { creator }), ...(organizer && { organizer }) } };
};

const zoneOf = (calendar: Calendar): Zone => {
  const zone = findZone(calendar.timeZone);
  if (!zone) throw new Error("A stored time zone is unknown to this machine's time zone data.");
  return zone;
};

export interface EventView {
  readonly calendar: Calendar;
  /** Where the server is reached, for links. */
  readonly publicUrl: string;
  /** The zone times are written in; undefined: the calendar's. */
  readonly timeZone?: Zone | undefined;
  /** Of longer lists of attendees, only the reader is shown. */
  readonly maxAttendees?: number | undefined;
}

const marked = (person: Person, calendarId: string) => (person.email === calendarId ? { ...person, self: true } : person);

/** An event as clients read it (events resource). */
export const fromEvent = (event: Event, view: EventView): EventReply => {
  const { calendar, publicUrl, maxAttendees } = view;
  const zone = view.timeZone ?? zoneOf(calendar);
  const { creator, organizer, attendees, reminders, eventType, ...details } = event.details;
  const shown =
    attendees && maxAttendees !== undefined && attendees.length > maxAttendees
      ? { attendees: attendees.filter(({ email }) => email === calendar.id), attendeesOmitted: true }
      : attendees && { attendees };
  const eid = Buffer.from(`${event.id} ${event.calendarId}`).toString("base64url");
  return {
    kind: "calendar#event",
    etag: etagOf(event.change),
    id: event.id,
    status: event.status,
    htmlLink: `${publicUrl}/event?eid=${eid}`,
    created: new Date(event.created).toISOString(),
    updated: new Date(event.updated).toISOString(),
    ...(details as Partial<EventReply>),
    ...(creator && { creator: marked(creator, calendar.id) }),
    ...(organizer && { organizer: marked(organizer, calendar.id) }),
    start: writeEventTime(event.start, zone),
    end: writeEventTime(event.end, zone),
    ...(event.recurrence && { recurrence: [...event.recurrence] }),
    ...(event.recurringEventId !== undefined && { recurringEventId: event.recurringEventId }),
    ...(event.originalStart && { originalStartTime: writeEventTime(event.originalStart, zone) }),
    iCalUID: event.iCalUID,
    sequence: event.sequence,
    ...(shown && {
      ...shown,
      attendees: shown.attendees.map((attendee) => ({
        ...marked(attendee, calendar.id),
        ...(organizer?.email !== undefined && attendee.email === organizer.email && { organizer: true }),
      })) as never,
    }),
    reminders: (reminders ?? { useDefault: true }) as never,
    eventType: (eventType ?? "default") as never,
  };
};

/** A page of events. */
export const EventsReply = object({
  kind: oneOf("calendar#events"),
  etag: text(),
  summary: text(),
  description: optional(text()),
  updated: text(),
  timeZone: text(),
  accessRole: oneOf("owner", "writer", "reader"),
  defaultReminders: list(anyObject()),
  nextPageToken: optional(text()),
  nextSyncToken: optional(text()),
  items: list(EventReply),
});

/** A page of events as clients read it. */
export const fromPage = (
  page: {
    readonly calendar: Calendar;
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
    accessRole: "owner",
    defaultReminders: [],
    ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken }),
    ...(page.nextSyncToken !== undefined && { nextSyncToken: page.nextSyncToken }),
    items: page.items.map((event) => fromEvent(event, { ...view, timeZone })),
  };
};
