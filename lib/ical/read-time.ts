/** The values of iCalendar that say when: DATE, DATE-TIME, DURATION, UTC-OFFSET (RFC 5545, 3.3). */

/** A date, or a wall clock encoded as if it were UTC, `utc` if a Z said so. */
export type Stamp = { readonly date: string } | { readonly local: number; readonly utc: boolean };

/** Days count from midnight to midnight, the rest exactly (RFC 5545, 3.3.6); both carry the sign. */
export interface Duration {
  readonly days: number;
  readonly ms: number;
}

const stampShape = /^(\d{4})-?(\d\d)-?(\d\d)(?:T(\d\d):?(\d\d)(?::?(\d\d))?(?:\.\d+)?(Z?))?$/i;

/** A DATE or DATE-TIME; undefined if it is neither or does not exist (30 February, 24:00). Dashes and colons of ISO 8601 are forgiven. */
export const readStamp = (value: string): Stamp | undefined => {
  const match = stampShape.exec(value.trim());
  if (!match) return undefined;
  const [, year = "", month = "", day = "", hour, minute = "", second = "0", utc] = match;
  const midnight = new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // A day that the month does not have falls into another.
  if (Number(year) === 0 || new Date(midnight).getUTCMonth() !== Number(month) - 1) return undefined;
  if (hour === undefined) return { date: `${year}-${month}-${day}` };

  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  // RFC 5545, 3.3.12: who knows no leap seconds takes 60 for 59.
  const time = (Number(hour) * 60 + Number(minute)) * 60 + Math.min(Number(second), 59);
  return { local: midnight + time * 1_000, utc: utc !== "" };
};

const durationShape = /^([+-])?P(?=\d|T\d)(?:(\d{1,5})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,7})H)?(?:(\d{1,8})M)?(?:(\d{1,9})S)?)?$/i;

export const readDuration = (value: string): Duration | undefined => {
  const match = durationShape.exec(value.trim());
  if (!match) return undefined;
  const [, sign, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0] = match;
  const direction = sign === "-" ? -1 : 1;
  const exact = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  // Adding zero keeps -0 out.
  return { days: direction * (Number(weeks) * 7 + Number(days)) + 0, ms: direction * exact * 1_000 + 0 };
};

/** Milliseconds east of UTC. */
export const readOffset = (value: string): number | undefined => {
  const match = /^([+-])(\d\d):?(\d\d)(?::?(\d\d))?$/.exec(value.trim());
  if (!match) return undefined;
  const [, sign, hours, minutes, seconds = 0] = match;
  const size = ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1_000;
  return sign === "-" ? -size + 0 : size;
};

const dayMs = 86_400_000;

/** The day that lies so many days after a `YYYY-MM-DD`. */
export const addDays = (date: string, days: number): string => isoDate(Date.parse(`${date}T00:00:00Z`) + days * dayMs);

/** The day of a wall clock, `YYYY-MM-DD`. */
export const isoDate = (local: number): string => new Date(local).toISOString().slice(0, 10);

/** A wall clock in iCalendar's basic form, `YYYYMMDDTHHMMSS`. */
export const basicStamp = (local: number): string => new Date(local).toISOString().slice(0, 19).replace(/[-:]/g, "");
