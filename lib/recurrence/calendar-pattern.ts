import { msPerDay } from "./civil.ts";
import type { ExpandDays } from "./expand-days.ts";
import { choosePlaces, NumberList } from "./number-list.ts";
import { endOfTime, type LocalTimes, type Pattern } from "./pattern.ts";

/** What a CalendarPattern is made of; periods are years, months or weeks. */
export interface Calendar {
  /** DTSTART's period. */
  readonly origin: number;
  /** How many periods lie between two that count. */
  readonly interval: number;
  readonly periodOf: (day: number) => number;
  readonly expand: ExpandDays;
  /** The times of day (ms) on each of the days, ascending. */
  readonly times: readonly number[];
  /** BYSETPOS; empty for all. */
  readonly positions: readonly number[];
  /** After how many periods without a day there never is one: those of 400 years, after which the calendar repeats itself. */
  readonly cycle: number;
  /** How many periods early a seek must begin, because SKIP may move a day out of its period. */
  readonly reach: number;
}

/** Days in a leap year. */
const longestPeriod = 366;

/** A pattern of years, months or weeks, which are not all alike: each is expanded into days. */
export class CalendarPattern implements Pattern {
  readonly #calendar: Calendar;

  constructor(calendar: Calendar) {
    this.#calendar = calendar;
  }

  between(local: number, last: number): LocalTimes {
    return new CalendarTimes(this.#calendar, local, Math.min(last, endOfTime - 1));
  }
}

class CalendarTimes implements LocalTimes {
  steps = 0;
  readonly #calendar: Calendar;
  /** The days of the period at hand, and which of its wall clocks BYSETPOS chose, when it did. */
  readonly #days = new NumberList();
  readonly #chosen = new NumberList();
  readonly #last: number;
  readonly #lastPeriod: number;
  #period: number;
  #index = 0;
  #size = 0;
  /** Wall clocks before this one are passed over: those before the seek, then those that two periods share by SKIP. */
  #earliest: number;

  constructor(calendar: Calendar, local: number, last: number) {
    const { origin, interval, periodOf, reach } = calendar;
    this.#calendar = calendar;
    this.#earliest = local;
    this.#last = last;
    // One more, for the days that SKIP moves back into the period before.
    this.#lastPeriod = periodOf(Math.floor(last / msPerDay) + longestPeriod * reach);
    const ahead = Math.floor((periodOf(Math.floor(local / msPerDay)) - origin) / interval) - reach;
    this.#period = origin + Math.max(0, ahead) * interval;
    this.#expand();
    this.#skipDaysBefore(local);
  }

  next(): number {
    for (let barren = 0; barren <= this.#calendar.cycle; ) {
      this.steps += 1;
      if (this.#index === this.#size) {
        this.#period += this.#calendar.interval;
        this.#expand();
        if (this.#size === 0) {
          barren += 1;
          if (this.#period > this.#lastPeriod) break;
          continue;
        }
      }
      const local = this.#at(this.#index);
      this.#index += 1;
      if (local < this.#earliest) continue;
      if (local > this.#last) break;
      this.#earliest = local + 1;
      return local;
    }
    this.#index = this.#size;
    this.#period = Number.POSITIVE_INFINITY;
    return Number.POSITIVE_INFINITY;
  }

  #at(index: number): number {
    const { times, positions } = this.#calendar;
    const place = positions.length > 0 ? this.#chosen.at(index) : index;
    if (times.length === 1) return this.#days.at(place) * msPerDay + (times[0] ?? 0);
    const day = Math.floor(place / times.length);
    return this.#days.at(day) * msPerDay + (times[place - day * times.length] ?? 0);
  }

  #expand(): void {
    const { expand, times, positions } = this.#calendar;
    const days = this.#days;
    days.clear();
    this.#index = 0;
    this.#size = 0;
    if (this.#period > this.#lastPeriod) return;
    expand(this.#period, days);
    days.settle();
    this.#size = days.size * times.length;
    if (positions.length > 0) {
      choosePlaces(this.#chosen, this.#size, positions);
      this.#size = this.#chosen.size;
    }
  }

  /** Passes over whole days at once, for a period may hold millions of wall clocks. */
  #skipDaysBefore(local: number): void {
    if (this.#calendar.positions.length > 0) return;
    const first = Math.floor(local / msPerDay);
    let skipped = 0;
    while (skipped < this.#days.size && this.#days.at(skipped) < first) skipped += 1;
    this.#index = skipped * this.#calendar.times.length;
  }
}
