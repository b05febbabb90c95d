/** Events as clients write them: whole, as a patch, as a replacement, as a copy of what lives elsewhere. */
import { Failure } from "#lib/errors.ts";
import type { Calendar } from "#lib/model/calendar.ts";
import { type Event, type EventDraft, type EventTime, isAllDay } from "#lib/model/event.ts";
import { detailFields, type EventBody, zoneOf } from "./event.ts";
import {
  checkedDetails,
  type DetailName,
  isAbsent,
  merge,
  readAttendees,
  readDetail,
  readDetails,
  readPerson,
} from "./read-details.ts";
import { type EventDateTime, readEventTime, writeEventTime } from "./time.ts";

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

const readTimes = (body: EventBody, calendar: Pick<Calendar, "timeZone">): Pick<EventDraft, "start" | "end" | "recurrence"> => {
  if (!body.start) throw new Failure("required", { location: "start", message: "Missing start time." });
  const start = readEventTime(body.start, "start", calendar.timeZone);
  if (!body.end && !body.endTimeUnspecified) throw new Failure("required", { location: "end", message: "Missing end time." });
  const end = body.end ? readEventTime(body.end, "end", calendar.timeZone) : start;
  const recurrence = readRecurrence(body.recurrence, isAllDay(start) || Boolean(body.start.timeZone));
  return { start, end: wholeDay(start, end), ...(recurrence && { recurrence }) };
};

/** Reads an event as a client writes it whole, in events.insert. */
export const toDraft = (body: EventBody, calendar: Pick<Calendar, "timeZone">, versions: Versions): EventDraft => {
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
