import type { Zone } from "#lib/model/zone.ts";
import type { LocalTimes } from "./pattern.ts";

const none = Number.POSITIVE_INFINITY;

/**
 * Wall clocks as instants of a zone, ascending. Those that a gap leaves out move forward past wall clocks that come after them in
 * the rule, so they are held back and merged; where two become one instant, it is given once.
 */
export class Instants {
  /** The instant at hand, the wall clock that the rule gave for it, and the one that shows then; Infinity at the end. */
  instant = none;
  local = none;
  shown = none;
  readonly #times: LocalTimes;
  readonly #zone: Zone | null;
  /** The gap's instants, from `#heldAt` on, and the first wall clock after the gap. */
  #held: { instant: number; local: number; shown: number }[] = [];
  #heldAt = 0;
  #afterGap = none;

  constructor(times: LocalTimes, zone: Zone | null) {
    this.#times = times;
    this.#zone = zone;
    this.advance();
  }

  /** Moves to the next instant. */
  advance(): void {
    if (this.#heldAt < this.#held.length) {
      this.#advanceInGap();
      return;
    }
    const local = this.#afterGap === none ? this.#times.next() : this.#afterGap;
    this.#afterGap = none;
    this.local = local;
    this.shown = local;
    const zone = this.#zone;
    if (zone === null || local === none) {
      this.instant = local;
      return;
    }
    const instant = zone.toInstant(local);
    this.instant = instant;
    this.shown = zone.toLocal(instant);
    if (this.shown !== local) this.#holdGap(zone, local);
  }

  #holdGap(zone: Zone, first: number): void {
    this.#held = [];
    this.#heldAt = 0;
    let local = first;
    while (local !== none) {
      const instant = zone.toInstant(local);
      const shown = zone.toLocal(instant);
      if (shown === local) break;
      this.#held.push({ instant, local, shown });
      local = this.#times.next();
    }
    this.#afterGap = local;
    this.#advanceInGap();
  }

  #advanceInGap(): void {
    const held = this.#held[this.#heldAt];
    const after = this.#afterGap === none || !this.#zone ? none : this.#zone.toInstant(this.#afterGap);
    if (held && held.instant < after) {
      this.instant = held.instant;
      this.local = held.local;
      this.shown = held.shown;
      this.#heldAt += 1;
      return;
    }
    if (held?.instant === after) this.#heldAt += 1;
    this.instant = after;
    this.local = this.#afterGap;
    this.shown = this.#afterGap;
    this.#afterGap = this.#times.next();
  }
}
