import { Failure } from "#lib/errors.ts";
import { type EventTime, isAllDay } from "#lib/model/event.ts";
import { findZone, type Zone } from "#lib/model/zone.ts";
import { maybe, object, type Static, text } from "#lib/schema.ts";

/** Google's EventDateTime: a `date`, or a `dateTime` with an offset, a `timeZone`, or both. */
export const EventDateTime = object({
  date: maybe(text({ maxLength: 40, description: "A whole day, YYYY-MM-DD; exclusive as an end." })),
  dateTime: maybe(text({ maxLength: 40, description: "RFC 3339; the offset may be missing when `timeZone` is given." })),
  timeZone: maybe(text({ maxLength: 100, description: "IANA time zone, `America/New_York`." })),
});
export type EventDateTime = Static<typeof EventDateTime>;

const dateForm = /^(\d{4})-(\d{2})-(\d{2})$/;
const dateTimeForm = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?(?:([Zz])|([+ -])(\d{2}):?(\d{2}))?$/;

/** The midnight of a date as if it were UTC; undefined when there is no such day, or it lies outside the years 1 to 9999. */
const readDate = (value: string): number | undefined => {
  const parts = dateForm.exec(value);
  if (!parts) return undefined;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  const made = new Date(midnight);
  return year > 0 && made.getUTCMonth() === month - 1 && made.getUTCDate() === day ? midnight : undefined;
};

/** A date and time: its wall clock as if UTC to the second, the milliseconds beyond it, and its offset when it has one. */
interface DateTime {
  readonly local: number;
  readonly fraction: number;
  readonly offset: number | undefined;
}

const readDateTime = (value: string): DateTime | undefined => {
  const parts = dateTimeForm.exec(value);
  const midnight = parts ? readDate(parts[1] as string) : undefined;
  if (!parts || midnight === undefined) return undefined;
  const [hour, minute, second] = parts.slice(2, 5).map(Number) as [number, number, number];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const local = midnight + ((hour * 60 + minute) * 60 + second) * 1000;
  const fraction = Number((parts[5] ?? "").slice(0, 3).padEnd(3, "0"));
  if (parts[6]) return { local, fraction, offset: 0 };
  if (!parts[7]) return { local, fraction, offset: undefined };
  const [offsetHours, offsetMinutes] = [Number(parts[8]), Number(parts[9])];
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  // A `+` that was not percent-encoded in a query arrives as a space; no other reading makes sense.
  return { local, fraction, offset: (parts[7] === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000 };
};

/** The years that all of RFC 3339, PostgreSQL and iCalendar can say. */
const earliest = Date.parse("0001-01-01T00:00:00Z");
const latest = Date.parse("9999-12-31T23:59:59Z");

/** The instant, or, where its offset takes it out of those years, the nearest within. */
const withinYears = (instant: number): number => Math.min(Math.max(instant, earliest), latest);

/** Reads a moment, RFC 3339 with an offset, as epoch milliseconds in the years 1 to 9999. Throws `invalidParameter` at `location`. */
export const readMoment = (value: string | undefined, location: string): number | undefined => {
  if (value === undefined) return undefined;
  const read = readDateTime(value);
  if (!read) {
    throw new Failure("invalidParameter", {
      location,
      message: `Invalid value for ${location}: it must be a time like 2026-03-08T09:00:00Z.`,
    });
  }
  if (read.offset === undefined) {
    throw new Failure("invalidParameter", {
      location,
      message: `Invalid value for ${location}: the offset is missing, as in 2026-03-08T09:00:00+01:00.`,
    });
  }
  return withinYears(read.local - read.offset + read.fraction);
};

/** Reads a bound of a list: the same, without its milliseconds, "which may be provided but are ignored" (events.list). */
export const readInstant = (value: string | undefined, location: string): number | undefined => {
  const moment = readMoment(value, location);
  return moment === undefined ? undefined : Math.floor(moment / 1000) * 1000;
};

/** Reads an original start, a date or RFC 3339 with an offset, as the key instances are known by. Throws `invalidParameter`. */
export const readOriginalKey = (value: string | undefined, location: string): string | undefined => {
  if (value !== undefined && readDate(value) !== undefined) return value.replaceAll("-", "");
  const instant = readInstant(value, location);
  return instant === undefined ? undefined : `${isoSeconds(instant).replaceAll(/[-:]/g, "")}Z`;
};

/** The zone of that name. Throws `invalid` at `location` when there is none. */
export const readZone = (name: string, location: string): Zone => {
  const zone = findZone(name);
  if (!zone)
    throw new Failure("invalid", { location, message: `Invalid value for ${location}: there is no time zone of that name.` });
  return zone;
};

/**
 * Reads a start or end. A time without a zone of its own is in the calendar's.
 *
 * @param location the field's name, for refusals: `required` when it says no time, `invalid` when what it says makes none.
 */
export const readEventTime = (value: EventDateTime, location: string, calendarZone: string): EventTime => {
  const refuse = (field: string, sentence: string) =>
    new Failure("invalid", { location: `${location}.${field}`, message: `Invalid value for ${location}.${field}: ${sentence}.` });
  const { date, dateTime, timeZone } = value;
  if (date && dateTime)
    throw new Failure("invalid", { location, message: `Invalid value for ${location}: it has both date and dateTime.` });
  if (date) {
    if (readDate(date) === undefined) throw refuse("date", "it must be a day like 2026-03-08");
    return { date };
  }
  if (!dateTime) throw new Failure("required", { location, message: `Missing ${location} time.` });
  const read = readDateTime(dateTime);
  if (!read) throw refuse("dateTime", "it must be a time like 2026-03-08T09:00:00-05:00");
  if (read.offset === undefined && !timeZone) throw refuse("dateTime", "it needs an offset, or a timeZone beside it");
  const zone = readZone(timeZone ?? calendarZone, `${location}.timeZone`);
  const instant = read.offset === undefined ? zone.toInstant(read.local) : read.local - read.offset;
  if (instant < earliest || instant > latest) throw refuse("dateTime", "it lies outside of the years 1 to 9999");
  return { instant, local: read.offset === undefined ? read.local : zone.toLocal(instant), zone: zone.name };
};

const pad = (value: number): string => (value < 10 ? `0${value}` : `${value}`);

/** A number of milliseconds as `2026-03-08T09:00:00`; what lies outside of the years 1 to 9999 is the nearest time in them. */
const isoSeconds = (ms: number): string => new Date(withinYears(ms)).toISOString().slice(0, 19);

/** An instant as RFC 3339 with the offset in force in a zone: `2026-03-08T09:00:00-04:00`. */
export const writeInstant = (instant: number, zone: Zone): string => {
  // RFC 3339 knows whole minutes only: with a local mean time of long ago the clock is rounded, so that the instant is right.
  const minutes = Math.round(zone.offsetAt(instant) / 60_000);
  const local = instant + minutes * 60_000;
  if (minutes === 0 || local < earliest || local > latest) return `${isoSeconds(instant)}Z`;
  const size = Math.abs(minutes);
  return `${isoSeconds(local)}${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(size % 60)}`;
};

/** Writes a start or end: a time with the offset of the zone the reader asked for, and the name of the zone it was meant in. */
export const writeEventTime = (time: EventTime, zone: Zone): EventDateTime =>
  isAllDay(time) ? { date: time.date } : { dateTime: writeInstant(time.instant, zone), timeZone: time.zone };
