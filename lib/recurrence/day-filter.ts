import { daysBefore, monthLength, monthOf, weekdayOf, yearLength, yearOf, yearStart } from "./civil.ts";
import type { Rule } from "./parse-rule.ts";

/** The Gregorian calendar repeats itself, weekdays included, after 400 years: what has not passed by then never does. */
const daysPerCycle = 146_097;

type DayParts = Pick<Rule, "months" | "monthDays" | "yearDays" | "weekdays">;

/** The days that BYMONTH, BYMONTHDAY, BYYEARDAY and BYDAY let through where RFC 5545 has them limit. */
export class DayFilter {
  /** Whether every day passes. */
  readonly isOpen: boolean;
  readonly #months: number;
  readonly #monthDays: number;
  readonly #monthDaysFromEnd: number;
  readonly #yearDays: ReadonlySet<number> | undefined;
  readonly #weekdays: number;

  constructor({ months, monthDays, yearDays, weekdays }: DayParts) {
    this.#months = maskOf(months);
    this.#monthDays = maskOf(monthDays.filter((date) => date > 0));
    this.#monthDaysFromEnd = maskOf(monthDays.filter((date) => date < 0).map((date) => -date));
    this.#yearDays = yearDays.length > 0 ? new Set(yearDays) : undefined;
    this.#weekdays = weekdays;
    this.isOpen = months.length === 0 && monthDays.length === 0 && yearDays.length === 0 && weekdays === 0;
  }

  passes(day: number): boolean {
    return this.#weekdayPasses(day) && this.#datePasses(day);
  }

  /** The first day at or after a day that passes, or Infinity. */
  nextFrom(day: number): number {
    if (this.isOpen) return day;
    let candidate = day;
    while (candidate < day + daysPerCycle) {
      if (this.#months !== 0) candidate = this.#inMonthFrom(candidate);
      if (this.passes(candidate)) return candidate;
      candidate += 1;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The day itself, or the first of the next month that BYMONTH names. */
  #inMonthFrom(day: number): number {
    let year = yearOf(day);
    let month = monthOf(year, day - yearStart(year));
    if (has(this.#months, month)) return day;
    do {
      month += 1;
      if (month > 12) {
        month = 1;
        year += 1;
      }
    } while (!has(this.#months, month));
    return yearStart(year) + daysBefore(year, month);
  }

  #weekdayPasses(day: number): boolean {
    return this.#weekdays === 0 || has(this.#weekdays, weekdayOf(day));
  }

  #datePasses(day: number): boolean {
    const byMonthDay = this.#monthDays !== 0 || this.#monthDaysFromEnd !== 0;
    if (this.#months === 0 && !byMonthDay && !this.#yearDays) return true;

    const year = yearOf(day);
    const dayOfYear = day - yearStart(year);
    if (this.#yearDays && !this.#yearDays.has(dayOfYear + 1) && !this.#yearDays.has(dayOfYear - yearLength(year))) return false;
    if (this.#months === 0 && !byMonthDay) return true;

    const month = monthOf(year, dayOfYear);
    if (this.#months !== 0 && !has(this.#months, month)) return false;
    if (!byMonthDay) return true;

    const date = dayOfYear - daysBefore(year, month) + 1;
    return has(this.#monthDays, date) || has(this.#monthDaysFromEnd, monthLength(year, month) - date + 1);
  }
}

const maskOf = (numbers: readonly number[]): number => numbers.reduce((mask, number) => mask | (1 << number), 0);

const has = (mask: number, bit: number): boolean => ((mask >>> bit) & 1) === 1;
