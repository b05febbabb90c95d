import type { Zone } from "#lib/model/zone.ts";

/** The start of a series and the length of its instances: DTSTART with DTEND or DURATION (RFC 5545, 3.8.2). */
export interface SeriesStart {
  /** DTSTART's wall clock as if it were UTC, in epoch milliseconds; midnight of the date when all-day. */
  readonly local: number;
  /** The zone of the wall clock. Null for all-day and floating series, whose "instants" are their wall clocks as if UTC. */
  readonly zone: Zone | null;
  readonly allDay: boolean;
  /** DTSTART's instant where the client fixed it, which tells the two times of a repeated hour apart. */
  readonly instant?: number;
  readonly duration: Length;
}

/**
 * How long each instance is. `wall`: its end is so much later on the wall clock (DTEND in a zone, whole days of an all-day event);
 * `exact`: so many milliseconds later (DURATION in hours).
 */
export interface Length {
  readonly kind: "wall" | "exact";
  readonly ms: number;
}

/** One instance of a series. For all-day and floating series the instants are wall clocks as if UTC. */
export interface Occurrence {
  /** The instant of the start, and of the end, which is never before it. */
  readonly start: number;
  readonly end: number;
  /** The wall clock that the series gives the start, as if UTC; in a gap, the one that the gap leaves out. */
  readonly local: number;
}

/**
 * The end of an instance that has the series' own length, from the instant of its start and the wall clock that shows then: not
 * the one that a gap left out, so that an instance which a gap moves keeps its length.
 */
export const endOf = ({ zone, duration }: Pick<SeriesStart, "zone" | "duration">, start: number, shown: number): number => {
  const { kind, ms } = duration;
  if (kind === "exact" || zone === null) return start + ms;
  const end = zone.toInstant(shown + ms);
  // From the second of two repeated times the wall clock of the end may be read as one before the start.
  return end > start ? end : start + ms;
};
