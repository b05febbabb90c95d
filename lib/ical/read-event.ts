/** A VEVENT as a draft of ours (RFC 5545, 3.6.1). */
import { createHash } from "node:crypto";
import type { AllDayTime, EventDraft, EventTime, TimedTime } from "#lib/model/event.ts";
import { isAllDay } from "#lib/model/event.ts";
import { findZone, type Zone } from "#lib/model/zone.ts";
import type { Component } from "./component.ts";
import type { ContentLine } from "./content-line.ts";
import { detailLines, type FirstLines, present, readDetails, readStatus } from "./read-details.ts";
import { readRecurrence } from "./read-recurrence.ts";
import { addDays, type Duration, isoDate, readDuration, readStamp } from "./read-time.ts";
import type { ZoneResolver } from "./resolve-zone.ts";

/** One VEVENT, read. */
export interface ReadEvent {
  readonly uid: string;
  readonly draft: EventDraft;
  /** DTSTAMP, epoch milliseconds; tells which of two versions is newer. */
  readonly stamp: number;
  readonly notes: readonly string[];
}

/** Why a VEVENT cannot be read, as a sentence for people. */
export class EventProblem extends Error {}

/** The lines of a VEVENT that are of use. */
export const eventLines = new Set([
  ...["UID", "DTSTAMP", "SEQUENCE", "DTSTART", "DTEND", "DURATION", "RECURRENCE-ID", "RRULE", "EXRULE", "RDATE", "EXDATE"],
  "X-MICROSOFT-CDO-ALLDAYEVENT",
  ...detailLines,
]);

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const latest = Date.UTC(9_999, 11, 31);
/** The years that can be kept. */
const years = { first: Date.parse("0001-01-01T00:00:00Z"), last: Date.parse("9999-12-31T23:59:59.999Z") };

/** Throws EventProblem. */
export const readEvent = (component: Component, zones: ZoneResolver): ReadEvent => {
  const first: FirstLines = new Map(component.lines.toReversed().map((line) => [line.name, line]));
  const notes = new Set<string>();
  const readTime = (line: ContentLine): EventTime => timeOf(line, zones, notes);

  const startLine = first.get("DTSTART");
  if (!startLine) throw new EventProblem("It has no DTSTART.");
  const { start, end } = wholeDays(first, readSpan(first, readTime(startLine), readTime, notes));

  const instanceLine = first.get("RECURRENCE-ID");
  if (/^THISANDFUTURE$/i.test(instanceLine?.params.get("RANGE") ?? "")) {
    throw new EventProblem("It changes an instance and all that follow (RANGE=THISANDFUTURE), which is not supported yet.");
  }
  const originalStart = instanceLine ? readTime(instanceLine) : undefined;
  if (![start, end, originalStart ?? start].every(isInYears)) {
    throw new EventProblem("It lies outside of the years 1 to 9999.");
  }
  const recurrence = readRecurrence(component.lines, start, zones, notes);
  if (originalStart && recurrence.length > 0) notes.add("The recurrence of a single changed instance is ignored.");

  const uid = first.get("UID")?.value.trim() || contentUid(component);
  const sequence = /^\s*\d{1,9}\s*$/.exec(first.get("SEQUENCE")?.value ?? "")?.[0];
  const stamp = readStamp(first.get("DTSTAMP")?.value ?? "");
  return {
    uid,
    stamp: stamp && "local" in stamp ? stamp.local : Number.NEGATIVE_INFINITY,
    notes: [...notes],
    draft: present({
      iCalUID: uid,
      status: readStatus(first.get("STATUS")?.value),
      sequence: sequence === undefined ? undefined : Number(sequence),
      start,
      end,
      recurrence: !originalStart && recurrence.length > 0 ? recurrence : undefined,
      originalStart,
      details: readDetails(component, first),
    }),
  };
};

/**
 * RFC 5545 requires a UID, but Outlook and some websites leave it out. One made from what the event says makes a second import of the
 * same file find the same events; stamps stay out of it, as many servers write them anew for each download.
 */
const contentUid = (component: Component): string => {
  const hash = createHash("sha256");
  for (const { name, params, value } of component.lines) {
    if (!["UID", "DTSTAMP", "SEQUENCE"].includes(name)) hash.update(JSON.stringify([name, [...params], value]));
  }
  return `${hash.digest("hex").slice(0, 32)}@uid-from-content`;
};

