import { type Event, isAllDay } from "#lib/model/event.ts";
import * as events from "#lib/sql/events.ts";
import { expandable, occurrencesIn, readOverridden } from "./expand.ts";
import { keyOfStart } from "./instance-key.ts";
import type { Listed, ListRequest } from "./list-request.ts";
import { instanceOf } from "./series.ts";

/**
 * What has changed since a change number, deletions included, in the order of the changes. Where a client keeps instances, a
 * changed series is told as all its instances, and those that the earlier versions had and this one has not as cancelled.
 */
export const listChanges = async (request: ListRequest, since: number): Promise<Listed> => {
  const { db, calendar, zone, filter, expand, window, limit, horizon, after } = request;
  const rows = await events.listByChange(
    db,
    calendar.id,
    { change: after?.at ?? since, id: after?.id ?? (after ? "" : "\u{10ffff}") },
    limit + 1,
  );
  const unfinished = after?.start === undefined ? undefined : await events.find(db, calendar.id, after.id);
  const all = unfinished ? [unfinished, ...rows] : rows;
  const wanted = (event: Event) => !filter.eventTypes || filter.eventTypes.includes(event.details.eventType ?? "default");
  if (!expand) {
    const page = all.slice(0, limit);
    const last = page.at(-1);
    const items = page.filter(wanted);
    return all.length > limit && last ? { items, cursor: { at: last.change, id: last.id } } : { items };
  }

  const expansion = { from: window.from, to: Math.min(window.to, horizon) };
  const ids = all.filter(({ recurringEventId }) => recurringEventId === undefined).map(({ id }) => id);
  const retired = Map.groupBy(await events.listRetired(db, calendar.id, ids, since), ({ event_id: id }) => id);
  const isOverridden = await readOverridden(
    db,
    calendar,
    all.filter(({ recurrence }) => recurrence),
    expansion,
  );

  const items: Event[] = [];
  for (const [index, event] of all.entries()) {
    if (!wanted(event)) continue;
    const cursor = { at: event.change, id: event.id };
    const begin = event === unfinished ? (after?.start ?? 0) : Number.NEGATIVE_INFINITY;
    for (const item of told(event, retired.get(event.id)?.map(({ data }) => data) ?? [])) {
      if (item.start <= begin) continue;
      items.push(item.event);
      if (items.length >= limit) return { items, cursor: { ...cursor, start: item.start } };
    }
    if (index < all.length - 1 && index >= limit - 1) return { items, cursor };
  }
  return { items };

  /** One changed row as a client that keeps instances must hear of it; `start` orders the parts. */
  function* told(event: Event, before: readonly Pick<Event, "start" | "end" | "recurrence">[]) {
    const now = expandable(event);
    const wasSingle = before.some(({ recurrence }) => !recurrence);
    if (!now) yield { start: -1e15, event };
    else if (wasSingle) yield { start: -1e15, event: { ...event, status: "cancelled" } as const };

    const versions = [
      ...(now && event.status !== "cancelled" ? [{ stands: true, ...now }] : []),
      ...before.flatMap((version) => {
        const earlier = expandable({ ...event, ...version });
        return earlier ? [{ stands: false, ...earlier }] : [];
      }),
    ];
    const sources = versions.map((version) => {
      const occurrences = occurrencesIn(version, expansion, zone);
      return { version, occurrences, head: occurrences.next() };
    });
    // A merge of all versions by start: the first source with a start is the version that stands, if that one has it.
    for (;;) {
      let start = Number.POSITIVE_INFINITY;
      for (const { head } of sources) if (!head.done && head.value.start < start) start = head.value.start;
      if (start === Number.POSITIVE_INFINITY) return;
      let chosen: Event | undefined;
      for (const source of sources) {
        const { head, version } = source;
        if (head.done || head.value.start !== start) continue;
        const key = keyOfStart(start, isAllDay(version.master.start));
        if (!chosen && !isOverridden(event.id, key)) {
          const instance = instanceOf(version.master, head.value);
          chosen = version.stands ? instance : { ...instance, status: "cancelled" };
        }
        source.head = source.occurrences.next();
      }
      if (chosen) yield { start, event: chosen };
    }
  }
};
