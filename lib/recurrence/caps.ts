/**
 * What a recurrence may cost. The numbers keep the worst text that passes the parser below a tenth of a second; `bounds` refuses
 * what exceeds them, so an insert should ask for it.
 */

/** Candidates that one rule looks at in a row without a result. A rule that finds none for so long is taken to have ended. */
export const maxSteps = 10_000;

/** Candidates that counting up to COUNT may look at. */
export const maxCounted = 100_000;

/** Of how many times of day that a rule names only one may fall on its INTERVAL: each of them must be looked at. */
export const maxStride = 200;

/** Instances in a row that EXDATE and EXRULE may take away. A series that is silent for so long is taken to have ended. */
export const maxExcepted = 1_000_000;

/** Instances that one reading of a window may give. */
export const maxOccurrences = 250_000;

/** RRULE and EXRULE lines of one series. */
export const maxRules = 8;

/** Values of all RDATE and EXDATE lines of one series. */
export const maxDates = 50_000;

/** Times of day that one rule may name with BYHOUR, BYMINUTE and BYSECOND. */
export const maxTimesPerPeriod = 10_000;
