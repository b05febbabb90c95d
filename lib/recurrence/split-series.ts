import { RecurrenceError } from "./error.ts";
import type { Occurrence, SeriesStart } from "./occurrence.ts";
import { readDates, valueStart } from "./parse-dates.ts";
import { instantOfValue } from "./resolve-dates.ts";
import { compileSeries } from "./series.ts";

/** The lines of a series cut in two: those up to an instance, and those from it on. */
export interface SplitLines {
  readonly before: readonly string[];
  readonly after: readonly string[];
  /** The instance that the second series begins with. */
  readonly first: Occurrence;
}

/** Instances of each half that are compared with the whole's. */
const mostCompared = 2_000;

const everything = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY };

const compact = (ms: number): string => new Date(ms).toISOString().replaceAll(/[-:]|\.\d+/g, "");

/** The last moment before an instance, as UNTIL says it (RFC 5545, 3.3.10): a date, or a time in UTC. */
const untilBefore = (start: SeriesStart, at: number): string =>
  start.allDay ? compact(at - 1).slice(0, 8) : compact(at - 1_000);

const withLimit = (line: string, limit: string | undefined): string => {
  const from = valueStart(line);
  const parts = line.slice(from).split(";");
  const kept = parts.filter((part) => !/^\s*(?:COUNT|UNTIL)\s*=/i.test(part) && part.trim() !== "");
  return line.slice(0, from) + [...kept, ...(limit ? [limit] : [])].join(";");
};

/** Whether a rule has no instance from a place on. */
const endsBefore = (line: string, start: SeriesStart, at: number): boolean => {
  for (const one of compileSeries(start, [line]).occurrences({ ...everything, from: at })) if (one.start >= at) return false;
  return true;
};

const countBefore = (start: SeriesStart, line: string, at: number): number => {
  let counted = 0;
  for (const one of compileSeries(start, [line]).occurrences({ ...everything, to: at })) if (one.start < at) counted += 1;
  return counted;
};

/** Cuts a rule; COUNT is what is left of it, and a rule that has ended before the place has no second half. */
const splitRule = (
  line: string,
  start: SeriesStart,
  at: number,
): { readonly before: string; readonly after: string | undefined } => {
  const count = /[;:]\s*COUNT\s*=\s*(\d+)/i.exec(line)?.[1];
  if (endsBefore(line, start, at)) return { before: line, after: undefined };
  const before = withLimit(line, `UNTIL=${untilBefore(start, at)}`);
  if (count === undefined) return { before, after: line };
  return { before, after: withLimit(line, `COUNT=${Number(count) - countBefore(start, line, at)}`) };
};

/** Cuts a list of dates; a whole day that an EXDATE takes from a timed series may lie on both sides. */
const splitDates = (name: "RDATE" | "EXDATE", line: string, start: SeriesStart, at: number) => {
  const from = valueStart(line);
  const texts = line.slice(from).split(",");
  const before: string[] = [];
  const after: string[] = [];
  let index = 0;
  readDates(name, line, (value) => {
    const text = texts[index] ?? "";
    index += 1;
    const isDay = value.kind === "date" && !start.allDay;
    const instant = instantOfValue(value, start);
    if (isDay || instant < at) before.push(text);
    if (isDay || instant >= at) after.push(text);
  });
  const lineOf = (values: readonly string[]) => (values.length > 0 ? [line.slice(0, from) + values.join(",")] : []);
  return { before: lineOf(before), after: lineOf(after) };
};

const take = (start: SeriesStart, lines: readonly string[], from: number, to: number): readonly string[] => {
  const found: string[] = [];
  for (const one of compileSeries(start, lines).occurrences({ from: Number.NEGATIVE_INFINITY, to })) {
    if (one.start < from || one.start >= to) continue;
    found.push(`${one.start} ${one.end}`);
    if (found.length === mostCompared) break;
  }
  return found;
};

/**
 * Cuts a series in two at one of its instances: together the halves have the instances that the whole has. Throws RecurrenceError
 * when there is no instance at that instant, when it is the first, and when two series cannot say the same as the one (several rules
 * that count from DTSTART, say).
 *
 * @param at the start of the instance that shall begin the second half; of an all-day series as if UTC.
 */
export const splitSeries = (start: SeriesStart, lines: readonly string[], at: number): SplitLines => {
  const whole = compileSeries(start, lines);
  const first = whole.at(at);
  if (!first) throw new RecurrenceError("split", "", "The series has no instance there.");
  if (whole.bounds?.first === at) throw new RecurrenceError("split", "", "It is the first instance: the whole series follows.");

  const before: string[] = [];
  const after: string[] = [];
  for (const line of lines) {
    const name = line.slice(0, 7).toUpperCase();
    if (name.startsWith("RDATE") || name.startsWith("EXDATE")) {
      const halves = splitDates(name.startsWith("RDATE") ? "RDATE" : "EXDATE", line, start, at);
      before.push(...halves.before);
      after.push(...halves.after);
    } else {
      const halves = splitRule(line, start, at);
      before.push(halves.before);
      if (halves.after !== undefined) after.push(halves.after);
    }
  }
  // Each half stays a series, though it be of one instance.
  const alone = (instant: number) =>
    start.allDay ? `RDATE;VALUE=DATE:${compact(instant).slice(0, 8)}` : `RDATE:${compact(instant)}`;
  if (before.length === 0) before.push(alone(whole.bounds?.first ?? at));
  if (after.length === 0) after.push(alone(at));

  const { zone, allDay, duration } = start;
  const second: SeriesStart = { local: first.local, zone, allDay, duration, ...(!allDay && { instant: at }) };
  const { NEGATIVE_INFINITY: always, POSITIVE_INFINITY: never } = Number;
  const isSame = (one: readonly string[], other: readonly string[]) => one.join() === other.join();
  if (
    !isSame(take(start, before, always, never), take(start, lines, always, at)) ||
    !isSame(take(second, after, always, never), take(start, lines, at, never))
  ) {
    throw new RecurrenceError("split", "", "Two series cannot have the instances that this one has: its rules hang together.");
  }
  return { before, after, first };
};
