import { maxSteps } from "./caps.ts";
import { msPerDay } from "./civil.ts";
import type { DayFilter } from "./day-filter.ts";
import { endOfTime, type LocalTimes, type Pattern } from "./pattern.ts";

/** What a LimitedPattern is made of; periods are a day, an hour, a minute or a second times INTERVAL, and never straddle days. */
export interface Limits {
  /** The start of DTSTART's period, and the milliseconds from one period to the next. */
  readonly origin: number;
  readonly length: number;
  /** Where in a period the wall clocks are, ascending. */
  readonly offsets: readonly number[];
  readonly days: DayFilter;
  /** The first time of day (ms) at or after one at which a period may start; a day's length when there is none. */
  readonly slotFrom: (timeOfDay: number) => number;
}

/** A pattern of short periods of which only some pass: it jumps over the days and times of day that cannot match. */
export class LimitedPattern implements Pattern {
  readonly #limits: Limits;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  between(local: number, last: number): LocalTimes {
    return new LimitedTimes(this.#limits, local, Math.min(last, endOfTime - 1));
  }
}

class LimitedTimes implements LocalTimes {
  steps = 0;
  readonly #limits: Limits;
  readonly #last: number;
  #period: number;
  #index = 0;

  constructor(limits: Limits, local: number, last: number) {
    const { origin, length, offsets } = limits;
    this.#limits = limits;
    this.#last = last;
    const start = origin + Math.max(0, Math.floor((local - origin) / length)) * length;
    this.#period = this.#passingFrom(start);
    if (this.#period === start) {
      while (this.#index < offsets.length && start + (offsets[this.#index] ?? 0) < local) this.#index += 1;
      this.#settle();
    }
  }

  next(): number {
    const { offsets } = this.#limits;
    if (this.#period === Number.POSITIVE_INFINITY || offsets.length === 0) return Number.POSITIVE_INFINITY;
    const local = this.#period + (offsets[this.#index] ?? 0);
    this.#index += 1;
    this.steps += 1;
    this.#settle();
    return local <= this.#last ? local : Number.POSITIVE_INFINITY;
  }

  #settle(): void {
    if (this.#index < this.#limits.offsets.length) return;
    this.#index = 0;
    this.#period = this.#passingFrom(this.#period + this.#limits.length);
  }

  /** The first period at or after a time that passes every limit, or Infinity. */
  #passingFrom(earliest: number): number {
    const { origin, length, days, slotFrom } = this.#limits;
    let time = earliest;
    for (let step = 0; step < maxSteps; step += 1) {
      const period = origin + Math.ceil((time - origin) / length) * length;
      if (period > this.#last) return Number.POSITIVE_INFINITY;
      this.steps += 1;

      const day = Math.floor(period / msPerDay);
      const passingDay = days.nextFrom(day);
      if (passingDay > day) {
        time = passingDay * msPerDay;
        continue;
      }
      const timeOfDay = period - day * msPerDay;
      const slot = slotFrom(timeOfDay);
      if (slot === timeOfDay) return period;
      time = day * msPerDay + slot;
    }
    return Number.POSITIVE_INFINITY;
  }
}
