import type { Zone } from "#lib/model/zone.ts";
import { RecurrenceError } from "./error.ts";
import { Expansion } from "./expansion.ts";
import type { Occurrence, SeriesStart } from "./occurrence.ts";
import { type Plan, planOf } from "./plan.ts";

export type { Occurrence, SeriesStart } from "./occurrence.ts";

/** The time that the instances of a series take up, in instants. */
export interface Bounds {
  /** The start of the first instance. */
  readonly first: number;
  /** The end of the instance that ends last; null when the series never ends. */
  readonly lastEnd: number | null;
}

/** A series of instances (RFC 5545, 3.8.5): computed from any place in it, at a cost that follows what is read. */
export interface Series {
  /**
   * The instances that overlap a window: those that end after `from` and start before `to`, by ascending start. An instance
   * without length at `from` itself belongs to the window, so that adjacent windows lose none (RFC 4791, 9.9). Lazy: the caller
   * may stop at any time; `from` may be -Infinity and `to` Infinity. Throws RecurrenceError after 250 000 instances.
   */
  occurrences(window: { readonly from: number; readonly to: number }): IterableIterator<Occurrence>;
  /** The instance that starts at exactly this instant, if the series has one and no exception takes it away. */
  at(start: number): Occurrence | undefined;
  /**
   * From the first start to the last end; undefined when the exceptions leave nothing. Computed when first asked for. Throws
   * RecurrenceError when that would take too long, so an insert asks before it stores a series.
   */
  readonly bounds: Bounds | undefined;
}

/**
 * Compiles a series from its start and its RRULE, RDATE, EXDATE and EXRULE lines (unfolded; names in any case). DTSTART is always
 * an instance. Throws RecurrenceError with the part that cannot be read, that RFC 5545 forbids, or that costs too much.
 */
export const compileSeries = (start: SeriesStart, lines: readonly string[]): Series => new CompiledSeries(planOf(start, lines));

/** How far before the last start `bounds` begins to look: more than a gap of summer time, by which ends may change places. */
const firstReach = 7_200_000;

class CompiledSeries implements Series {
  readonly #plan: Plan;
  #bounds: Bounds | undefined;
  #hasBounds = false;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  occurrences({ from, to }: { readonly from: number; readonly to: number }): IterableIterator<Occurrence> {
    return new Expansion(this.#plan, { from, to, startsFrom: Number.NEGATIVE_INFINITY });
  }

  at(start: number): Occurrence | undefined {
    return new Expansion(this.#plan, { from: Number.NEGATIVE_INFINITY, to: start + 1, startsFrom: start }).next().value;
  }

  get bounds(): Bounds | undefined {
    if (!this.#hasBounds) {
      this.#bounds = this.#findBounds();
      this.#hasBounds = true;
    }
    return this.#bounds;
  }

  #findBounds(): Bounds | undefined {
    const all = this.#startsFrom(Number.NEGATIVE_INFINITY);
    const first = all.next().value;
    refuseToGiveUp(all);
    if (!first) return undefined;
    return { first: first.start, lastEnd: this.#isEndless() ? null : this.#findLastEnd(first) };
  }

  /** A rule without COUNT and UNTIL may still have no instance at all, such as one on 30 February. */
  #isEndless(): boolean {
    return this.#plan.rules.some(
      (rule) => rule.isEndless && rule.from(Number.NEGATIVE_INFINITY).next() !== Number.POSITIVE_INFINITY,
    );
  }

  /** Looks for the last instances backwards from where the rules end, in steps that grow. */
  #findLastEnd(first: Occurrence): number {
    const { extras, rules, zone } = this.#plan;
    const lastExtra = extras.at(-1)?.start ?? first.start;
    const last = Math.max(lastExtra, ...rules.map((rule) => instantOf(zone, rule.last)));
    let lastEnd = first.end;
    for (let reach = firstReach; ; reach *= 4) {
      const tail = this.#startsFrom(last - reach);
      let found = false;
      for (const { end } of tail) {
        found = true;
        lastEnd = Math.max(lastEnd, end);
      }
      refuseToGiveUp(tail);
      if (found || last - reach <= first.start) break;
    }
    // A period of RDATE may outlast what starts after it.
    for (const extra of extras) if (extra.end > lastEnd && this.at(extra.start)) lastEnd = extra.end;
    return lastEnd;
  }

  #startsFrom(startsFrom: number): Expansion {
    return new Expansion(this.#plan, { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, startsFrom });
  }
}

const instantOf = (zone: Zone | null, local: number): number => (zone === null ? local : zone.toInstant(local));

const refuseToGiveUp = (expansion: Expansion): void => {
  if (expansion.gaveUp)
    throw new RecurrenceError("caps", "", "The exceptions of the series take away too many instances in a row.");
};
