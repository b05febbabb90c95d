import type { Event } from "#lib/model/event.ts";
import type { Zone } from "#lib/model/zone.ts";
import type { Occurrence } from "#lib/recurrence/series.ts";
import type { Window } from "#lib/sql/event-lists.ts";
import * as lists from "#lib/sql/event-lists.ts";
import { dateOf, day, dayOf } from "./days.ts";
import { type Expandable, expandable, occurrencesIn, orderingInstant, readAtOnce, readOverridden } from "./expand.ts";
import { instanceId, keyOfStart } from "./instance-key.ts";
import type { Listed, ListRequest } from "./list-request.ts";
import { instanceOf } from "./series.ts";

/** Somewhere the next event may come from; `at` and `id` are its next event's place. */
interface Source {
  at: number;
  id: string;
  take(): Event;
  /** Moves on to the next event; false when there is none. */
  advance(): boolean;
}

const isBefore = (a: { readonly at: number; readonly id: string }, b: { readonly at: number; readonly id: string }): boolean =>
  a.at < b.at || (a.at === b.at && a.id < b.id);

/** Lets the sources' heads form a heap, the earliest on top. */
const sink = (heap: Source[], from: number): void => {
  for (let parent = from; ; ) {
    let least = parent;
    for (const child of [2 * parent + 1, 2 * parent + 2]) {
      if (child < heap.length && isBefore(heap[child] as Source, heap[least] as Source)) least = child;
    }
    if (least === parent) return;
    [heap[parent], heap[least]] = [heap[least] as Source, heap[parent] as Source];
    parent = least;
  }
};

/**
 * Events and instances in the order of their starts, a page of them: the single ones as the database orders them, merged with
 * each series' occurrences, which are worked out from the page's beginning and only as far as the page goes.
 */
export const listByStart = async (request: ListRequest): Promise<Listed> => {
  const { calendar, zone, filter, window, limit, horizon } = request;
  const after = request.after ?? { at: Number.NEGATIVE_INFINITY, id: "" };
  // Several events may share the last page's instant; which of them were on it, their ids tell.
  const afterDay = Number.isFinite(after.at) ? dayOf(after.at, zone) : undefined;
  // A day that began before that instant is behind us, whatever its id.
  const afterDate =
    afterDay === undefined
      ? { date: "-infinity", id: "" }
      : { date: dateOf(afterDay), id: zone.toInstant(afterDay) === after.at ? after.id : "\u{10ffff}" };
  const masterFilter = { ...filter, cancelled: filter.cancelled === "onlyInstances" ? "exclude" : filter.cancelled } as const;
  const startsFrom = ({ allDay }: Expandable) => (Number.isFinite(after.at) ? (allDay ? afterDay : after.at) : undefined);

  const { timed, allDay, masters, stretch, overridden } = await readAtOnce(request.db, calendar, async (db) => {
    const [timed, allDay] = await Promise.all([
      lists.listTimed(db, calendar.id, filter, window, { start: after.at, id: after.id }, limit + 1),
      lists.listAllDay(db, calendar.id, filter, window, afterDate, limit + 1),
    ]);
    const page = narrowed(window, after.at, endOfPage([...timed, ...allDay], limit, zone), zone);
    const stretch = { from: window.from, to: Math.min(page.to, horizon) };
    const masters = request.master ? [request.master] : await lists.listMasters(db, calendar.id, masterFilter, page);
    const overridden = await readOverridden(db, calendar, masters, { ...stretch, from: Math.max(window.from, after.at) });
    return { timed, allDay, masters, stretch, overridden };
  });
  const series = masters.flatMap((master) => expandable(master) ?? []);

  const heap: Source[] = [];
  for (const rows of [timed, allDay]) {
    const source = rowSource(rows, (event) => orderingInstant(event, zone));
    if (source.advance()) heap.push(source);
  }
  for (const one of series) {
    const source = seriesSource(one, occurrencesIn(one, { ...stretch, startsFrom: startsFrom(one) }, zone), (occurrence) => ({
      at: one.allDay ? zone.toInstant(occurrence.start) : occurrence.start,
      skip: (key) => overridden.has(one.master.id, key),
    }));
    while (source.advance()) {
      if (isBefore(after, source)) {
        heap.push(source);
        break;
      }
    }
  }
  for (let index = (heap.length >> 1) - 1; index >= 0; index -= 1) sink(heap, index);

  const items: Event[] = [];
  let cursor = { at: 0, id: "" };
  while (heap.length > 0) {
    const [next] = heap as [Source];
    if (items.length === limit) return { items, cursor };
    cursor = { at: next.at, id: next.id };
    items.push(next.take());
    if (!next.advance()) {
      const last = heap.pop() as Source;
      if (heap.length > 0) heap[0] = last;
    }
    if (heap.length > 0) sink(heap, 0);
  }
  return { items };
};

/** By when a page is full with what is no series: whatever starts later is not on it. Infinity when it is not full. */
const endOfPage = (rows: readonly Event[], limit: number, zone: Zone): number =>
  rows.length <= limit
    ? Number.POSITIVE_INFINITY
    : (rows.map((event) => orderingInstant(event, zone)).sort((one, other) => one - other)[limit] as number);

/** The part of a window in which series can have instances on a page: those that start from `from` on, and not after `last`. */
const narrowed = (window: Window, from: number, last: number, zone: Zone): Window => ({
  ...window,
  // A mark in time may lie on the page's edge.
  ...(from > window.from && { from: from - 1, fromDate: dateOf(dayOf(from, zone) - day) }),
  ...(last < window.to && { to: last + 1, toDate: dateOf(dayOf(last, zone) + day) }),
});

const rowSource = (rows: readonly Event[], instantOf: (event: Event) => number): Source => {
  let index = -1;
  return {
    at: 0,
    id: "",
    take: () => rows[index] as Event,
    advance() {
      index += 1;
      const event = rows[index];
      if (!event) return false;
      this.at = instantOf(event);
      this.id = event.id;
      return true;
    },
  };
};

const seriesSource = (
  { master, allDay }: Expandable,
  occurrences: IterableIterator<Occurrence>,
  placeOf: (occurrence: Occurrence) => { readonly at: number; readonly skip: (key: string) => boolean },
): Source => {
  let current: Occurrence;
  return {
    at: 0,
    id: "",
    take: () => instanceOf(master, current),
    advance() {
      for (let next = occurrences.next(); !next.done; next = occurrences.next()) {
        const key = keyOfStart(next.value.start, allDay);
        const { at, skip } = placeOf(next.value);
        if (skip(key)) continue;
        current = next.value;
        this.at = at;
        this.id = instanceId(master.id, key);
        return true;
      }
      return false;
    },
  };
};
