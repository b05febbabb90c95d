import { quote, RecurrenceError } from "./error.ts";
import { readNumbers, readPositive } from "./parse-numbers.ts";
import { readTime } from "./parse-time.ts";

export type Frequency = "SECONDLY" | "MINUTELY" | "HOURLY" | "DAILY" | "WEEKLY" | "MONTHLY" | "YEARLY";

/** What happens to a date that a month does not have (RFC 7529, 4.1). */
export type Skip = "OMIT" | "BACKWARD" | "FORWARD";

/** A weekday of BYDAY with a number: `-1FR` is `{ nth: -1, weekday: 4 }`. */
export interface Ordinal {
  readonly nth: number;
  readonly weekday: number;
}

/** UNTIL as written: a whole day, a wall clock, or an instant (RFC 5545, 3.3.10). */
export interface Until {
  readonly kind: "date" | "local" | "utc";
  readonly time: number;
}

/** A rule as written, checked for what RFC 5545 allows. An empty list and an empty mask mean that the part is absent. */
export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  readonly count: number | undefined;
  readonly until: Until | undefined;
  /** The first day of a week, 0 = Monday. */
  readonly firstWeekday: number;
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** The weekdays of BYDAY without a number; bit 0 is Monday. */
  readonly weekdays: number;
  readonly ordinals: readonly Ordinal[];
  readonly monthDays: readonly number[];
  readonly yearDays: readonly number[];
  readonly weeks: readonly number[];
  readonly months: readonly number[];
  readonly positions: readonly number[];
  readonly skip: Skip;
  /** The line that the rule was read from, for messages. */
  readonly line: string;
}

type Draft = { -readonly [Part in keyof Rule]: Rule[Part] } & { scale: string | undefined; skips: boolean };

const none: readonly never[] = [];

const weekdayCodes: readonly string[] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

/** Reads the value of an RRULE or EXRULE. Throws RecurrenceError with the name of the first part that is wrong. */
export const parseRule = (value: string, line: string): Rule => {
  const text = value.toUpperCase();
  const rule: Draft = {
    frequency: "DAILY",
    interval: 1,
    count: undefined,
    until: undefined,
    firstWeekday: 0,
    seconds: none,
    minutes: none,
    hours: none,
    weekdays: 0,
    ordinals: none,
    monthDays: none,
    yearDays: none,
    weeks: none,
    months: none,
    positions: none,
    skip: "OMIT",
    line,
    scale: undefined,
    skips: false,
  };

  let seen = 0;
  let at = 0;
  while (at < text.length) {
    const semicolon = text.indexOf(";", at);
    const end = semicolon === -1 ? text.length : semicolon;
    const equals = text.indexOf("=", at);
    if (equals === -1 || equals >= end) {
      throw new RecurrenceError(
        text.slice(at, end) || "RRULE",
        line,
        `"${quote(text.slice(at, end))}" is not a NAME=value part.`,
      );
    }
    const bit = readPart(rule, text.slice(at, equals), text.slice(equals + 1, end));
    if (seen & bit) throw new RecurrenceError(text.slice(at, equals), line, `${text.slice(at, equals)} is given twice.`);
    seen |= bit;
    // One semicolon too many at the end is common in stored rules and means nothing.
    at = end + 1;
  }

  if (!(seen & 1)) throw new RecurrenceError("FREQ", line, "A rule needs FREQ.");
  refuseForbidden(rule);
  return rule;
};

/** Takes one part over into the rule, and answers the bit by which a second one of the same name is noticed. */
const readPart = (rule: Draft, name: string, value: string): number => {
  const { line } = rule;
  switch (name) {
    case "FREQ":
      rule.frequency = readFrequency(value, line);
      return 1 << 0;
    case "INTERVAL":
      rule.interval = readPositive(name, value, line);
      return 1 << 1;
    case "COUNT":
      rule.count = readPositive(name, value, line);
      return 1 << 2;
    case "UNTIL":
      rule.until = readUntil(value, line);
      return 1 << 3;
    case "WKST":
      rule.firstWeekday = readWeekday(name, value, line);
      return 1 << 4;
    case "BYSECOND":
      rule.seconds = readNumbers(name, value, line);
      return 1 << 5;
    case "BYMINUTE":
      rule.minutes = readNumbers(name, value, line);
      return 1 << 6;
    case "BYHOUR":
      rule.hours = readNumbers(name, value, line);
      return 1 << 7;
    case "BYDAY":
      readByDay(rule, value);
      return 1 << 8;
    case "BYMONTHDAY":
      rule.monthDays = readNumbers(name, value, line);
      return 1 << 9;
    case "BYYEARDAY":
      rule.yearDays = readNumbers(name, value, line);
      return 1 << 10;
    case "BYWEEKNO":
      rule.weeks = readNumbers(name, value, line);
      return 1 << 11;
    case "BYMONTH":
      rule.months = readNumbers(name, value, line);
      return 1 << 12;
    case "BYSETPOS":
      rule.positions = readNumbers(name, value, line);
      return 1 << 13;
    case "RSCALE":
      rule.scale = value;
      return 1 << 14;
    case "SKIP":
      rule.skip = readSkip(value, line);
      rule.skips = true;
      return 1 << 15;
    default:
      throw new RecurrenceError(name, line, `${quote(name) || "A part without a name"} is not a part of a recurrence rule.`);
  }
};

