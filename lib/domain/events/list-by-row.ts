import type { Event } from "#lib/model/event.ts";
import * as lists from "#lib/sql/event-lists.ts";
import * as events from "#lib/sql/events.ts";
import { expandable, occurrencesIn, readAtOnce, readOverridden } from "./expand.ts";
import { keyOfStart } from "./instance-key.ts";
import type { Listed, ListRequest } from "./list-request.ts";
import { instanceOf } from "./series.ts";

/** Rows are read so many times for one page, at most: a page may be short, but a client should not have to fetch many of those. */
const mostReads = 8;

/**
 * Events in the order of their rows, by id or by last update: masters and changed instances as they are, or (when the list wants
 * instances) each series' instances in its place. A series with no occurrence inside the window is left out; a page may be short, or
 * empty, though more follow.
 */
export const listByRow = async (request: ListRequest, order: "id" | "updated"): Promise<Listed> => {
  const items: Event[] = [];
  let { after } = request;
  for (let reads = 0; reads < mostReads; reads += 1) {
    const read = await readRows({ ...request, after }, order, request.limit - items.length);
    items.push(...read.items);
    if (!read.cursor) return { items };
    after = read.cursor;
    if (items.length === request.limit) break;
  }
  return { items, ...(after && { cursor: after }) };
};

/** Reads as many rows as a page may have items, and what they show: at most so many items as there is room for. */
const readRows = async (request: ListRequest, order: "id" | "updated", room: number): Promise<Listed> => {
  const { calendar, zone, filter, expand, window, limit, horizon, after } = request;
  const stretch = { from: window.from, to: Math.min(window.to, horizon) };
  const { all, unfinished, overridden } = await readAtOnce(request.db, calendar, async (db) => {
    const rows = await (order === "id"
      ? lists.listById(db, calendar.id, filter, window, after?.id ?? "", limit + 1)
      : lists.listByUpdate(
          db,
          calendar.id,
          filter,
          window,
          { updated: after?.at ?? Number.NEGATIVE_INFINITY, id: after?.id ?? "" },
          limit + 1,
        ));
    // The last page may have ended in the middle of a series: that one comes first.
    const unfinished = after?.start === undefined ? undefined : await events.find(db, calendar.id, after.id);
    const all = unfinished ? [unfinished, ...rows] : rows;
    const masters = expand ? all.filter(({ recurrence }) => recurrence) : [];
    return { all, unfinished, overridden: await readOverridden(db, calendar, masters, stretch) };
  });

  const items: Event[] = [];
  for (const [index, event] of all.entries()) {
    const cursor = { at: order === "id" ? 0 : event.updated, id: event.id };
    const one = expandable(event);
    if (!one) {
      items.push(event);
    } else if (!expand) {
      if (!occurrencesIn(one, window, zone).next().done) items.push(event);
    } else {
      const startsFrom = event === unfinished ? (after?.start ?? 0) + 1 : undefined;
      for (const occurrence of occurrencesIn(one, { ...stretch, startsFrom }, zone)) {
        if (overridden.has(event.id, keyOfStart(occurrence.start, one.allDay))) continue;
        items.push(instanceOf(event, occurrence));
        if (items.length === room) return { items, cursor: { ...cursor, start: occurrence.start } };
      }
    }
    const hasMore = index < all.length - 1;
    if (hasMore && (items.length === room || index >= limit - 1)) return { items, cursor };
  }
  return { items };
};
