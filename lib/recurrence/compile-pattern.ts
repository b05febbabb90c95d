import { CalendarPattern } from "./calendar-pattern.ts";
import { maxTimesPerPeriod } from "./caps.ts";
import {
  daysBefore,
  monthOf,
  msPerDay,
  msPerHour,
  msPerMinute,
  msPerSecond,
  weekdayOf,
  weekStart,
  weekYearOf,
  yearOf,
  yearStart,
} from "./civil.ts";
import { DayFilter } from "./day-filter.ts";
import { RecurrenceError } from "./error.ts";
import { type ExpandDays, expandChosenMonth, expandMonth, expandWeek, expandYear, type StartDate } from "./expand-days.ts";
import { LimitedPattern, type Limits } from "./limited-pattern.ts";
import { chooseFrom } from "./number-list.ts";
import type { Rule } from "./parse-rule.ts";
import type { Pattern } from "./pattern.ts";
import { type Allowed, isReachable, isTooSparse, limitsTimes, slotFinder } from "./slots.ts";
import { SteadyPattern } from "./steady-pattern.ts";

/** What DTSTART gives a rule. */
export interface Anchor {
  readonly local: number;
  readonly allDay: boolean;
}

/**
 * Turns a rule into the wall clocks that it matches from DTSTART's period on, choosing the cheapest way: arithmetic where all
 * periods are alike, jumps where short periods are limited, expansion into days for months and years.
 */
export const compilePattern = (rule: Rule, anchor: Anchor): Pattern => {
  switch (rule.frequency) {
    case "SECONDLY":
    case "MINUTELY":
    case "HOURLY":
      return compileClock(rule, anchor);
    case "DAILY":
      return compileDaily(rule, anchor);
    case "WEEKLY":
      return compileWeekly(rule, anchor);
    case "MONTHLY":
    case "YEARLY":
      return compileCalendar(rule, anchor);
  }
};

const compileClock = (rule: Rule, { local, allDay }: Anchor): Pattern => {
  if (allDay)
    throw new RecurrenceError("FREQ", rule.line, `FREQ=${rule.frequency} cannot be used with a start that has no time of day.`);

  const unit = rule.frequency === "HOURLY" ? msPerHour : rule.frequency === "MINUTELY" ? msPerMinute : msPerSecond;
  const origin = Math.floor(local / unit) * unit;
  const length = rule.interval * unit;
  const offsets = chooseFrom(timesWithin(unit, rule, local), rule.positions);
  const days = new DayFilter(rule);
  const allowed = {
    weekdays: rule.weekdays,
    hours: rule.hours,
    minutes: unit < msPerHour ? rule.minutes : [],
    seconds: unit < msPerMinute ? withoutLeapSecond(rule.seconds) : [],
  };
  if (days.isOpen && !limitsTimes(allowed)) return new SteadyPattern(origin, length, offsets);
  return compileLimited({ origin, length, offsets, days, slotFrom: slotFinder(allowed) }, allowed, rule);
};

const compileDaily = (rule: Rule, { local, allDay }: Anchor): Pattern => {
  const origin = Math.floor(local / msPerDay) * msPerDay;
  const length = rule.interval * msPerDay;
  const offsets = chooseFrom(allDay ? [0] : timesWithin(msPerDay, rule, local), rule.positions);
  const days = new DayFilter(rule);
  if (days.isOpen) return new SteadyPattern(origin, length, offsets);
  const allowed = { weekdays: rule.weekdays, hours: [], minutes: [], seconds: [] };
  return compileLimited({ origin, length, offsets, days, slotFrom: (timeOfDay) => timeOfDay }, allowed, rule);
};

/** A pattern of limited short periods; an empty one where a limit can never be met, which a walk would find out too late. */
const compileLimited = (limits: Limits, allowed: Allowed, rule: Rule): Pattern => {
  const { origin, length, days } = limits;
  if (limitsTimes(allowed) && isTooSparse(origin, length)) {
    throw new RecurrenceError("caps", rule.line, `INTERVAL=${rule.interval} meets the times of day of this rule too seldom.`);
  }
  const isEmpty =
    days.nextFrom(Math.floor(origin / msPerDay)) === Number.POSITIVE_INFINITY || !isReachable(origin, length, allowed);
  return isEmpty ? new SteadyPattern(origin, length, []) : new LimitedPattern(limits);
};

