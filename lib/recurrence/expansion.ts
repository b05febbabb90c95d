import type { Zone } from "#lib/model/zone.ts";
import { mergeTimes } from "./bounded-rule.ts";
import { maxExcepted, maxOccurrences } from "./caps.ts";
import { msPerDay } from "./civil.ts";
import { RecurrenceError } from "./error.ts";
import { Instants } from "./instants.ts";
import { endOf, type Occurrence } from "./occurrence.ts";
import type { Plan } from "./plan.ts";

/** Which instances a reading gives: those that overlap `[from, to)`, of these those that start at or after `startsFrom`. */
export interface Reading {
  readonly from: number;
  readonly to: number;
  readonly startsFrom: number;
}

/** How many times the exception rules step before a jump is cheaper. */
const patience = 32;

/** Reads the instances of a series in the order of their starts, lazily. */
export class Expansion extends Iterator<Occurrence, undefined> implements IterableIterator<Occurrence> {
  /** Whether the reading ended because too many instances in a row were excepted. */
  gaveUp = false;
  readonly #plan: Plan;
  readonly #reading: Reading;
  #ruled: Instants | undefined;
  #excepted: Instants | undefined;
  #extraAt: number;
  #exceptDateAt: number;
  #given = 0;

  constructor(plan: Plan, reading: Reading) {
    super();
    const local = seekOf(plan, reading);
    this.#plan = plan;
    this.#reading = reading;
    this.#extraAt = firstAtLeast(plan.extras, Math.max(reading.startsFrom, reading.from - plan.longestExtra), startOf);
    this.#exceptDateAt = firstAtLeast(plan.exceptDates, local - 2 * msPerDay, itself);
    if (plan.rules.length > 0) {
      const ruled = new Instants(mergeTimes(plan.rules.map((rule) => rule.from(local))), plan.zone);
      // A start that was fixed to the second of two repeated times is later than wall clocks that follow it.
      while (ruled.instant < plan.firstStart) ruled.advance();
      this.#ruled = ruled;
    }
    if (plan.exceptRules.length > 0) this.#excepted = this.#exceptedFrom(local);
  }

  override next(): IteratorResult<Occurrence, undefined> {
    const { from, to, startsFrom } = this.#reading;
    for (let barren = 0; barren < maxExcepted; barren += 1) {
      const occurrence = this.#take();
      if (!occurrence || occurrence.start >= to) return this.#finish();
      const { start, end } = occurrence;
      if (start < startsFrom || (end <= from && !(start === end && start === from))) continue;
      if (this.#isExcepted(occurrence)) continue;

      this.#given += 1;
      if (this.#given > maxOccurrences) {
        throw new RecurrenceError("caps", "", `The series has more than ${maxOccurrences} instances in the time asked for.`);
      }
      return { value: occurrence, done: false };
    }
    this.gaveUp = true;
    return this.#finish();
  }

  /** The next instance of the rules or of the extras, which win where both have one. */
  #take(): Occurrence | undefined {
    const ruled = this.#ruled;
    const extra = this.#plan.extras[this.#extraAt];
    const start = ruled ? ruled.instant : Number.POSITIVE_INFINITY;
    if (extra && extra.start <= start) {
      this.#extraAt += 1;
      if (ruled && extra.start === start) ruled.advance();
      return extra;
    }
    if (!ruled || start >= this.#reading.to) return undefined;
    const occurrence = { start, end: endOf(this.#plan, start, ruled.shown), local: ruled.local };
    ruled.advance();
    return occurrence;
  }

  #finish(): { value: undefined; done: true } {
    this.#ruled = undefined;
    this.#extraAt = this.#plan.extras.length;
    return { value: undefined, done: true };
  }

  #isExcepted({ start, local }: Occurrence): boolean {
    const { zone, exceptDates, exceptDays } = this.#plan;
    if (this.#exceptDateAt < exceptDates.length) {
      while ((exceptDates[this.#exceptDateAt] ?? start) < start) this.#exceptDateAt += 1;
      if (exceptDates[this.#exceptDateAt] === start) return true;
    }
    if (exceptDays.size > 0 && exceptDays.has(Math.floor(local / msPerDay))) return true;

    let excepted = this.#excepted;
    if (!excepted) return false;
    for (let step = 0; excepted.instant < start && step < patience; step += 1) excepted.advance();
    if (excepted.instant < start) {
      excepted = this.#exceptedFrom(earliestLocal(zone, start));
      while (excepted.instant < start) excepted.advance();
      this.#excepted = excepted;
    }
    return excepted.instant === start;
  }

  #exceptedFrom(local: number): Instants {
    return new Instants(mergeTimes(this.#plan.exceptRules.map((rule) => rule.from(local))), this.#plan.zone);
  }
}

/** The earliest wall clock that a reading can need: nothing before it overlaps the window. */
const seekOf = ({ zone, duration }: Plan, { from, startsFrom }: Reading): number => {
  const first = earliestLocal(zone, startsFrom);
  if (from === Number.NEGATIVE_INFINITY) return first;
  if (zone === null || duration.kind === "exact") return Math.max(first, earliestLocal(zone, from - duration.ms));
  const local = earliestLocal(zone, from) - duration.ms;
  const gap = zone.offsetAt(local + 2 * msPerDay) - zone.offsetAt(local - 2 * msPerDay);
  return Math.max(first, local - Math.max(0, gap));
};

/** The earliest wall clock that is read as an instant at or after one; shortly after a gap, one from inside of the gap. */
const earliestLocal = (zone: Zone | null, instant: number): number => {
  if (zone === null || instant === Number.NEGATIVE_INFINITY) return instant;
  return instant + Math.min(zone.offsetAt(instant), zone.offsetAt(instant - msPerDay));
};

const startOf = (occurrence: Occurrence): number => occurrence.start;
const itself = (number: number): number => number;

/** The index of the first element of an ascending list whose key is at least a number. */
const firstAtLeast = <T>(list: readonly T[], least: number, keyOf: (element: T) => number): number => {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const element = list[middle];
    if (element !== undefined && keyOf(element) < least) low = middle + 1;
    else high = middle;
  }
  return low;
};
