import { endOfTime, type LocalTimes, type Pattern } from "./pattern.ts";

/** A pattern whose periods are all alike, such as each second week on two weekdays: everything about it is arithmetic. */
export class SteadyPattern implements Pattern {
  readonly #origin: number;
  readonly #length: number;
  readonly #offsets: readonly number[];

  /** Periods of `length` milliseconds from `origin` on, each with wall clocks at the same ascending offsets from its start. */
  constructor(origin: number, length: number, offsets: readonly number[]) {
    this.#origin = origin;
    this.#length = length;
    this.#offsets = offsets;
  }

  between(local: number, last: number): LocalTimes {
    const size = this.#offsets.length;
    // With no wall clocks at all, none comes before the end either.
    if (size === 0) return new SteadyTimes(Number.POSITIVE_INFINITY, this.#length, [0], 0, last);
    const position = this.#positionOf(local);
    const period = Math.floor(position / size);
    const start = this.#origin + period * this.#length;
    return new SteadyTimes(start, this.#length, this.#offsets, position - period * size, Math.min(last, endOfTime - 1));
  }

  nthFrom(local: number, n: number): number {
    const size = this.#offsets.length;
    if (size === 0) return Number.POSITIVE_INFINITY;
    const position = this.#positionOf(local) + n - 1;
    const period = Math.floor(position / size);
    return this.#origin + period * this.#length + (this.#offsets[position - period * size] ?? 0);
  }

  /** How many wall clocks of the pattern come before a time. */
  #positionOf(local: number): number {
    const size = this.#offsets.length;
    const period = Math.max(0, Math.floor((local - this.#origin) / this.#length));
    const rest = local - this.#origin - period * this.#length;
    let index = 0;
    while (index < size && (this.#offsets[index] ?? 0) < rest) index += 1;
    return period * size + index;
  }
}

class SteadyTimes implements LocalTimes {
  steps = 0;
  readonly #length: number;
  readonly #offsets: readonly number[];
  readonly #last: number;
  #start: number;
  #index: number;

  constructor(start: number, length: number, offsets: readonly number[], index: number, last: number) {
    this.#start = start;
    this.#length = length;
    this.#offsets = offsets;
    this.#index = index;
    this.#last = last;
  }

  next(): number {
    const offsets = this.#offsets;
    const local = this.#start + (offsets[this.#index] ?? 0);
    this.#index += 1;
    if (this.#index === offsets.length) {
      this.#index = 0;
      this.#start += this.#length;
    }
    this.steps += 1;
    return local <= this.#last ? local : Number.POSITIVE_INFINITY;
  }
}
