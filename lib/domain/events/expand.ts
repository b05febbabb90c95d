import type { Calendar } from "#lib/model/calendar.ts";
import { type Event, isAllDay } from "#lib/model/event.ts";
import type { Zone } from "#lib/model/zone.ts";
import type { Occurrence, Series } from "#lib/recurrence/series.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as events from "#lib/sql/events.ts";
import { keyOfStart } from "./instance-key.ts";
import { dayNumber, seriesOf } from "./series.ts";

const day = 86_400_000;

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

/** A series' occurrences in a window of instants; the numbers of an all-day one are days as-if-UTC, so its window is too. */
export const occurrencesIn = (
  { series, allDay }: Pick<Expandable, "series" | "allDay">,
  window: { readonly from: number; readonly to: number },
  zone: Zone,
): IterableIterator<Occurrence> => {
  if (!allDay) return series.occurrences(window);
  const { from, to } = window;
  return series.occurrences({
    from: Number.isFinite(from) ? Math.floor(zone.toLocal(from) / day) * day : from,
    to: Number.isFinite(to) ? Math.ceil(zone.toLocal(to) / day) * day : to,
  });
};

const durationOf = ({ start, end }: Event): number =>
  isAllDay(start) || isAllDay(end)
    ? dayNumber((end as { date: string }).date) - dayNumber((start as { date: string }).date)
    : end.instant - start.instant;

/** Tells which places of these series, within a window, belong to a changed or cancelled instance. */
export const readOverridden = async (
  db: Connection,
  calendar: Calendar,
  masters: readonly Event[],
  { from, to }: { readonly from: number; readonly to: number },
): Promise<(masterId: string, key: string) => boolean> => {
  if (masters.length === 0) return () => false;
  const longest = Math.max(...masters.map(durationOf));
  const earliest = from - longest - 2 * day;
  const rows = await events.listOverriddenKeys(
    db,
    calendar.id,
    masters.map(({ id }) => id),
    Number.isFinite(earliest) && earliest > 0 ? keyOfStart(earliest, true) : "0",
    Number.isFinite(to) ? keyOfStart(Math.min(to + 2 * day, Date.UTC(9999, 11, 31)), true) : ":",
  );
  const keys = new Set(rows.map((found) => `${found.master_id} ${found.original_key}`));
  return (masterId, key) => keys.has(`${masterId} ${key}`);
};
