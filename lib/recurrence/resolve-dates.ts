import { msPerDay } from "./civil.ts";
import { RecurrenceError } from "./error.ts";
import { endOf, type Occurrence, type SeriesStart } from "./occurrence.ts";
import type { DateValue } from "./parse-dates.ts";

/** The instant of a wall clock of a series. DTSTART's own is the one that the client fixed, if it did. */
export const instantOf = (start: SeriesStart, local: number): number => {
  if (start.instant !== undefined && local === start.local) return start.instant;
  return start.zone === null ? local : start.zone.toInstant(local);
};

/**
 * The start that a value of RDATE or EXDATE means. A date stands for DTSTART's time on that day. To an all-day series only the
 * date as written matters, to a floating one the wall clock as written, whatever zone comes with them.
 */
export const instantOfValue = (value: Pick<DateValue, "kind" | "time" | "zone">, start: SeriesStart): number => {
  const { kind, time, zone } = value;
  if (start.allDay) return Math.floor(time / msPerDay) * msPerDay;
  if (kind === "date") return instantOf(start, time + start.local - Math.floor(start.local / msPerDay) * msPerDay);
  if (start.zone === null || kind === "utc") return time;
  return zone && zone !== start.zone ? zone.toInstant(time) : instantOf(start, time);
};

/** The instance that a value of RDATE adds: with the series' own length, or that of its period. */
export const addedBy = (value: DateValue, start: SeriesStart, line: string): Occurrence => {
  const at = instantOfValue(value, start);
  const local = start.zone === null ? at : start.zone.toLocal(at);
  const end = value.end && !start.allDay ? endOfPeriod(value, start, { at, local }) : endOf(start, at, local);
  if (end < at) throw new RecurrenceError("RDATE", line, "A period of RDATE ends before it starts.");
  return { start: at, end, local };
};

const endOfPeriod = ({ end, zone }: DateValue, start: SeriesStart, { at, local }: { at: number; local: number }): number => {
  if (!end) return at;
  if (end.kind !== "duration") return instantOfValue({ ...end, zone }, start);
  const days = endOf({ zone: start.zone, duration: { kind: "wall", ms: end.days * msPerDay } }, at, local);
  return days + end.ms;
};
