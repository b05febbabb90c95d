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
const dateTimeForm = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:\.\d{1,9})?(?:([Zz])|([+ -])(\d{2}):?(\d{2}))?$/;

/** The midnight of a date as if it were UTC; undefined when there is no such day, or it lies outside the years 1 to 9999. */
const readDate = (value: string): number | undefined => {
  const parts = dateForm.exec(value);
  if (!parts) return undefined;
  const [year, month, day] = parts.slice(1).map(Number) as [number, number, number];
  const midnight = new Date(0).setUTCFullYear(year, month - 1, day);
  const made = new Date(midnight);
  return year > 0 && made.getUTCMonth() === month - 1 && made.getUTCDate() === day ? midnight : undefined;
};

/** A date and time: its wall clock as if UTC, and its offset in milliseconds when it has one. Fractions of a second are dropped. */
const readDateTime = (value: string): { readonly local: number; readonly offset: number | undefined } | undefined => {
  const parts = dateTimeForm.exec(value);
  const midnight = parts ? readDate(parts[1] as string) : undefined;
  if (!parts || midnight === undefined) return undefined;
  const [hour, minute, second] = parts.slice(2, 5).map(Number) as [number, number, number];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const local = midnight + ((hour * 60 + minute) * 60 + second) * 1000;
  if (parts[5]) return { local, offset: 0 };
  if (!parts[6]) return { local, offset: undefined };
  const [offsetHours, offsetMinutes] = [Number(parts[7]), Number(parts[8])];
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  // A `+` that was not percent-encoded in a query arrives as a space; no other reading makes sense.
  return { local, offset: (parts[6] === "-" ? -1 : 1) * (offsetHours * 60 + offsetMinutes) * 60_000 };
};

/** Reads a bound of a list, RFC 3339 with an offset, as epoch milliseconds. Throws `invalidParameter` at `location`. */
export const readInstant = (value: string | undefined, location: string): number | undefined => {
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
  return read.local - read.offset;
};

/** Reads an original start, a date or RFC 3339 with an offset, as the key instances are known by. Throws `invalidParameter`. */
export const readOriginalKey = (value: string | undefined, location: string): string | undefined => {
  if (value !== undefined && readDate(value) !== undefined) return value.replaceAll("-", "");
  const instant = readInstant(value, location);
  return instant === undefined ? undefined : `${new Date(instant).toISOString().replaceAll(/[-:]/g, "").slice(0, 15)}Z`;
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
  if (read.offset === undefined) return { instant: zone.toInstant(read.local), local: read.local, zone: zone.name };
  const instant = read.local - read.offset;
  return { instant, local: zone.toLocal(instant), zone: zone.name };
};

const pad = (value: number): string => (value < 10 ? `0${value}` : `${value}`);

/** An instant as RFC 3339 with the offset in force in a zone: `2026-03-08T09:00:00-04:00`. */
export const writeInstant = (instant: number, zone: Zone): string => {
  const offset = zone.offsetAt(instant);
  const local = new Date(instant + offset).toISOString().slice(0, 19);
  if (offset === 0) return `${local}Z`;
  // RFC 3339 knows whole minutes only; local mean times of long ago are rounded.
  const minutes = Math.round(Math.abs(offset) / 60_000);
  return `${local}${offset < 0 ? "-" : "+"}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
};

/** Writes a start or end: a time with the offset of the zone the reader asked for, and the name of the zone it was meant in. */
export const writeEventTime = (time: EventTime, zone: Zone): EventDateTime =>
  isAllDay(time) ? { date: time.date } : { dateTime: writeInstant(time.instant, zone), timeZone: time.zone };
