/**
 * The Gregorian calendar in integers. A *day* is a number of days since 1970-01-01; months are 1 to 12; weekdays are 0 (Monday)
 * to 6 (Sunday).
 */

export const msPerSecond = 1_000;
export const msPerMinute = 60_000;
export const msPerHour = 3_600_000;
export const msPerDay = 86_400_000;

/** Rules end with this year: RFC 5545 dates have four digits. */
export const lastYear = 9_999;

/** Days before each month of a common year; the thirteenth entry is the year's length. */
const daysBeforeMonth = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365] as const;

// Shifts where a power of two divides: these functions are most of what a calendar rule costs.
const leapDaysThrough = (year: number): number => {
  const centuries = Math.floor(year / 100);
  return (year >> 2) - centuries + (centuries >> 2);
};
const leapDaysBefore1970 = leapDaysThrough(1_969);

const isLeapYear = (year: number): boolean => (year & 3) === 0 && ((year & 15) === 0 || year % 25 !== 0);

export const yearLength = (year: number): number => (isLeapYear(year) ? 366 : 365);

/** The first of January. */
export const yearStart = (year: number): number => 365 * (year - 1_970) + leapDaysThrough(year - 1) - leapDaysBefore1970;

/** Days of the year before the first of a month; month 13 gives the year's length. */
export const daysBefore = (year: number, month: number): number =>
  (daysBeforeMonth[month - 1] ?? 0) + (month > 2 && isLeapYear(year) ? 1 : 0);

export const monthLength = (year: number, month: number): number =>
  month === 2 && isLeapYear(year) ? 29 : (daysBeforeMonth[month] ?? 0) - (daysBeforeMonth[month - 1] ?? 0);

export const dayOf = (year: number, month: number, date: number): number => yearStart(year) + daysBefore(year, month) + date - 1;

export const yearOf = (day: number): number => {
  // The mean length of a year puts the estimate at most one year off.
  const estimate = 1_970 + Math.floor((day * 400) / 146_097);
  if (day < yearStart(estimate)) return estimate - 1;
  return day < yearStart(estimate + 1) ? estimate : estimate + 1;
};

/** The month of a day of the year, which counts from 0. */
export const monthOf = (year: number, dayOfYear: number): number => {
  // No month starts later than 31 days after the one before, nor is any but February more than a day short of it.
  const estimate = Math.floor(dayOfYear / 31) + 1;
  return dayOfYear < daysBefore(year, estimate + 1) ? estimate : estimate + 1;
};

/** 1970-01-01 was a Thursday. */
export const weekdayOf = (day: number): number => (((day + 3) % 7) + 7) % 7;

/** The first day of the week that holds a day, for weeks that start on a given weekday. */
export const weekStart = (day: number, firstWeekday: number): number => day - ((weekdayOf(day) - firstWeekday + 7) % 7);

/** The first day of week 1 of a year: the first week with at least four of its days in the year (RFC 5545, BYWEEKNO). */
export const firstWeekOf = (year: number, firstWeekday: number): number => weekStart(yearStart(year) + 3, firstWeekday);

/** The year whose numbered weeks hold a day; the days about New Year may belong to the year before or after. */
export const weekYearOf = (day: number, firstWeekday: number): number => yearOf(weekStart(day, firstWeekday) + 3);
