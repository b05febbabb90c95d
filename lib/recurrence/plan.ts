import type { Zone } from "#lib/model/zone.ts";
import { BoundedRule } from "./bounded-rule.ts";
import { maxDates, maxRules } from "./caps.ts";
import { msPerDay } from "./civil.ts";
import { compilePattern } from "./compile-pattern.ts";
import { quote, RecurrenceError } from "./error.ts";
import { endOf, type Length, type Occurrence, type SeriesStart } from "./occurrence.ts";
import { readDates, valueStart } from "./parse-dates.ts";
import { parseRule } from "./parse-rule.ts";
import { addedBy, instantOf, instantOfValue } from "./resolve-dates.ts";

/** A series worked out so far that it can be read from anywhere. */
export interface Plan {
  readonly zone: Zone | null;
  readonly duration: Length;
  readonly rules: readonly BoundedRule[];
  readonly exceptRules: readonly BoundedRule[];
  /** DTSTART and what RDATE adds, ascending, each start once. */
  readonly extras: readonly Occurrence[];
  /** The instant of DTSTART, which no rule precedes. */
  readonly firstStart: number;
  /** The longest of them, in milliseconds. */
  readonly longestExtra: number;
  /** The starts that EXDATE takes away, ascending, and the local days. */
  readonly exceptDates: readonly number[];
  readonly exceptDays: ReadonlySet<number>;
}

/** Reads the lines of a series into what an expansion needs. Throws RecurrenceError. */
export const planOf = (start: SeriesStart, lines: readonly string[]): Plan => {
  const { zone, duration } = start;
  const rules: BoundedRule[] = [];
  const exceptRules: BoundedRule[] = [];
  const periods: Occurrence[] = [];
  const firstStart = start.instant ?? instantOf(start, start.local);
  const shown = zone === null ? firstStart : zone.toLocal(firstStart);
  const extras: Occurrence[] = [{ start: firstStart, end: endOf(start, firstStart, shown), local: start.local }];
  const exceptDates: number[] = [];
  const exceptDays = new Set<number>();

  let dates = 0;
  const countDate = (line: string): void => {
    dates += 1;
    if (dates > maxDates)
      throw new RecurrenceError("caps", line, `A series may have at most ${maxDates} dates in RDATE and EXDATE.`);
  };
  for (const line of lines) {
    const name = nameOf(line);
    if (name === "RRULE" || name === "EXRULE") {
      if (rules.length + exceptRules.length === maxRules) {
        throw new RecurrenceError("caps", line, `A series may have at most ${maxRules} rules.`);
      }
      const rule = parseRule(line.slice(valueStart(line)), line);
      const pattern = compilePattern(rule, start);
      const quota = rule.count ?? Number.POSITIVE_INFINITY;
      // DTSTART is an instance whatever the rule says, and the first that COUNT counts; an exception has only what it matches.
      if (name === "RRULE") rules.push(new BoundedRule(rule, pattern, { zone, first: start.local + 1, quota: quota - 1 }));
      else exceptRules.push(new BoundedRule(rule, pattern, { zone, first: start.local, quota }));
    } else if (name === "RDATE") {
      readDates(name, line, (value) => {
        countDate(line);
        (value.end && !start.allDay ? periods : extras).push(addedBy(value, start, line));
      });
    } else if (name === "EXDATE") {
      readDates(name, line, (value) => {
        countDate(line);
        if (value.kind === "date" && !start.allDay) exceptDays.add(value.time / msPerDay);
        else exceptDates.push(instantOfValue(value, start));
      });
    } else {
      throw new RecurrenceError(name || "recurrence", line, `"${quote(line)}" is not an RRULE, RDATE, EXDATE or EXRULE line.`);
    }
  }

  const sorted = uniqueByStart([...periods, ...extras]);
  const longestExtra = sorted.reduce((longest, { start, end }) => Math.max(longest, end - start), 0);
  exceptDates.sort((a, b) => a - b);
  return { zone, duration, rules, exceptRules, extras: sorted, firstStart, longestExtra, exceptDates, exceptDays };
};

/** The property name of a line in upper case, or "" when the line has none. */
const nameOf = (line: string): string => {
  // Nearly all lines are written in upper case; the pattern is for the rest.
  if (line.startsWith("RRULE:")) return "RRULE";
  return /^([a-z-]{1,40})[;:]/i.exec(line)?.[1]?.toUpperCase() ?? "";
};

/** By start, each start once: of two with the same start the one that comes first in the list. */
const uniqueByStart = (extras: readonly Occurrence[]): readonly Occurrence[] =>
  extras.length === 1
    ? extras
    : extras.toSorted((a, b) => a.start - b.start).filter((extra, index, all) => extra.start !== all[index - 1]?.start);