const compileWeekly = (rule: Rule, anchor: Anchor): Pattern => {
  const { local, allDay } = anchor;
  const startDay = Math.floor(local / msPerDay);
  const firstDay = weekStart(startDay, rule.firstWeekday);
  const times = allDay ? [0] : timesWithin(msPerDay, rule, local);
  if (rule.months.length > 0) {
    const start = { month: 0, date: 0, weekday: weekdayOf(startDay) };
    return new CalendarPattern({
      origin: firstDay,
      interval: rule.interval * 7,
      periodOf: (day) => weekStart(day, rule.firstWeekday),
      expand: expandWeek(rule, start),
      times,
      positions: rule.positions,
      cycle: 20_871,
      reach: 0,
    });
  }

  const weekdays = rule.weekdays || 1 << weekdayOf(startDay);
  const all: number[] = [];
  for (let index = 0; index < 7; index += 1) {
    if (!((weekdays >>> ((rule.firstWeekday + index) % 7)) & 1)) continue;
    for (const time of times) all.push(index * msPerDay + time);
  }
  return new SteadyPattern(firstDay * msPerDay, rule.interval * 7 * msPerDay, chooseFrom(all, rule.positions));
};

const compileCalendar = (rule: Rule, { local, allDay }: Anchor): Pattern => {
  const day = Math.floor(local / msPerDay);
  const year = yearOf(day);
  const dayOfYear = day - yearStart(year);
  const month = monthOf(year, dayOfYear);
  const start = { month, date: dayOfYear - daysBefore(year, month) + 1, weekday: weekdayOf(day) };
  const { periodOf, expand } = rule.frequency === "MONTHLY" ? monthly(rule, start) : yearly(rule, start);
  const times = allDay ? [0] : timesWithin(msPerDay, rule, local);
  const choosesDays =
    rule.frequency === "MONTHLY" &&
    rule.positions.length > 0 &&
    times.length === 1 &&
    rule.ordinals.length === 0 &&
    rule.skip === "OMIT";
  return new CalendarPattern({
    origin: periodOf(day),
    interval: rule.interval,
    periodOf,
    expand: choosesDays ? expandChosenMonth(rule, start) : expand,
    times,
    positions: choosesDays ? [] : rule.positions,
    cycle: rule.frequency === "MONTHLY" ? 4_800 : 400,
    reach: rule.skip === "OMIT" ? 0 : 1,
  });
};

interface Periods {
  readonly periodOf: (day: number) => number;
  readonly expand: ExpandDays;
}

const monthly = (rule: Rule, start: StartDate): Periods => ({ periodOf: monthsUntil, expand: expandMonth(rule, start) });

const yearly = (rule: Rule, start: StartDate): Periods => ({
  periodOf: rule.weeks.length > 0 ? (day) => weekYearOf(day, rule.firstWeekday) : yearOf,
  expand: expandYear(rule, start),
});

/** The months from year 0 to the one that holds a day. */
const monthsUntil = (day: number): number => {
  const year = yearOf(day);
  return year * 12 + monthOf(year, day - yearStart(year)) - 1;
};

/**
 * The times at which a rule falls in each period of a day, an hour, a minute or a second, as milliseconds from its start,
 * ascending: BYHOUR, BYMINUTE and BYSECOND as far as they are smaller than the period, otherwise those of DTSTART.
 */
const timesWithin = (unit: number, rule: Rule, local: number): readonly number[] => {
  const hours = unit > msPerHour ? orStart(rule.hours, local, msPerHour, 24) : [0];
  const minutes = unit > msPerMinute ? orStart(rule.minutes, local, msPerMinute, 60) : [0];
  const seconds = unit > msPerSecond ? orStart(withoutLeapSecond(rule.seconds), local, msPerSecond, 60) : [0];
  const rest = local - Math.floor(local / msPerSecond) * msPerSecond;
  if (hours.length * minutes.length * seconds.length > maxTimesPerPeriod) {
    throw new RecurrenceError("caps", rule.line, `A rule may name at most ${maxTimesPerPeriod} times of day.`);
  }

  const times: number[] = [];
  for (const hour of hours) {
    for (const minute of minutes) {
      for (const second of seconds) times.push(hour * msPerHour + minute * msPerMinute + second * msPerSecond + rest);
    }
  }
  return times;
};

const orStart = (named: readonly number[], local: number, unit: number, count: number): readonly number[] => {
  if (named.length > 0) return named;
  const units = Math.floor(local / unit);
  return [units - Math.floor(units / count) * count];
};

/** No clock here has a second 60: it is the second before (RFC 5545, 3.3.12). */
const withoutLeapSecond = (seconds: readonly number[]): readonly number[] => {
  if (seconds.at(-1) !== 60) return seconds;
  const others = seconds.slice(0, -1);
  return others.at(-1) === 59 ? others : [...others, 59];
};
