/** Events as clients write them: whole, as a patch, as a replacement, as a copy of what lives elsewhere. */
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import {
  type Attendee,
  type Event,
  type EventDetails,
  type EventDraft,
  type EventTime,
  isAllDay,
  type Person,
} from "#lib/model/event.ts";
import type { Static } from "#lib/schema.ts";
import { isAddress } from "./address.ts";
import { AttendeeSchema, detailFields, type EventBody, isSamePerson, PersonSchema, zoneOf } from "./event.ts";
import { type EventDateTime, readEventTime, writeEventTime } from "./time.ts";

type DetailName = keyof typeof detailFields;

/** Fields that no body changes: they are the server's, or only say how much of the event an answer shows. */
const readOnly: readonly DetailName[] = ["attendeesOmitted", "locked"];
/** Fields that an event keeps as it got them (events resource, "immutable"). */
const immutable: readonly DetailName[] = ["birthdayProperties", "eventType", "privateCopy"];

const writable = (Object.keys(detailFields) as DetailName[]).filter((name) => !readOnly.includes(name));

/** What a client says it knows of newer parts of the API, in the query of a write. */
export interface Versions {
  readonly conferenceDataVersion?: number | undefined;
  readonly eventLabelVersion?: number | undefined;
  readonly supportsAttachments?: boolean | undefined;
}

/** The fields this client may change: of parts that it does not know, it repeats at most what it does not understand. */
const fieldsKnownTo = (versions: Versions): readonly DetailName[] => {
  const unknown: readonly DetailName[] = [
    ...(versions.conferenceDataVersion === 1 ? [] : (["conferenceData"] as const)),
    ...(versions.supportsAttachments ? [] : (["attachments"] as const)),
    versions.eventLabelVersion === 1 ? "colorId" : "eventLabelId",
  ];
  return writable.filter((name) => !unknown.includes(name));
};

const clientId = /^[a-v0-9]{5,1024}$/;

/** The id a client chose for its new event. Throws `invalid` when it is not base32hex of 5 to 1024 letters (events.insert). */
export const readEventId = ({ id }: EventBody): string | undefined => {
  if (id === undefined || id === null) return undefined;
  if (!clientId.test(id)) {
    throw new Failure("invalid", {
      location: "id",
      message: "Invalid resource id value. It must be 5 to 1024 letters a to v or digits.",
    });
  }
  return id;
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** As much of a JSON Schema as tells which names an object has; without `properties`, any. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

/** What a schema knows of a value: names that it does not have go, and at every depth what is null: to a writer, null is absence. */
const readAs = (shape: Shape | undefined, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => readAs(shape?.items, item));
  if (!isRecord(value)) return value;
  const names = shape?.properties;
  const kept = Object.entries(value).filter(
    ([name, child]) => child !== null && child !== undefined && (!names || Object.hasOwn(names, name)),
  );
  return Object.fromEntries(kept.map(([name, child]) => [name, readAs(names?.[name], child)]));
};

const readDetail = (name: DetailName, value: unknown): unknown => readAs(detailFields[name] as Shape, value);

const readPerson = (person: Static<typeof PersonSchema>): Person => {
  const { self, ...rest } = readAs(PersonSchema as Shape, person) as Person & { self?: boolean };
  return rest;
};

const readAttendee = (attendee: Static<typeof AttendeeSchema>, index: number): Attendee => {
  // Who is the reader and who the organizer, answers work out; of work that goes on there is none.
  const { self, organizer, asyncOperation, ...rest } = readAs(AttendeeSchema as Shape, attendee) as Attendee & {
    self?: boolean;
    asyncOperation?: string;
  };
  const location = `attendees[${index}].email`;
  if (!rest.email) throw new Failure("required", { location, message: "Missing attendee email." });
  if (!isAddress(rest.email)) throw new Failure("invalid", { location, message: "Invalid attendee email." });
  return { responseStatus: "needsAction", ...rest, email: rest.email.toLowerCase() };
};

