import type { Calendar } from "#lib/model/calendar.ts";
import { type Event, isAllDay } from "#lib/model/event.ts";
import type { Zone } from "#lib/model/zone.ts";
import type { Occurrence, Series } from "#lib/recurrence/series.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/event-lists.ts";
import { day, dayNumber, dayOf, firstDayFrom } from "./days.ts";
import { keyOfStart } from "./instance-key.ts";
import { seriesOf } from "./series.ts";

/** A series ready to be expanded. */
export interface Expandable {
  readonly master: Event;
  readonly series: Series;
  readonly allDay: boolean;
}

export const expandable = (master: Event): Expandable | undefined => {
  const series = seriesOf(master);
  return series && { master, series, allDay: isAllDay(master.start) };
};

/** The instant by which an event is ordered among others: an all-day one by the midnight it begins with in a zone. */
export const orderingInstant = (event: Event, zone: Zone): number =>
  isAllDay(event.start) ? zone.toInstant(dayNumber(event.start.date)) : event.start.instant;

/** Which occurrences are wanted: those that end after `from`, start before `to`, and start at `startsFrom` or later. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  /** In the series' own numbers. */
  readonly startsFrom?: number | undefined;
}

/**
 * A series' occurrences in a stretch of time, ascending, each worked out when it is asked for. The numbers of an all-day series are
 * days as-if-UTC.
 */
export function* occurrencesIn(
  { series, allDay }: Pick<Expandable, "series" | "allDay">,
  { from, to, startsFrom = Number.NEGATIVE_INFINITY }: Stretch,
  zone: Zone,
): Generator<Occurrence, undefined> {
  const first = allDay && Number.isFinite(from) ? dayOf(from, zone) : from;
  const last = allDay && Number.isFinite(to) ? firstDayFrom(to, zone) : to;
  for (const occurrence of series.occurrences({ from: Math.max(first, startsFrom), to: last })) {
    // A mark in time at `from` itself does not end after it.
    if (occurrence.start >= startsFrom && occurrence.end > first) yield occurrence;
  }
}

const durationOf = ({ start, end }: Event): number =>
  isAllDay(start) || isAllDay(end)
    ? dayNumber((end as { date: string }).date) - dayNumber((start as { date: string }).date)
    : end.instant - start.instant;

/** Whether an instance may last longer than its series says: an RDATE period has an end of its own. */
const hasPeriods = ({ recurrence = [] }: Event): boolean => recurrence.some((line) => line.includes("/"));

/** Which places of series belong to a changed or cancelled instance, and the calendar's change number when that was so. */
export interface Overridden {
  readonly has: (masterId: string, key: string) => boolean;
  readonly change: number | undefined;
}

const none: Overridden = { has: () => false, change: undefined };

/** Reads which places of these series, within a stretch of time, belong to a changed or cancelled instance. */
export const readOverridden = async (
  db: Connection,
  calendar: Calendar,
  masters: readonly Event[],
  { from, to }: Stretch,
): Promise<Overridden> => {
  if (masters.length === 0) return none;
  const longest = masters.some(hasPeriods) ? Number.POSITIVE_INFINITY : Math.max(...masters.map(durationOf));
  const earliest = from - longest - 2 * day;
  const latest = Math.min(to + 2 * day, Date.UTC(9999, 11, 31));
  const { change, keys } = await events.listOverriddenKeys(
    db,
    calendar.id,
    masters.map(({ id }) => id),
    earliest > 0 ? keyOfStart(earliest, true) : "0",
    latest > 0 ? keyOfStart(latest, true) : "0",
  );
  const found = new Set(keys);
  return { has: (masterId, key) => found.has(`${masterId} ${key}`), change };
};

/** Reads that are tried before the database is asked to stand still for one, which costs more round trips. */
const mostTries = 2;

/**
 * Reads events and what is overridden of them, which takes several statements, as they were at one time: an instance that is moved
 * in between would be in neither.
 */
export const readAtOnce = async <Read extends { readonly overridden: Overridden }>(
  db: Connection,
  { change }: Calendar,
  read: (db: Connection) => Promise<Read>,
): Promise<Read> => {
  let expected = change;
  for (let tries = 0; tries < mostTries; tries += 1) {
    const result = await read(db);
    const { change: found = expected } = result.overridden;
    if (found === expected) return result;
    expected = found;
  }
  return db.inTransaction(async (snapshot) => {
    await events.fixSnapshot(snapshot);
    return read(snapshot);
  });
};
