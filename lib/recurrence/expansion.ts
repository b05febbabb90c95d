import type { Zone } from "#lib/model/zone.ts";
import { type BoundedRule, mergeTimes } from "./bounded-rule.ts";
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
  readonly #from: number;
  readonly #to: number;
  readonly #startsFrom: number;
  readonly #hasExceptions: boolean;
  readonly #ruled: Instants;
  #excepted: Instants | undefined;
  #extraAt: number;
  #extra: Occurrence | undefined;
  #exceptDateAt: number;
  #given = 0;
  #isOver = false;

  constructor(plan: Plan, { from, to, startsFrom }: Reading) {
    super();
    const local = seekOf(plan, { from, to, startsFrom });
    this.#plan = plan;
    this.#from = from;
    this.#to = to;
    this.#startsFrom = startsFrom;
    this.#hasExceptions = plan.exceptDates.length > 0 || plan.exceptDays.size > 0 || plan.exceptRules.length > 0;
    this.#extraAt = firstAtLeast(plan.extras, Math.max(startsFrom, from - plan.longestExtra), startOf);
    this.#extra = plan.extras[this.#extraAt];
    this.#exceptDateAt = firstAtLeast(plan.exceptDates, local - 2 * msPerDay, itself);
    this.#ruled = instantsOf(plan.rules, local, plan.zone);
    // A start that was fixed to the second of two repeated times is later than wall clocks that follow it.
    while (this.#ruled.instant < plan.firstStart) this.#ruled.advance();
    if (plan.exceptRules.length > 0) this.#excepted = instantsOf(plan.exceptRules, local, plan.zone);
  }

  override next(): IteratorResult<Occurrence, undefined> {
    for (let excepted = 0; !this.#isOver; ) {
      const ruled = this.#ruled;
      const start = ruled.instant;
      const extra = this.#extra;
      let occurrence: Occurrence;
      if (extra !== undefined && extra.start <= start) {
        occurrence = this.#takeExtra(extra);
      } else {
        if (start >= this.#to) break;
        occurrence = { start, end: endOf(this.#plan, start, ruled.shown), local: ruled.local };
        ruled.advance();
      }
      if (occurrence.start >= this.#to) break;
      if (this.#isOutside(occurrence)) continue;
      if (this.#hasExceptions && this.#isExcepted(occurrence)) {
        excepted += 1;
        this.gaveUp = excepted === maxExcepted;
        if (this.gaveUp) break;
        continue;
      }

      this.#given += 1;
      if (this.#given > maxOccurrences) {
        throw new RecurrenceError("caps", "", `The series has more than ${maxOccurrences} instances in the time asked for.`);
      }
      return { value: occurrence, done: false };
    }
    this.#isOver = true;
    return { value: undefined, done: true };
  }

  /** Passes on to the next extra, and over what the rules have at the time of this one: an extra wins. */
  #takeExtra(extra: Occurrence): Occurrence {
    this.#extraAt += 1;
    this.#extra = this.#plan.extras[this.#extraAt];
    if (extra.start === this.#ruled.instant) this.#ruled.advance();
    return extra;
  }

  /** Whether an instance that a seek came upon is before the window after all. */
  #isOutside({ start, end }: Occurrence): boolean {
    return start < this.#startsFrom || (end <= this.#from && !(start === end && start === this.#from));
  }

  #isExcepted({ start, local }: Occurrence): boolean {
    const { zone, exceptDates, exceptDays, exceptRules } = this.#plan;
    if (this.#exceptDateAt < exceptDates.length) {
      while ((exceptDates[this.#exceptDateAt] ?? start) < start) this.#exceptDateAt += 1;
      if (exceptDates[this.#exceptDateAt] === start) return true;
    }
    if (exceptDays.size > 0 && exceptDays.has(Math.floor(local / msPerDay))) return true;

    let excepted = this.#excepted;
    if (!excepted) return false;
    for (let step = 0; excepted.instant < start && step < patience; step += 1) excepted.advance();
    if (excepted.instant < start) {
      excepted = instantsOf(exceptRules, earliestLocal(zone, start), zone);
      while (excepted.instant < start) excepted.advance();
      this.#excepted = excepted;
    }
    return excepted.instant === start;
  }
}

const instantsOf = (rules: readonly BoundedRule[], local: number, zone: Zone | null): Instants =>
  new Instants(mergeTimes(rules.map((rule) => rule.from(local))), zone);

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
