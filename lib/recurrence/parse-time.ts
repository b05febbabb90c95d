import { dayOf, monthLength, msPerDay } from "./civil.ts";

const upperT = 84;
const upperZ = 90;
const zero = 48;

/** The number that two digits of a text make, or NaN. */
const pair = (text: string, at: number): number => {
  const tens = text.charCodeAt(at) - zero;
  const ones = text.charCodeAt(at + 1) - zero;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
};

/**
 * Reads `20261224`, `20261224T180000` or `20261224T180000Z` (RFC 5545, 3.3.4 and 3.3.5) between two places of a text. The answer
 * is the wall clock as if it were UTC, in milliseconds, or NaN; the length of the text tells which of the three it was. A leap
 * second, which no clock here has, is the second before it (RFC 5545, 3.3.12).
 */
export const readTime = (text: string, at: number, end: number): number => {
  const length = end - at;
  if (length !== 8 && length !== 15 && length !== 16) return Number.NaN;
  const year = pair(text, at) * 100 + pair(text, at + 2);
  const month = pair(text, at + 4);
  const date = pair(text, at + 6);
  if (!(year >= 1 && month >= 1 && month <= 12 && date >= 1 && (date <= 28 || date <= monthLength(year, month))))
    return Number.NaN;
  const midnight = dayOf(year, month, date) * msPerDay;
  if (length === 8) return midnight;

  if (text.charCodeAt(at + 8) !== upperT || (length === 16 && text.charCodeAt(at + 15) !== upperZ)) return Number.NaN;
  const hour = pair(text, at + 9);
  const minute = pair(text, at + 11);
  const second = pair(text, at + 13);
  if (!(hour <= 23 && minute <= 59 && second <= 60)) return Number.NaN;
  return midnight + hour * 3_600_000 + minute * 60_000 + Math.min(second, 59) * 1_000;
};

/** A duration in days, which follow the wall clock, and milliseconds, which do not (RFC 5545, 3.3.6). */
export interface Duration {
  readonly days: number;
  readonly ms: number;
}

const durationShape = /^\+?P(?:(\d{1,6})W|(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,10})S)?)?)$/i;

/** Reads a duration that is not negative, such as `P1DT2H30M` or `P2W`; undefined for anything else. */
export const readDuration = (text: string): Duration | undefined => {
  const match = durationShape.exec(text);
  if (!match || !/\d[A-Z]$/i.test(text)) return undefined;
  const [, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  return {
    days: Number(weeks) * 7 + Number(days),
    ms: Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000,
  };
};