const timeOf = ({ name, params, value }: ContentLine, zones: ZoneResolver, notes: Set<string>): EventTime => {
  const stamp = readStamp(value);
  if (!stamp) throw new EventProblem(`${name} is not a date or time: ${JSON.stringify(value.slice(0, 40))}.`);
  if ("date" in stamp) return stamp;
  if (/^DATE$/i.test(params.get("VALUE") ?? "")) return { date: isoDate(stamp.local) };

  const tzid = params.get("TZID");
  if (stamp.utc) return timedAt(stamp.local, "UTC");
  if (tzid === undefined) return timedAt(stamp.local, zones.floating);
  const resolved = zones.resolve(tzid, stamp.local);
  if ("reason" in resolved) throw new EventProblem(resolved.reason);
  if (resolved.note !== undefined) notes.add(resolved.note);
  return timedAt(stamp.local, resolved.zone);
};

/** Beside the years that a line can say: where its zone, or a day more, leads out of them. */
const isInYears = (time: EventTime): boolean =>
  isAllDay(time) ? /^\d{4}-/.test(time.date) : time.instant >= years.first && time.instant <= years.last;

const timedAt = (local: number, zone: string): TimedTime => ({ instant: tableOf(zone).toInstant(local), local, zone });

const tableOf = (name: string): Zone => {
  const zone = findZone(name);
  if (!zone) throw new EventProblem(`There is no time zone ${JSON.stringify(name)}.`);
  return zone;
};

interface Span {
  readonly start: EventTime;
  readonly end: EventTime;
}

/** RFC 5545, 3.6.1: without an end, an all-day event lasts a day, and a timed one no time at all. */
const readSpan = (first: FirstLines, start: EventTime, readTime: (line: ContentLine) => EventTime, notes: Set<string>): Span => {
  const none = isAllDay(start) ? { date: addDays(start.date, 1) } : start;
  const endLine = first.get("DTEND");
  const durationLine = first.get("DURATION");
  if (!endLine) return { start, end: durationLine ? after(start, durationOf(durationLine)) : none };

  const end = readTime(endLine);
  if (isAllDay(start) && isAllDay(end)) {
    if (end.date < start.date) throw new EventProblem("It ends before it starts.");
    // Those who take DTEND for the last day write the same day twice.
    return { start, end: end.date === start.date ? none : end };
  }
  if (isAllDay(start) || isAllDay(end)) {
    notes.add("DTEND is ignored: of start and end, one is a date and the other a time.");
    return { start, end: none };
  }
  if (end.instant < start.instant) throw new EventProblem("It ends before it starts.");
  return { start, end };
};

const durationOf = ({ value }: ContentLine): Duration => {
  const duration = readDuration(value);
  if (!duration) throw new EventProblem(`DURATION cannot be read: ${JSON.stringify(value.slice(0, 40))}.`);
  if (duration.days < 0 || duration.ms < 0) throw new EventProblem("It ends before it starts.");
  return duration;
};

/** Days on the wall clock, the rest on the stopwatch (RFC 5545, 3.3.6). */
const after = (start: EventTime, { days, ms }: Duration): EventTime => {
  const from = isAllDay(start) ? Date.parse(start.date) : start.local;
  if (from + days * dayMs + ms > latest) throw new EventProblem("It ends after the year 9999.");
  if (isAllDay(start)) return { date: addDays(start.date, Math.max(1, days + Math.ceil(ms / dayMs))) };

  const zone = tableOf(start.zone);
  const local = start.local + days * dayMs;
  const instant = zone.toInstant(local) + ms;
  return { instant, local: ms === 0 ? local : zone.toLocal(instant), zone: start.zone };
};

/** Exchange writes whole days as midnights with a mark of its own. */
const wholeDays = (first: FirstLines, span: Span): Span => {
  const { start, end } = span;
  const marked = /^\s*TRUE\s*$/i.test(first.get("X-MICROSOFT-CDO-ALLDAYEVENT")?.value ?? "");
  if (!marked || isAllDay(start) || isAllDay(end) || start.local % dayMs !== 0 || end.local % dayMs !== 0) return span;
  return { start: dayOf(start), end: { date: isoDate(Math.max(end.local, start.local + dayMs)) } };
};

const dayOf = (time: TimedTime): AllDayTime => ({ date: isoDate(time.local) });
