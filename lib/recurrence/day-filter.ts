import { daysBefore, monthLength, monthOf, weekdayOf, yearLength, yearOf, yearStart } from "./civil.ts";
import type { Rule } from "./parse-rule.ts";

/** The months after which the Gregorian calendar repeats itself, weekdays included: what has not passed by then never does. */
const monthsPerCycle = 4_800;

type DayParts = Pick<Rule, "months" | "monthDays" | "yearDays" | "weekdays">;

/**
 * The days that BYMONTH, BYMONTHDAY, BYYEARDAY and BYDAY let through where RFC 5545 has them limit. It works by the month: the
 * days that pass are the bits of one number, so that the next one is found without trying each day.
 */
export class DayFilter {
  /** Whether every day passes. */
  readonly isOpen: boolean;
  readonly #parts: DayParts;
  readonly #months: number;

  // The month asked for last: its first day, the one after its last, and its days that pass, bit 0 being the first. A pure cache.
  #year = 0;
  #month = 0;
  #first = 0;
  #end = 0;
  #mask = 0;

  constructor(parts: DayParts) {
    this.#parts = parts;
    this.#months = parts.months.reduce((mask, month) => mask | (1 << month), 0);
    this.isOpen = [parts.months, parts.monthDays, parts.yearDays].every((list) => list.length === 0) && parts.weekdays === 0;
  }

  passes(day: number): boolean {
    if (day < this.#first || day >= this.#end) this.#load(day);
    return ((this.#mask >>> (day - this.#first)) & 1) === 1;
  }

  /** The first day at or after a day that passes, or Infinity. */
  nextFrom(day: number): number {
    if (this.isOpen) return day;
    if (day < this.#first || day >= this.#end) this.#load(day);
    let candidate = day;
    for (let month = 0; month <= monthsPerCycle; month += 1) {
      const later = this.#mask >>> (candidate - this.#first);
      if (later !== 0) return candidate + lowestBit(later);
      this.#loadNext();
      candidate = this.#first;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The days of a month that pass, bit 0 being the first. */
  daysOfMonth(year: number, month: number): number {
    this.#loadMonth(year, month);
    return this.#mask;
  }

  #load(day: number): void {
    const year = yearOf(day);
    this.#loadMonth(year, monthOf(year, day - yearStart(year)));
  }

  /** The next month that BYMONTH lets through. */
  #loadNext(): void {
    let year = this.#year;
    let month = this.#month;
    do {
      month += 1;
      if (month > 12) {
        month = 1;
        year += 1;
      }
    } while (!this.#hasMonth(month));
    this.#loadMonth(year, month);
  }

  #loadMonth(year: number, month: number): void {
    const before = daysBefore(year, month);
    const length = monthLength(year, month);
    this.#year = year;
    this.#month = month;
    this.#first = yearStart(year) + before;
    this.#end = this.#first + length;
    this.#mask = this.#hasMonth(month) ? this.#maskOf(year, before, length) : 0;
  }

  #hasMonth(month: number): boolean {
    return this.#months === 0 || ((this.#months >>> month) & 1) === 1;
  }

  #maskOf(year: number, daysBeforeMonth: number, length: number): number {
    const { monthDays, yearDays, weekdays } = this.#parts;
    let mask = 2 ** length - 1;
    if (monthDays.length > 0) {
      let named = 0;
      // A shift counts modulo 32, so the dates that the month does not have must be left out first.
      for (const date of monthDays) if (Math.abs(date) <= length) named |= 1 << (date > 0 ? date - 1 : length + date);
      mask &= named;
    }
    if (weekdays !== 0) {
      const turned = (weekdays | (weekdays << 7)) >>> weekdayOf(this.#first);
      const week = turned & 0b1111111;
      mask &= week | (week << 7) | (week << 14) | (week << 21) | (week << 28);
    }
    if (yearDays.length > 0) {
      let named = 0;
      for (const number of yearDays) {
        const place = (number > 0 ? number - 1 : yearLength(year) + number) - daysBeforeMonth;
        if (place >= 0 && place < length) named |= 1 << place;
      }
      mask &= named;
    }
    return mask;
  }
}

const lowestBit = (mask: number): number => 31 - Math.clz32(mask & -mask);
