/** Recurrence lines in the form that Google keeps: one string per line, with IANA names for zones (RFC 5545, 3.8.5). */
import { type EventTime, isAllDay } from "#lib/model/event.ts";
import type { ContentLine } from "./content-line.ts";
import { isoDate, readStamp, type Stamp } from "./read-time.ts";
import type { ZoneResolver } from "./resolve-zone.ts";

/** The lines of a series; none if it has nothing that repeats. The rules are not checked here: `compileSeries` does. */
export const readRecurrence = (
  lines: readonly ContentLine[],
  start: EventTime,
  zones: ZoneResolver,
  notes: Set<string>,
): readonly string[] => {
  const recurrence: string[] = [];
  for (const line of lines) {
    if (line.name === "RRULE" || line.name === "EXRULE") recurrence.push(`${line.name}:${line.value.trim()}`);
    if (line.name === "RDATE" || line.name === "EXDATE") recurrence.push(...readDates(line, start, zones, notes));
  }
  const repeats = recurrence.some((line) => line.startsWith("RRULE") || line.startsWith("RDATE"));
  if (!repeats && recurrence.length > 0) notes.add("EXDATE and EXRULE are ignored: the event does not repeat.");
  return repeats ? recurrence : [];
};

interface DateValue {
  readonly text: string;
  readonly stamp: Stamp;
}

/** A list may mix what one line of ours may not, so that it becomes a line for each kind of value. */
const readDates = (line: ContentLine, start: EventTime, zones: ZoneResolver, notes: Set<string>): readonly string[] => {
  const dates: DateValue[] = [];
  for (const text of line.value.split(",").map((value) => value.trim().toUpperCase())) {
    const stamp = readStamp(text.split("/", 1)[0] ?? "");
    if (stamp) dates.push({ text, stamp });
    else if (text !== "") notes.add(`${line.name} holds something that is not a date or time.`);
  }

  const kinds = new Map<string, string[]>();
  for (const { text, stamp } of dates) {
    const { head, value } = dateLine(line, { text, stamp }, start, zones, notes);
    if (!kinds.get(head)?.push(value)) kinds.set(head, [value]);
  }
  return [...kinds].map(([head, values]) => `${head}:${values.join(",")}`);
};

const dateLine = (
  { name, params }: ContentLine,
  { text, stamp }: DateValue,
  start: EventTime,
  zones: ZoneResolver,
  notes: Set<string>,
): { head: string; value: string } => {
  const period = text.includes("/");
  // Outlook excludes days of an all-day series by times at midnight.
  if ("date" in stamp || (isAllDay(start) && !period)) {
    const date = "date" in stamp ? stamp.date : isoDate(stamp.local);
    return { head: `${name};VALUE=DATE`, value: date.replaceAll("-", "") };
  }
  const head = period ? `${name};VALUE=PERIOD` : name;
  const tzid = params.get("TZID");
  if (stamp.utc || tzid === undefined) return { head, value: text };

  const resolved = zones.resolve(tzid, stamp.local);
  if ("reason" in resolved) {
    notes.add(resolved.reason);
    return { head, value: text };
  }
  if (resolved.note !== undefined) notes.add(resolved.note);
  const zone = resolved.zone === "UTC" && !period ? "" : `;TZID=${resolved.zone}`;
  return { head: `${name}${zone}${period ? ";VALUE=PERIOD" : ""}`, value: zone === "" ? `${text}Z` : text };
};
