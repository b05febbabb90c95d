import { dayOf, lastYear, msPerDay } from "./civil.ts";

/** The first wall clock that no rule reaches: rules end with the year 9999. */
export const endOfTime = dayOf(lastYear + 1, 1, 1) * msPerDay;

/** Wall clocks (milliseconds, as if UTC), each later than the one before. */
export interface LocalTimes {
  /** The next wall clock, or Infinity when there are no more. */
  next(): number;
  /** Candidates looked at so far, which is what a reading costs. */
  readonly steps: number;
}

/** What a rule matches before COUNT and UNTIL: a set of wall clocks from DTSTART's period to the year 9999. */
export interface Pattern {
  /** The wall clocks at or after `local` and at or before `last`, found by a jump, not by a walk. */
  between(local: number, last: number): LocalTimes;
  /** The nth wall clock at or after a time (n from 1), where it can be computed. */
  nthFrom?(local: number, n: number): number;
}
