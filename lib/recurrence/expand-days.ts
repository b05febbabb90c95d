import { dayOf, daysBefore, firstWeekOf, monthLength, weekdayOf, yearLength, yearStart } from "./civil.ts";
import { DayFilter } from "./day-filter.ts";
import type { NumberList } from "./number-list.ts";
import type { Ordinal, Rule, Skip } from "./parse-rule.ts";

/** Appends the days of one period, in no particular order. */
export type ExpandDays = (period: number, days: NumberList) => void;

/** The parts of DTSTART's date that a rule falls back on. */
export interface StartDate {
  readonly month: number;
  readonly date: number;
  readonly weekday: number;
}

/** A month or a year, in which BYDAY counts its weekdays. */
interface Span {
  readonly first: number;
  readonly length: number;
}

const everyMonth: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const nothing: readonly number[] = [];

/** Days of a month for FREQ=MONTHLY; a period is a number of months since year 0. */
export const expandMonth = (rule: Rule, start: StartDate): ExpandDays => {
  const expand = expandWithinMonth(rule, start);
  return (period, days) => {
    const year = Math.floor(period / 12);
    const month = period - year * 12 + 1;
    if (rule.months.length === 0 || rule.months.includes(month)) expand(year, month, days);
  };
};

/**
 * The days of a month that BYSETPOS chooses, for a rule whose days are those that BYMONTHDAY and BYDAY both name: picked from the
 * bits of one number, for "the last weekday of the month" is common.
 */
export const expandChosenMonth = (rule: Rule, start: StartDate): ExpandDays => {
  const namesDay = rule.weekdays !== 0 || rule.monthDays.length > 0;
  const filter = new DayFilter(namesDay ? rule : { ...rule, monthDays: [start.date] });
  return (period, days) => {
    const year = Math.floor(period / 12);
    const month = period - year * 12 + 1;
    const named = filter.daysOfMonth(year, month);
    if (named === 0) return;
    const first = dayOf(year, month, 1);
    for (const position of rule.positions) {
      const place = position > 0 ? nthBit(named, position) : nthBitFromEnd(named, -position);
      if (place >= 0) days.push(first + place);
    }
  };
};

/** The place of the nth lowest bit of a mask, or -1. */
const nthBit = (mask: number, n: number): number => {
  let rest = mask;
  for (let skipped = 1; skipped < n && rest !== 0; skipped += 1) rest &= rest - 1;
  return 31 - Math.clz32(rest & -rest);
};

/** The place of the nth highest bit of a mask, or -1. */
const nthBitFromEnd = (mask: number, n: number): number => {
  let rest = mask;
  for (let skipped = 1; skipped < n && rest !== 0; skipped += 1) rest &= ~(1 << (31 - Math.clz32(rest)));
  return 31 - Math.clz32(rest);
};

/** Days of a week for FREQ=WEEKLY with BYMONTH; a period is the first day of the week. */
export const expandWeek = (rule: Rule, start: StartDate): ExpandDays => {
  const weekdays = rule.weekdays || 1 << start.weekday;
  const filter = new DayFilter({ ...rule, weekdays });
  return (period, days) => {
    for (let day = period; day < period + 7; day += 1) if (filter.passes(day)) days.push(day);
  };
};

/**
 * Days of a year for FREQ=YEARLY; a period is the year. BYMONTH, BYWEEKNO, BYYEARDAY and BYMONTHDAY each name days of the year,
 * and a day must be named by all that are given. With BYWEEKNO the year is that of the week numbers, so that a week 1 that begins
 * in December is whole; without BYDAY or another part that says which day of the week, it is DTSTART's weekday.
 */
export const expandYear = (rule: Rule, start: StartDate): ExpandDays => {
  if (rule.weeks.length > 0) return expandWeeks(rule, start);
  if (rule.yearDays.length > 0) return expandYearDays(rule);

  const byWeekday = rule.weekdays !== 0 || rule.ordinals.length > 0;
  if (rule.months.length === 0 && rule.monthDays.length === 0 && byWeekday) return expandWeekdaysOfYear(rule);
  const expand = expandWithinMonth(rule, start);
  const months = rule.months.length > 0 ? rule.months : rule.monthDays.length > 0 ? everyMonth : [start.month];
  return (year, days) => {
    for (const month of months) expand(year, month, days);
  };
};

const expandWithinMonth = (rule: Rule, start: StartDate): ((year: number, month: number, days: NumberList) => void) => {
  const byWeekday = rule.weekdays !== 0 || rule.ordinals.length > 0;
  const countsInYear = rule.frequency === "YEARLY" && rule.months.length === 0;
  const pushWeekdays = weekdayPusher(rule, 31);
  const dates = rule.monthDays.length > 0 ? rule.monthDays : [start.date];
  return (year, month, days) => {
    const first = dayOf(year, month, 1);
    const length = monthLength(year, month);
    if (rule.monthDays.length === 0 && byWeekday) {
      pushWeekdays(days, { first, length });
      return;
    }
    const from = days.size;
    for (const date of dates) pushDate(days, { first, length }, date, rule.skip);
    if (byWeekday) days.keep(from, (day) => isWeekdayOf(day, countsInYear ? yearSpan(year) : { first, length }, rule));
  };
};