const readFrequency = (value: string, line: string): Frequency => {
  switch (value) {
    case "SECONDLY":
    case "MINUTELY":
    case "HOURLY":
    case "DAILY":
    case "WEEKLY":
    case "MONTHLY":
    case "YEARLY":
      return value;
    default:
      throw new RecurrenceError("FREQ", line, `FREQ cannot be "${quote(value)}".`);
  }
};

const readSkip = (value: string, line: string): Skip => {
  if (value === "OMIT" || value === "BACKWARD" || value === "FORWARD") return value;
  throw new RecurrenceError("SKIP", line, `SKIP is OMIT, BACKWARD or FORWARD, not "${quote(value)}".`);
};

const readUntil = (value: string, line: string): Until => {
  const time = readTime(value, 0, value.length);
  if (Number.isNaN(time)) throw new RecurrenceError("UNTIL", line, `UNTIL "${quote(value)}" is not a date or a date with time.`);
  return { kind: value.length === 8 ? "date" : value.length === 15 ? "local" : "utc", time };
};

const readWeekday = (part: string, code: string, line: string): number => {
  const weekday = weekdayCodes.indexOf(code);
  if (weekday === -1) throw new RecurrenceError(part, line, `${part} "${quote(code)}" is not a weekday such as MO.`);
  return weekday;
};

const readByDay = (rule: Draft, value: string): void => {
  let at = 0;
  while (at <= value.length) {
    const comma = value.indexOf(",", at);
    const end = comma === -1 ? value.length : comma;
    const weekday = readWeekday("BYDAY", value.slice(Math.max(at, end - 2), end), rule.line);
    if (end - at === 2) {
      rule.weekdays |= 1 << weekday;
    } else {
      const [nth = 0] = readNumbers("BYDAY", value.slice(at, end - 2), rule.line);
      if (!rule.ordinals.some((known) => known.nth === nth && known.weekday === weekday)) {
        rule.ordinals = [...rule.ordinals, { nth, weekday }];
      }
    }
    at = end + 1;
  }
};

/** Refuses the combinations that RFC 5545, 3.3.10 and RFC 7529, 4.1 forbid. */
const refuseForbidden = (rule: Draft): void => {
  const { frequency, line } = rule;
  const refuse = (part: string, message: string): never => {
    throw new RecurrenceError(part, line, message);
  };
  if (rule.count !== undefined && rule.until) refuse("COUNT", "A rule ends by COUNT or by UNTIL, not by both.");
  if (rule.weeks.length > 0 && frequency !== "YEARLY") refuse("BYWEEKNO", `BYWEEKNO cannot be used with FREQ=${frequency}.`);
  if (rule.yearDays.length > 0 && (frequency === "DAILY" || frequency === "WEEKLY" || frequency === "MONTHLY")) {
    refuse("BYYEARDAY", `BYYEARDAY cannot be used with FREQ=${frequency}.`);
  }
  if (rule.monthDays.length > 0 && frequency === "WEEKLY") refuse("BYMONTHDAY", "BYMONTHDAY cannot be used with FREQ=WEEKLY.");
  if (rule.ordinals.length > 0) {
    if (frequency !== "MONTHLY" && frequency !== "YEARLY") {
      refuse("BYDAY", `A BYDAY with a number cannot be used with FREQ=${frequency}.`);
    }
    if (rule.weeks.length > 0) refuse("BYDAY", "A BYDAY with a number cannot be used with BYWEEKNO.");
  }
  if (rule.positions.length > 0 && !hasOtherBy(rule)) refuse("BYSETPOS", "BYSETPOS needs another BY part to choose from.");
  if (rule.scale !== undefined && rule.scale !== "GREGORIAN") {
    refuse("RSCALE", `Only the calendar GREGORIAN is supported, not "${quote(rule.scale)}".`);
  }
  if (rule.skips && rule.scale === undefined) refuse("SKIP", "SKIP needs RSCALE=GREGORIAN.");
};

const hasOtherBy = (rule: Rule): boolean =>
  rule.weekdays !== 0 ||
  [rule.seconds, rule.minutes, rule.hours, rule.ordinals, rule.monthDays, rule.yearDays, rule.weeks, rule.months].some(
    (list) => list.length > 0,
  );