/** The attendees of a body; one that was given a part of them (`attendeesOmitted`) says nothing of the others. */
const readAttendees = ({ attendees, attendeesOmitted }: EventBody, current: readonly Attendee[] = []): readonly Attendee[] => {
  const named = (attendees ?? []).map(readAttendee);
  if (!attendeesOmitted) return named;
  const replacing = (one: Attendee) => named.find(({ email }) => isSamePerson(email, one.email));
  const others = named.filter(({ email }) => !current.some((one) => isSamePerson(email, one.email)));
  return [...current.map((one) => replacing(one) ?? one), ...others];
};

/** Refuses what two fields of one event cannot both say; a list of reminders stands for not using the default ones. */
const checkedDetails = (details: Readonly<Record<string, unknown>>): EventDetails => {
  const { reminders } = details as EventDetails;
  if (!reminders?.overrides?.length) return details;
  if (reminders.useDefault) throw new Failure("cannotUseDefaultRemindersAndSpecifyOverride");
  return { ...details, reminders: { ...reminders, useDefault: false } };
};

/** Whether a field says nothing: null, or the label of no name (events resource, `eventLabelId`). */
const isAbsent = (name: DetailName, value: unknown): boolean =>
  value === undefined || value === null || (name === "eventLabelId" && value === "");

/** The details that a body names, of the fields its client knows. */
const readDetails = (body: EventBody, names: readonly DetailName[], current?: Event): Record<string, unknown> => {
  const details: Record<string, unknown> = {};
  for (const name of names) {
    const value = body[name];
    if (!isAbsent(name, value)) details[name] = readDetail(name, value);
  }
  if (body.attendees) details.attendees = readAttendees(body, current?.details.attendees);
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
  return lines.map((line) => line.trim());
};

/** An all-day event that ends on the day it begins is meant to last that day, though ends are exclusive. */
const wholeDay = (start: EventTime, end: EventTime): EventTime => {
  if (!isAllDay(start) || !isAllDay(end) || start.date !== end.date) return end;
  const next = new Date(Date.parse(`${end.date}T00:00:00Z`) + 86_400_000).toISOString();
  if (next.startsWith("+")) {
    throw new Failure("invalid", { location: "end.date", message: "Invalid value for end.date: it lies after the year 9999." });
  }
  return { date: next.slice(0, 10) };
};

const readTimes = (body: EventBody, calendar: Calendar): Pick<EventDraft, "start" | "end" | "recurrence"> => {
  if (!body.start) throw new Failure("required", { location: "start", message: "Missing start time." });
  const start = readEventTime(body.start, "start", calendar.timeZone);
  if (!body.end && !body.endTimeUnspecified) throw new Failure("required", { location: "end", message: "Missing end time." });
  const end = body.end ? readEventTime(body.end, "end", calendar.timeZone) : start;
  const recurrence = readRecurrence(body.recurrence, isAllDay(start) || Boolean(body.start.timeZone));
  return { start, end: wholeDay(start, end), ...(recurrence && { recurrence }) };
};

/** Reads an event as a client writes it whole, in events.insert. */
export const toDraft = (body: EventBody, calendar: Calendar, versions: Versions): EventDraft => {
  if (body.eventType === "fromGmail") {
    throw new Failure("invalid", {
      location: "eventType",
      message: "Invalid value for eventType: events of the type fromGmail cannot be created.",
    });
  }
  return {
    ...(body.iCalUID && { iCalUID: body.iCalUID }),
    status: body.status ?? "confirmed",
    ...(typeof body.sequence === "number" && { sequence: body.sequence }),
    ...readTimes(body, calendar),
    details: checkedDetails(readDetails(body, fieldsKnownTo(versions))),
  };
};

/** Reads the copy of an event that lives elsewhere: it brings its organizer along, and may be one instance of a series. */
export const toImportedDraft = (body: EventBody, calendar: Calendar, versions: Versions): EventDraft => {
  if (body.eventType && body.eventType !== "default") {
    throw new Failure("invalid", {
      location: "eventType",
      message: "Invalid value for eventType: only events of the type default can be imported.",
    });
  }
  const draft = toDraft(body, calendar, versions);
  return {
    ...draft,
    ...(body.originalStartTime && {
      originalStart: readEventTime(body.originalStartTime, "originalStartTime", calendar.timeZone),
    }),
    details: { ...draft.details, ...(body.organizer && { organizer: readPerson(body.organizer) }) },
  };
};