const expandWeeks = (rule: Rule, start: StartDate): ExpandDays => {
  const namesDay = rule.weekdays !== 0 || rule.monthDays.length > 0 || rule.yearDays.length > 0;
  const filter = new DayFilter({ ...rule, weekdays: namesDay ? rule.weekdays : 1 << start.weekday });
  return (year, days) => {
    const first = firstWeekOf(year, rule.firstWeekday);
    const count = (firstWeekOf(year + 1, rule.firstWeekday) - first) / 7;
    for (const number of rule.weeks) {
      const week = number > 0 ? number : count + number + 1;
      if (week < 1 || week > count) continue;
      const monday = first + (week - 1) * 7;
      for (let day = monday; day < monday + 7; day += 1) if (filter.passes(day)) days.push(day);
    }
  };
};

const expandYearDays = (rule: Rule): ExpandDays => {
  const filter = new DayFilter({ ...rule, yearDays: nothing, weekdays: rule.ordinals.length > 0 ? 0 : rule.weekdays });
  return (year, days) => {
    const first = yearStart(year);
    const length = yearLength(year);
    for (const number of rule.yearDays) {
      const dayOfYear = number > 0 ? number - 1 : length + number;
      if (dayOfYear < 0 || dayOfYear >= length) continue;
      const day = first + dayOfYear;
      if (filter.passes(day) && (rule.ordinals.length === 0 || isWeekdayOf(day, spanFor(rule, year, day), rule))) days.push(day);
    }
  };
};

const expandWeekdaysOfYear = (rule: Rule): ExpandDays => {
  const pushWeekdays = weekdayPusher(rule, 366);
  return (year, days) => pushWeekdays(days, yearSpan(year));
};

const yearSpan = (year: number): Span => ({ first: yearStart(year), length: yearLength(year) });

/** What the number of a BYDAY counts in for a yearly rule: the day's month with BYMONTH, the year without. */
const spanFor = (rule: Rule, year: number, day: number): Span => {
  const first = yearStart(year);
  if (rule.months.length === 0) return yearSpan(year);
  const month = everyMonth.findLast((candidate) => first + daysBefore(year, candidate) <= day) ?? 1;
  return { first: first + daysBefore(year, month), length: monthLength(year, month) };
};

/** Adds a date of a month, from its end when negative. One that the month does not have goes where SKIP says (RFC 7529, 4.1). */
const pushDate = (days: NumberList, { first, length }: Span, date: number, skip: Skip): void => {
  const index = date > 0 ? date - 1 : length + date;
  if (index >= 0 && index < length) {
    days.push(first + index);
  } else if (skip !== "OMIT") {
    const before = index < 0 ? first - 1 : first + length - 1;
    days.push(skip === "BACKWARD" ? before : before + 1);
  }
};

/** Appends the days of a span that BYDAY names. The places of plain weekdays depend only on the span's first one: kept once found. */
const weekdayPusher = ({ weekdays, ordinals }: Rule, longest: number): ((days: NumberList, span: Span) => void) => {
  const placesFrom: (readonly number[])[] = [];
  return (days, { first, length }) => {
    const weekday = weekdayOf(first);
    if (weekdays !== 0) {
      let places = placesFrom[weekday];
      if (!places) {
        places = weekdayPlaces(weekdays, weekday, longest);
        placesFrom[weekday] = places;
      }
      days.pushPlaces(first, places, length);
    }
    for (const ordinal of ordinals) {
      const earliest = (ordinal.weekday - weekday + 7) % 7;
      const latest = earliest + Math.floor((length - 1 - earliest) / 7) * 7;
      const place = ordinal.nth > 0 ? earliest + (ordinal.nth - 1) * 7 : latest + (ordinal.nth + 1) * 7;
      if (place >= 0 && place < length) days.push(first + place);
    }
  };
};

const weekdayPlaces = (weekdays: number, first: number, length: number): readonly number[] => {
  const places: number[] = [];
  for (let place = 0; place < length; place += 1) if ((weekdays >>> ((first + place) % 7)) & 1) places.push(place);
  return places;
};

/** Whether BYDAY names a day, where it limits the days that another part gave. */
const isWeekdayOf = (day: number, { first, length }: Span, { weekdays, ordinals }: Rule): boolean => {
  const weekday = weekdayOf(day);
  if ((weekdays >>> weekday) & 1) return true;
  const fromStart = Math.floor((day - first) / 7) + 1;
  const fromEnd = -Math.floor((first + length - 1 - day) / 7) - 1;
  return ordinals.some(
    (ordinal: Ordinal) => ordinal.weekday === weekday && (ordinal.nth === fromStart || ordinal.nth === fromEnd),
  );
};
