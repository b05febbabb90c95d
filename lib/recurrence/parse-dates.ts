import { findZone, type Zone } from "#lib/model/zone.ts";
import { quote, RecurrenceError } from "./error.ts";
import { readDuration, readTime } from "./parse-time.ts";

/** One value of an RDATE or EXDATE as written. */
export interface DateValue {
  readonly kind: "date" | "local" | "utc";
  /** A wall clock as if UTC (a midnight for a date) or, for `utc`, an instant. */
  readonly time: number;
  /** The zone of TZID, for a wall clock. */
  readonly zone: Zone | undefined;
  /** The end that a PERIOD states. */
  readonly end: PeriodEnd | undefined;
}

export type PeriodEnd =
  | { readonly kind: "local" | "utc"; readonly time: number }
  | { readonly kind: "duration"; readonly days: number; readonly ms: number };

/** The parameters of a content line that matter for dates. */
interface Parameters {
  readonly zone: Zone | undefined;
  readonly type: string | undefined;
}

/** `20261224T180000Z`: what is longer can only be a period. */
const longestTime = 16;

const colon = 58;
const doubleQuote = 34;
const noParameters: Parameters = { zone: undefined, type: undefined };

/** Where the value of a content line starts: after the first colon that no quotes enclose; -1 when it has none. */
export const valueStart = (line: string): number => {
  let quoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const code = line.charCodeAt(at);
    if (code === doubleQuote) quoted = !quoted;
    else if (code === colon && !quoted) return at + 1;
  }
  return -1;
};

/**
 * Reads the values of an RDATE or EXDATE line (RFC 5545, 3.8.5.1 and 3.8.5.2). Without VALUE the shape of each value tells its
 * type. `take` gets them one by one. Throws RecurrenceError.
 */
export const readDates = (part: "RDATE" | "EXDATE", line: string, take: (value: DateValue) => void): void => {
  const start = valueStart(line);
  const { zone, type } = line.charCodeAt(part.length) === colon ? noParameters : readParameters(part, line, start - 1);
  let at = start;
  do {
    const comma = line.indexOf(",", at);
    const end = comma === -1 ? line.length : comma;
    const value = end - at > longestTime ? readPeriod(line, at, end, zone) : readValue(line, at, end, zone);
    if (!value || !isOfType(value, type) || (value.end && part === "EXDATE")) {
      const wanted = type === undefined ? "a date or a date with time" : `a ${type}`;
      throw new RecurrenceError(part, line, `${part} "${quote(line.slice(at, end))}" is not ${wanted}.`);
    }
    take(value);
    at = end + 1;
  } while (at <= line.length);
};

const readParameters = (part: string, line: string, end: number): Parameters => {
  let zone: Zone | undefined;
  let type: string | undefined;
  for (const text of line.slice(part.length + 1, end).split(";")) {
    const equals = text.indexOf("=");
    const name = text.slice(0, equals).toUpperCase();
    const value = text.slice(equals + 1).replaceAll('"', "");
    if (equals < 1) throw new RecurrenceError(part, line, `${part} has "${quote(text)}" where NAME=value is needed.`);
    if (name === "TZID") {
      zone = findZone(value);
      if (!zone) throw new RecurrenceError(part, line, `${part} names the time zone "${quote(value)}", which is not known.`);
    } else if (name === "VALUE") {
      type = value.toUpperCase();
      if (type !== "DATE" && type !== "DATE-TIME" && type !== "PERIOD") {
        throw new RecurrenceError(part, line, `${part} cannot have values of type "${quote(value)}".`);
      }
    }
  }
  return { zone, type };
};

const isOfType = (value: DateValue, type: string | undefined): boolean => {
  if (type === undefined) return true;
  if (type === "PERIOD") return value.end !== undefined;
  return value.end === undefined && (type === "DATE") === (value.kind === "date");
};

const kindByLength = (length: number): "date" | "local" | "utc" => (length === 8 ? "date" : length === 15 ? "local" : "utc");

const readValue = (line: string, at: number, end: number, zone: Zone | undefined): DateValue | undefined => {
  const time = readTime(line, at, end);
  return Number.isNaN(time) ? undefined : { kind: kindByLength(end - at), time, zone, end: undefined };
};

const readPeriod = (line: string, at: number, end: number, zone: Zone | undefined): DateValue | undefined => {
  const slash = line.indexOf("/", at);
  if (slash === -1 || slash >= end) return undefined;
  const start = readValue(line, at, slash, zone);
  if (!start || start.kind === "date") return undefined;

  const stop = readValue(line, slash + 1, end, zone);
  if (stop) return stop.kind === "date" ? undefined : { ...start, end: { kind: stop.kind, time: stop.time } };
  const duration = readDuration(line.slice(slash + 1, end));
  return duration && { ...start, end: { kind: "duration", ...duration } };
};
