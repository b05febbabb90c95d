import { type Event, isAllDay } from "#lib/model/event.ts";
import type { Zone } from "#lib/model/zone.ts";
import type { Window } from "#lib/sql/event-lists.ts";
import * as lists from "#lib/sql/event-lists.ts";
import * as events from "#lib/sql/events.ts";
import { expandable, occurrencesIn, readOverridden } from "./expand.ts";
import type { Listed, ListRequest } from "./list-request.ts";
import { tellInstances } from "./tell-instances.ts";

/** Whether an event, or any instance of a series, lies in a window. */
const isWithin = (event: Event, window: Window, zone: Zone): boolean => {
  const series = expandable(event);
  if (series) return !occurrencesIn(series, window, zone).next().done;
  const { start, end } = event;
  return isAllDay(start) || isAllDay(end)
    ? (end as { date: string }).date > window.fromDate && (start as { date: string }).date < window.toDate
    : end.instant > window.from && start.instant < window.to;
};

/** As who holds a list must hear of an event: what is not in the list's window has left it. */
const asSeen = (event: Event, { window, zone }: ListRequest): Event =>
  isWithin(event, window, zone) ? event : { ...event, status: "cancelled" };

/**
 * What has changed since a change number, deletions included, in the order of the changes. A client that puts each item in the place
 * of what it had under that id, and drops the cancelled ones, holds what a new list would show. Where it keeps instances, a changed
 * series is told as all its instances, and those that earlier versions had and this one has not as cancelled.
 */
export const listChanges = async (request: ListRequest, since: number): Promise<Listed> => {
  const { db, calendar, zone, filter, expand, limit, after } = request;
  const from = after ?? { at: since, id: "\u{10ffff}" };
  const rows = await lists.listByChange(db, calendar.id, { change: from.at, id: from.id }, limit + 1);
  // The last page may have ended in the middle of a series: that one comes first.
  const unfinished = after?.start === undefined ? undefined : await events.find(db, calendar.id, after.id);
  const all = [...(unfinished ? [unfinished] : []), ...rows.slice(0, limit)];
  const changed = all.filter(({ details }) => !filter.eventTypes || filter.eventTypes.includes(details.eventType ?? "default"));
  const last = all.at(-1);
  const rest = rows.length > limit && last ? { cursor: { at: last.change, id: last.id } } : {};
  if (!expand) return { items: changed.map((event) => asSeen(event, request)), ...rest };

  const whole = changed.filter(({ recurringEventId }) => recurringEventId === undefined);
  const wholeIds = whole.map(({ id }) => id);
  const earlier = Map.groupBy(await events.listRetired(db, calendar.id, wholeIds, since), ({ event_id: id }) => id);
  const stretch = { from: request.window.from, to: Math.min(request.window.to, request.horizon) };
  const overridden = await readOverridden(db, calendar, whole, { ...stretch, from: Number.NEGATIVE_INFINITY });

  const items: Event[] = [];
  for (const event of changed) {
    const runs = (earlier.get(event.id) ?? []).map(({ data }) => data);
    const told = tellInstances(asSeen(event, request), event, runs, {
      stretch,
      zone,
      after: event === unfinished ? after?.start : undefined,
      isOverridden: (key) => overridden.has(event.id, key),
    });
    for (const { item, place } of told) {
      items.push(item);
      if (items.length === limit) return { items, cursor: { at: event.change, id: event.id, start: place } };
    }
  }
  return { items, ...rest };
};
