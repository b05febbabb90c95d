/** A VTIMEZONE as a table of offsets (RFC 5545, 3.6.5), to find out which IANA zone a made-up name stands for. */
import type { Component } from "./component.ts";
import type { ContentLine } from "./content-line.ts";
import { isoDate, readOffset, readStamp } from "./read-time.ts";

/** From `at` on, `offset` is in force. */
export interface Onset {
  readonly at: number;
  readonly offset: number;
}

export interface ZoneDefinition {
  /** X-LIC-LOCATION: the IANA name, as libical and those who follow it write it. */
  readonly location: string | undefined;
  /** All offsets that it ever has, in milliseconds east of UTC. */
  readonly offsets: readonly number[];
  /** The years of which it speaks; it goes on for ever if one of its rules does. */
  readonly years: { readonly first: number; readonly last: number };
  /** The changes from one year to another, both included, led by the offset in force before them. */
  onsets(firstYear: number, lastYear: number): readonly Onset[];
}

interface Observance {
  /** Wall clock of the first onset, in the offset before it. */
  readonly start: number;
  readonly before: number;
  readonly after: number;
  /** Further single onsets, as wall clocks. */
  readonly dates: readonly number[];
  readonly rule: YearlyRule | undefined;
}

/** The one kind of rule that zones have: once a year. */
interface YearlyRule {
  readonly month: number;
  /** 0 is Sunday. */
  readonly weekday: number | undefined;
  readonly nth: number;
  readonly monthDays: readonly number[];
  readonly until: number;
}