/** Merges a patch into what is there: null removes, objects merge, everything else (arrays too) replaces (RFC 7396). */
const merge = (current: unknown, patch: unknown): unknown => {
  if (!isRecord(patch)) return patch;
  const merged = new Map(isRecord(current) ? Object.entries(current) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, merge(merged.get(name), value));
  }
  return Object.fromEntries(merged);
};

/** A start or end with a patch laid over it: a new date pushes out the time, and the reverse. */
const mergeTime = (current: EventDateTime, patch: EventDateTime): EventDateTime => {
  if (patch.date) return { dateTime: null, ...patch };
  if (patch.dateTime) return { timeZone: current.timeZone ?? null, date: null, ...patch };
  return { ...current, ...patch };
};

/** A time that a client only repeats stays what it was, also where the wall clock it was meant in does not exist (a DST gap). */
const settled = (current: EventTime, said: EventTime): EventTime =>
  !isAllDay(current) && !isAllDay(said) && current.instant === said.instant && current.zone === said.zone ? current : said;

/** Refuses to change what an event keeps for ever. */
const checkImmutable = (body: EventBody, current: Event): void => {
  if (body.eventType && body.eventType !== (current.details.eventType ?? "default")) {
    throw new Failure("invalid", {
      location: "eventType",
      message: "Invalid value for eventType: the type of an event cannot be changed.",
    });
  }
};

/** Reads a patch against the event as it is: what it does not name stays, what it names null goes. */
export const toPatchedDraft = (body: EventBody, calendar: Calendar, current: Event, versions: Versions): EventDraft => {
  checkImmutable(body, current);
  const zone = zoneOf(calendar);
  const time = (name: "start" | "end"): EventTime => {
    const patch = body[name];
    if (patch === undefined) return current[name];
    if (patch === null) throw new Failure("required", { location: name, message: `Missing ${name} time.` });
    const said = readEventTime(mergeTime(writeEventTime(current[name], zone), patch), name, calendar.timeZone);
    return settled(current[name], said);
  };
  const start = time("start");
  const recurrence = body.recurrence === undefined ? current.recurrence : readRecurrence(body.recurrence, true);
  const details: Record<string, unknown> = { ...current.details };
  for (const name of fieldsKnownTo(versions)) {
    const value = body[name];
    if (value === undefined || immutable.includes(name)) continue;
    if (isAbsent(name, value)) delete details[name];
    else if (name === "attendees") details.attendees = readAttendees(body, current.details.attendees);
    else details[name] = readDetail(name, merge(details[name], value));
  }
  if (body.reminders?.useDefault && !body.reminders.overrides) details.reminders = { useDefault: true };
  return {
    status: body.status ?? current.status,
    ...(typeof body.sequence === "number" && { sequence: body.sequence }),
    start,
    end: wholeDay(start, time("end")),
    ...(recurrence && { recurrence }),
    details: checkedDetails(details),
  };
};

/** Reads a whole event against the one it replaces: what belongs to the server, or is unknown to the client, stays. */
export const toReplacement = (body: EventBody, calendar: Calendar, current: Event, versions: Versions): EventDraft => {
  checkImmutable(body, current);
  const names = fieldsKnownTo(versions).filter((name) => !immutable.includes(name));
  const kept = Object.entries(current.details).filter(([name]) => !names.includes(name as DetailName));
  const { start, end, recurrence } = readTimes(body, calendar);
  return {
    status: body.status ?? "confirmed",
    ...(typeof body.sequence === "number" && { sequence: body.sequence }),
    start: settled(current.start, start),
    end: settled(current.end, end),
    ...(recurrence && { recurrence }),
    details: checkedDetails({ ...Object.fromEntries(kept), ...readDetails(body, names, current) }),
  };
};
