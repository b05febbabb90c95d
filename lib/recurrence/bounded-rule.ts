import type { Zone } from "#lib/model/zone.ts";
import { maxCounted } from "./caps.ts";
import { msPerDay } from "./civil.ts";
import { RecurrenceError } from "./error.ts";
import type { Rule } from "./parse-rule.ts";
import { endOfTime, type LocalTimes, type Pattern } from "./pattern.ts";

/** A pattern with the end that COUNT or UNTIL puts to it. */
export class BoundedRule {
  /** Whether neither COUNT nor UNTIL ends the rule. */
  readonly isEndless: boolean;
  readonly #rule: Rule;
  readonly #pattern: Pattern;
  readonly #zone: Zone | null;
  readonly #first: number;
  readonly #quota: number;
  readonly #end: End;
  #last: number | undefined;

  /** The wall clocks at or after `first`, at most `quota` of them. */
  constructor(rule: Rule, pattern: Pattern, { zone, first, quota }: { zone: Zone | null; first: number; quota: number }) {
    this.isEndless = rule.count === undefined && rule.until === undefined;
    this.#rule = rule;
    this.#pattern = pattern;
    this.#zone = zone;
    this.#first = first;
    this.#quota = quota;
    this.#end = endOf(rule, zone);
  }

  /** The wall clocks at or after a time. */
  from(local: number): LocalTimes {
    const first = Math.max(local, this.#first);
    const { instant } = this.#end;
    const counts = this.#quota !== Number.POSITIVE_INFINITY;
    // Counting along is as good as knowing the last one, when the walk begins at the first.
    if (counts && !this.#pattern.nthFrom && first === this.#first) {
      return new CountedTimes(this.#pattern.between(first, this.#end.local), this.#quota);
    }
    if (this.last < first) return noTimes;
    const times = this.#pattern.between(first, this.last);
    return instant === undefined || !this.#zone ? times : new TimesUntil(times, this.#zone, instant);
  }

  /** A wall clock that none of the rule's is after; with COUNT, the very last. Throws when COUNT takes too long to count. */
  get last(): number {
    this.#last ??= Math.min(this.#quota === Number.POSITIVE_INFINITY ? this.#end.local : this.#countToLast(), endOfTime - 1);
    return this.#last;
  }

  #countToLast(): number {
    const quota = this.#quota;
    if (quota === 0) return Number.NEGATIVE_INFINITY;
    if (this.#pattern.nthFrom) return this.#pattern.nthFrom(this.#first, quota);

    const times = this.#pattern.between(this.#first, endOfTime);
    let last = Number.NEGATIVE_INFINITY;
    for (let counted = 0; counted < quota; counted += 1) {
      const local = times.next();
      if (local === Number.POSITIVE_INFINITY) break;
      last = local;
      if (times.steps > maxCounted) {
        throw new RecurrenceError("caps", this.#rule.line, `COUNT=${this.#rule.count} takes too long to count for this rule.`);
      }
    }
    return last;
  }
}

/** UNTIL, inclusive, as the last wall clock and, where that does not decide it, the last instant. */
interface End {
  readonly local: number;
  readonly instant: number | undefined;
}

const endOf = ({ until }: Rule, zone: Zone | null): End => {
  if (!until) return { local: Number.POSITIVE_INFINITY, instant: undefined };
  const { kind, time } = until;
  if (kind === "date") return { local: time + msPerDay - 1, instant: undefined };
  if (kind === "local" || !zone) return { local: time, instant: undefined };
  // Within a day of a change of offset the wall clocks do not come in the order of their instants.
  const before = zone.offsetAt(time - msPerDay);
  const after = zone.offsetAt(time + msPerDay);
  const offset = zone.offsetAt(time);
  const isCalm = before === offset && after === offset;
  return { local: time + Math.max(before, offset, after), instant: isCalm ? undefined : time };
};

const noTimes: LocalTimes = { steps: 0, next: () => Number.POSITIVE_INFINITY };

/** The first so many of some wall clocks. */
class CountedTimes implements LocalTimes {
  readonly #source: LocalTimes;
  #remaining: number;

  constructor(source: LocalTimes, quota: number) {
    this.#source = source;
    this.#remaining = quota;
  }

  get steps(): number {
    return this.#source.steps;
  }

  next(): number {
    if (this.#remaining === 0) return Number.POSITIVE_INFINITY;
    this.#remaining -= 1;
    return this.#source.next();
  }
}

/** Those of some wall clocks whose instants are not after one. */
class TimesUntil implements LocalTimes {
  readonly #source: LocalTimes;
  readonly #zone: Zone;
  readonly #instant: number;

  constructor(source: LocalTimes, zone: Zone, instant: number) {
    this.#source = source;
    this.#zone = zone;
    this.#instant = instant;
  }

  get steps(): number {
    return this.#source.steps;
  }

  next(): number {
    let local = this.#source.next();
    while (local !== Number.POSITIVE_INFINITY && this.#zone.toInstant(local) > this.#instant) local = this.#source.next();
    return local;
  }
}

/** The wall clocks of several rules in one order, each once. */
export const mergeTimes = (sources: readonly LocalTimes[]): LocalTimes => {
  const [only = noTimes] = sources;
  return sources.length > 1 ? new MergedTimes(sources) : only;
};

class MergedTimes implements LocalTimes {
  readonly #sources: readonly LocalTimes[];
  readonly #heads: number[];

  constructor(sources: readonly LocalTimes[]) {
    this.#sources = sources;
    this.#heads = sources.map((source) => source.next());
  }

  get steps(): number {
    return this.#sources.reduce((sum, source) => sum + source.steps, 0);
  }

  next(): number {
    const earliest = Math.min(...this.#heads);
    if (earliest === Number.POSITIVE_INFINITY) return earliest;
    for (const [index, source] of this.#sources.entries()) {
      if (this.#heads[index] === earliest) this.#heads[index] = source.next();
    }
    return earliest;
  }
}