/** Lines of a VTIMEZONE and of its parts that are of use. */
export const zoneLines = new Set(["TZID", "X-LIC-LOCATION"]);
export const observanceLines = new Set(["DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "RDATE"]);

const dayMs = 86_400_000;
const endless = 9_999;
/** More than any zone has had; what a longer list says besides is not read. */
const mostObservances = 300;
const mostDates = 300;
/** Spans of years kept in mind. */
const mostSpans = 300;

/** Undefined if no observance in it can be read. */
export const readZone = (component: Component): ZoneDefinition | undefined => {
  const observances = component.parts.slice(0, mostObservances).flatMap((part) => readObservance(part) ?? []);
  if (observances.length === 0) return undefined;

  const spans = new Map<string, readonly Onset[]>();
  const years = observances.flatMap(({ start, dates, rule }) => [
    yearOf(start),
    ...dates.map(yearOf),
    ...(rule ? [Math.min(yearOf(Math.min(rule.until, Date.UTC(endless, 0))), endless)] : []),
  ]);
  return {
    location: component.lines.find((line) => line.name === "X-LIC-LOCATION")?.value,
    offsets: [...new Set(observances.flatMap(({ before, after }) => (observances.length > 1 ? [before, after] : [after])))],
    years: { first: Math.min(...years), last: Math.max(...years) },
    onsets: (firstYear, lastYear) => {
      const span = `${firstYear} ${lastYear}`;
      const known = spans.get(span);
      if (known) return known;
      const onsets = onsetsOfAll(observances, firstYear, lastYear);
      if (spans.size < mostSpans) spans.set(span, onsets);
      return onsets;
    },
  };
};

const onsetsOfAll = (observances: readonly Observance[], firstYear: number, lastYear: number): readonly Onset[] => {
  const all = observances
    .flatMap((observance) => onsetsOf(observance, firstYear, lastYear).map((at) => ({ at: at - observance.before, observance })))
    .sort((a, b) => a.at - b.at);
  // Before its first onset a zone keeps the offset from which that one leaves.
  const lead = all[0]?.observance.before ?? observances[0]?.after ?? 0;
  return [{ at: Number.NEGATIVE_INFINITY, offset: lead }, ...all.map(({ at, observance }) => ({ at, offset: observance.after }))];
};

const readObservance = (component: Component): Observance | undefined => {
  const find = (name: string): ContentLine | undefined => component.lines.find((line) => line.name === name);
  const start = readStamp(find("DTSTART")?.value ?? "");
  const after = readOffset(find("TZOFFSETTO")?.value ?? "");
  if (!start || !("local" in start) || after === undefined) return undefined;

  const dates = component.lines
    .filter((line) => line.name === "RDATE")
    .slice(0, mostDates)
    .flatMap((line) => line.value.split(",", mostDates))
    .slice(0, mostDates)
    .flatMap((value) => {
      const stamp = readStamp(value);
      return stamp && "local" in stamp ? [stamp.local] : [];
    });
  const rule = find("RRULE")?.value;
  const before = readOffset(find("TZOFFSETFROM")?.value ?? "") ?? after;
  return { start: start.local, before, after, dates, rule: rule === undefined ? undefined : readRule(rule, start.local) };
};

const weekdays = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"];

/** `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU` and its kin; without BYMONTH or a day, those of the start. */
const readRule = (text: string, start: number): YearlyRule | undefined => {
  const parts = new Map<string, string>();
  for (const part of text.toUpperCase().split(";")) {
    const [name = "", value = ""] = part.trim().split("=");
    parts.set(name, value);
  }
  if (parts.get("FREQ") !== "YEARLY") return undefined;

  const [, nth, weekday] = /^([+-]?\d)?(SU|MO|TU|WE|TH|FR|SA)$/.exec(parts.get("BYDAY") ?? "") ?? [];
  const monthDays = (parts.get("BYMONTHDAY") ?? "")
    .split(",")
    .map(Number)
    .filter((day) => day >= 1 && day <= 31);
  const month = Number(parts.get("BYMONTH"));
  const until = readStamp(parts.get("UNTIL") ?? "");
  return {
    month: month >= 1 && month <= 12 ? month - 1 : new Date(start).getUTCMonth(),
    weekday: weekday === undefined ? undefined : weekdays.indexOf(weekday),
    nth: Number(nth ?? parts.get("BYSETPOS") ?? 1) || 1,
    monthDays: weekday === undefined && monthDays.length === 0 ? [new Date(start).getUTCDate()] : monthDays,
    until: until ? ("local" in until ? until.local : Date.parse(until.date) + dayMs) : Number.POSITIVE_INFINITY,
  };
};

const onsetsOf = ({ start, dates, rule }: Observance, firstYear: number, lastYear: number): readonly number[] => {
  const onsets = [start, ...dates].filter((at) => yearOf(at) <= lastYear);
  if (!rule) return onsets;

  const timeOfDay = start - Math.floor(start / dayMs) * dayMs;
  for (let year = Math.max(yearOf(start), firstYear - 1); year <= lastYear; year += 1) {
    const day = dayOf(rule, year);
    if (day === undefined) continue;
    const at = Date.UTC(2000, rule.month, 1); // Date.UTC takes years below 100 for those of the last century.
    const onset = new Date(at).setUTCFullYear(year, rule.month, day) + timeOfDay;
    if (onset > start && onset <= rule.until + dayMs) onsets.push(onset);
  }
  return onsets;
};

/** The day of the month on which a rule falls in a year. */
const dayOf = ({ month, weekday, nth, monthDays }: YearlyRule, year: number): number | undefined => {
  const length = new Date(new Date(0).setUTCFullYear(year, month + 1, 0)).getUTCDate();
  const first = new Date(new Date(0).setUTCFullYear(year, month, 1)).getUTCDay();
  const days: number[] = [];
  for (let day = 1; day <= length; day += 1) {
    const onWeekday = weekday === undefined || (first + day - 1) % 7 === weekday;
    if (onWeekday && (monthDays.length === 0 || monthDays.includes(day))) days.push(day);
  }
  return days.at(nth > 0 ? nth - 1 : nth);
};

const yearOf = (local: number): number => Number(isoDate(local).slice(0, 4));
