/** An event of ours as a VEVENT (RFC 5545, 3.6.1). */
import { type Attendee, type Event, type EventTime, isAllDay, type Person } from "#lib/model/event.ts";
import { findZone } from "#lib/model/zone.ts";
import { mostReminderMinutes, mostReminders } from "./read-details.ts";
import { addDays, basicStamp } from "./read-time.ts";
import { writeLine, writeRaw, writeText } from "./write-line.ts";

/** `recurrence` is given apart, because it holds more than the event's own: instances that were cancelled. */
export const writeEvent = (event: Event, recurrence: readonly string[]): string => {
  const { start, end, originalStart, details } = event;
  const repeats = recurrence.length > 0;
  const lines = [
    writeLine("BEGIN", "VEVENT"),
    writeLine("UID", event.iCalUID),
    // RFC 5545, 3.8.7.2: without a METHOD, DTSTAMP is the time of the last revision. So the text changes only when the event does.
    writeLine("DTSTAMP", writeInstant(event.updated)),
    writeLine("CREATED", writeInstant(event.created)),
    writeLine("LAST-MODIFIED", writeInstant(event.updated)),
    writeLine("SEQUENCE", String(event.sequence)),
    ...(originalStart ? [writeTime("RECURRENCE-ID", originalStart, false)] : []),
    writeTime("DTSTART", start, repeats),
    ...(hasLength(start, end) ? [writeTime("DTEND", end, repeats)] : []),
    ...recurrence.map(writeRaw),
    writeLine("STATUS", event.status.toUpperCase()),
    ...textLines(event),
    writeLine("TRANSP", details.transparency === "transparent" ? "TRANSPARENT" : "OPAQUE"),
    ...peopleLines(event),
    ...alarms(event),
    writeLine("END", "VEVENT"),
  ];
  return lines.join("");
};

/** The zones that the times of an event name. */
export const zonesOf = (event: Event): readonly string[] => {
  const times = [event.start, event.end, ...(event.originalStart ? [event.originalStart] : [])];
  const named = (event.recurrence ?? []).flatMap((line) => /^[^:]*;TZID="?([^:;"]+)/i.exec(line)?.[1] ?? []);
  return [...times.flatMap((time) => (isAllDay(time) ? [] : [time.zone])), ...named].filter((zone) => zone !== "UTC");
};

/** EXDATE for instances that were cancelled, in the form that their series' start has (RFC 5545, 3.8.5.1). */
export const writeExclusions = (start: EventTime, instances: readonly EventTime[]): readonly string[] => {
  if (instances.length === 0) return [];
  if (isAllDay(start)) {
    const days = instances.flatMap((time) => (isAllDay(time) ? [time.date.replaceAll("-", "")] : []));
    return days.length > 0 ? [`EXDATE;VALUE=DATE:${days.join(",")}`] : [];
  }
  const zone = findZone(start.zone);
  const times = instances.flatMap((time) =>
    isAllDay(time) || !zone ? [] : [time.zone === start.zone ? time.local : zone.toLocal(time.instant)],
  );
  if (times.length === 0) return [];
  if (start.zone === "UTC") return [`EXDATE:${times.map((local) => `${basicStamp(local)}Z`).join(",")}`];
  return [`EXDATE;TZID=${start.zone}:${times.map(basicStamp).join(",")}`];
};

const writeInstant = (instant: number): string => `${basicStamp(instant)}Z`;

/** RFC 5545, 3.6.1: DTEND must be later than DTSTART; without one, a timed event has no length, and an all-day event that of a day. */
const hasLength = (start: EventTime, end: EventTime): boolean =>
  isAllDay(start) ? isAllDay(end) && end.date !== addDays(start.date, 1) : !isAllDay(end) && end.instant > start.instant;

/**
 * A wall clock that comes twice means the first in iCalendar. The second can only be said in UTC, which a series must not use, as its
 * other instances would move with it.
 */
const writeTime = (name: string, time: EventTime, repeats: boolean): string => {
  if (isAllDay(time)) return writeLine(name, time.date.replaceAll("-", ""), { VALUE: "DATE" });
  const known = time.zone === "UTC" ? undefined : findZone(time.zone);
  if (!known || (!repeats && known.toInstant(time.local) !== time.instant)) return writeLine(name, writeInstant(time.instant));
  return writeLine(name, basicStamp(time.local), { TZID: time.zone });
};

const textLines = ({ details: { summary, description, location, visibility, source } }: Event): readonly string[] => [
  ...(summary ? [writeText("SUMMARY", summary)] : []),
  ...(description ? [writeText("DESCRIPTION", description)] : []),
  ...(location ? [writeText("LOCATION", location)] : []),
  ...(visibility && visibility !== "default" ? [writeLine("CLASS", visibility.toUpperCase())] : []),
  ...(source?.url ? [writeLine("URL", source.url)] : []),
];

const responses = { needsAction: "NEEDS-ACTION", declined: "DECLINED", tentative: "TENTATIVE", accepted: "ACCEPTED" } as const;

/** RFC 5545, 3.8.4.3: an event that nobody is invited to has no ORGANIZER; with one, programs take it for somebody else's invitation. */
const peopleLines = ({ calendarId, details: { organizer, attendees = [] } }: Event): readonly string[] => [
  ...(organizer?.email && (attendees.length > 0 || organizer.email !== calendarId)
    ? [writeLine("ORGANIZER", mailto(organizer.email), { CN: nameOf(organizer) })]
    : []),
  ...attendees.flatMap((attendee) =>
    attendee.email ? [writeLine("ATTENDEE", mailto(attendee.email), attendeeParams(attendee))] : [],
  ),
];

const attendeeParams = (attendee: Attendee): Record<string, string | undefined> => ({
  CUTYPE: attendee.resource ? "RESOURCE" : "INDIVIDUAL",
  ROLE: attendee.optional ? "OPT-PARTICIPANT" : "REQ-PARTICIPANT",
  PARTSTAT: responses[attendee.responseStatus ?? "needsAction"],
  CN: nameOf(attendee),
  "X-NUM-GUESTS": attendee.additionalGuests ? String(attendee.additionalGuests) : undefined,
  "X-RESPONSE-COMMENT": attendee.comment || undefined,
});

const nameOf = ({ displayName }: Person): string | undefined => displayName || undefined;

const mailto = (email: string): string => `mailto:${email}`;

/** RFC 5545, 3.6.6: an alarm that shows needs a text, one that mails a text, a subject and somebody to mail. */
const alarms = ({ details }: Event): readonly string[] => {
  const text = details.summary || "Reminder";
  const address = details.organizer?.email ?? details.creator?.email;
  return (details.reminders?.overrides ?? [])
    .filter(({ minutes }) => minutes >= 0 && minutes <= mostReminderMinutes)
    .slice(0, mostReminders)
    .map(({ method, minutes }) =>
      [
        writeLine("BEGIN", "VALARM"),
        writeLine("ACTION", method === "email" ? "EMAIL" : "DISPLAY"),
        writeLine("TRIGGER", `-PT${minutes}M`),
        writeText("DESCRIPTION", text),
        ...(method === "email" ? [writeText("SUMMARY", text)] : []),
        ...(method === "email" && address ? [writeLine("ATTENDEE", mailto(address))] : []),
        writeLine("END", "VALARM"),
      ].join(""),
    );
};
