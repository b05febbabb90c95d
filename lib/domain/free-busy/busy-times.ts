import type { Context } from "#lib/context.ts";
import { dateOf, day, dayNumber, dayOf, firstDayFrom } from "#lib/domain/events/days.ts";
import { occurrencesIn } from "#lib/domain/events/expand.ts";
import { keyOfStart } from "#lib/domain/events/instance-key.ts";
import { seriesOf, zoneNamed } from "#lib/domain/events/series.ts";
import { Failure } from "#lib/errors.ts";
import { isAllDay } from "#lib/model/event.ts";
import type { Zone } from "#lib/model/zone.ts";
import * as freeBusy from "#lib/sql/free-busy.ts";

/** A stretch of time, epoch milliseconds; the end is exclusive. */
export interface Interval {
  readonly start: number;
  readonly end: number;
}

/** Events and instances that one answer is made of. */
const mostTimes = 200_000;

/** Calendars that are read with one statement: between two, other requests are answered. */
const perStatement = 250;

const tooMany = () =>
  new Failure("timeRangeTooLong", {
    message: `The requested time range is too long: the calendars have more than ${mostTimes} events in it.`,
  });

const lastKeyed = Date.UTC(9999, 11, 31);

/** The original keys that instances of up to 30 days can have when they touch the window, moved ones aside. */
const keysOf = ({ start, end }: Interval) => {
  const [from, to] = [start - 32 * day, Math.min(end + 2 * day, lastKeyed)];
  return { from: from > 0 ? keyOfStart(from, true) : "0", to: to > 0 ? keyOfStart(to, true) : "0" };
};

/** Intervals by their starts; those that overlap or touch are one. */
const merge = (intervals: Interval[]): readonly Interval[] => {
  intervals.sort((one, other) => one.start - other.start);
  const merged: { start: number; end: number }[] = [];
  let last: { start: number; end: number } | undefined;
  for (const { start, end } of intervals) {
    if (last && start <= last.end) {
      last.end = Math.max(last.end, end);
    } else {
      last = { start, end };
      merged.push(last);
    }
  }
  return merged;
};

/** What a row takes up; days are the calendar's. */
function* intervalsOf(row: freeBusy.BusyRow, window: Interval, zone: Zone): Generator<Interval, undefined> {
  for (const [start, end] of row.times ?? []) yield { start: Math.round(start * 1_000), end: Math.round(end * 1_000) };
  if (row.start_date !== null && row.end_date !== null) {
    yield { start: zone.toInstant(dayNumber(row.start_date)), end: zone.toInstant(dayNumber(row.end_date)) };
  }
  const series = row.series && seriesOf(row.series);
  if (!row.series || !series) return;
  const allDay = isAllDay(row.series.start);
  const overridden = row.overridden && new Set(row.overridden);
  for (const { start, end } of occurrencesIn({ series, allDay }, { from: window.start, to: window.end }, zone)) {
    if (overridden?.has(keyOfStart(start, allDay))) continue;
    yield allDay ? { start: zone.toInstant(start), end: zone.toInstant(end) } : { start, end };
  }
}

/**
 * When calendars are busy within a window: merged, in order, and cut where the window ends. The cost follows the answer. Throws
 * `timeRangeTooLong` when that is made of more than 200 000 events.
 *
 * @param zones the calendars' ids, with the names of their zones.
 */
export const readBusyTimes = async (
  ctx: Context,
  zones: ReadonlyMap<string, string>,
  window: Interval,
): Promise<ReadonlyMap<string, readonly Interval[]>> => {
  const busy = new Map<string, readonly Interval[]>();
  const calendars = [...zones].map(([id, name]) => ({ id, zone: zoneNamed(name) }));
  const keys = keysOf(window);
  let left = mostTimes;
  for (let first = 0; first < calendars.length; first += perStatement) {
    const some = calendars.slice(first, first + perStatement).map(({ id, zone }) => ({
      id,
      zone,
      fromDate: dateOf(dayOf(window.start, zone)),
      toDate: dateOf(firstDayFrom(window.end, zone)),
      intervals: [] as Interval[],
    }));
    const rows = await freeBusy.listBusy(ctx.db, some, { from: window.start, to: window.end }, keys, left);
    if (rows.reduce((sum, { size }) => sum + size, 0) > left) throw tooMany();
    for (const row of rows) {
      const { zone, intervals } = some[row.n - 1] as (typeof some)[number];
      for (const { start, end } of intervalsOf(row, window, zone)) {
        if (left === 0) throw tooMany();
        left -= 1;
        const cut = { start: Math.max(start, window.start), end: Math.min(end, window.end) };
        if (cut.end > cut.start) intervals.push(cut);
      }
    }
    for (const { id, intervals } of some) busy.set(id, merge(intervals));
  }
  return busy;
};
