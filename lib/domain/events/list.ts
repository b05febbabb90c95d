import type { Context } from "#lib/context.ts";
import { requireRole } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import type { SharedCalendar } from "#lib/model/calendar.ts";
import type { Event } from "#lib/model/event.ts";
import { count } from "#lib/observe/metrics.ts";
import { asSeenBy, sightOf } from "./hide.ts";
import { listByRow } from "./list-by-row.ts";
import { listByStart } from "./list-by-start.ts";
import { listChanges } from "./list-changes.ts";
import {
  canBeSynced,
  checkQuery,
  filterOf,
  horizonOf,
  type ListQuery,
  openPage,
  openSync,
  sealPage,
  sealSync,
  windowOf,
} from "./list-query.ts";
import type { ListRequest } from "./list-request.ts";
import { zoneNamed } from "./series.ts";

/** One page of a list: the last one has a sync token (if the query can be synced), all others a page token. */
export interface EventPage {
  readonly calendar: SharedCalendar;
  readonly items: readonly Event[];
  readonly nextPageToken?: string;
  readonly nextSyncToken?: string;
}

/**
 * Lists a calendar's events: by start when series are expanded, by id or last update otherwise, or what has changed since a sync
 * token. Each page costs what is on it. Throws `notFound`, `invalid`, `timeRangeEmpty`, `invalidSyncToken`, `fullSyncRequired`,
 * `updatedMinTooLongAgo`.
 */
export const listEvents = async (
  ctx: Context,
  { calendarId, query }: { readonly calendarId: string; readonly query: ListQuery },
): Promise<EventPage> => {
  checkQuery(query);
  // The change number is read before the events: whatever is written in between will be told again, never missed.
  const calendar = await requireRole(ctx, calendarId, "freeBusyReader");
  const sync = openSync(ctx, calendar, query);
  if (query.updatedMin !== undefined && query.updatedMin < (calendar.purgedUntil ?? Number.NEGATIVE_INFINITY)) {
    throw new Failure("updatedMinTooLongAgo");
  }
  const page = openPage(ctx, "events", calendar, query);
  // Most clients that sync hear that nothing has changed: for that the calendar alone says enough.
  if (query.syncToken !== undefined && sync?.change === calendar.change && !page) {
    return { calendar, items: [], nextSyncToken: query.syncToken };
  }
  const { singleEvents = false, timeMin, timeMax } = sync ?? query;
  const horizon = page?.horizon ?? horizonOf(ctx.now(), timeMin);
  const zone = zoneNamed(calendar.timeZone);
  const request: ListRequest = {
    db: ctx.db,
    calendar,
    zone,
    filter: filterOf(query, calendar.role),
    expand: singleEvents,
    window: windowOf(timeMin, timeMax, zone),
    horizon: timeMax ?? horizon,
    limit: query.maxResults,
    after: page?.cursor,
  };

  const { items: found, cursor } = sync
    ? await listChanges(request, sync.change)
    : singleEvents && query.orderBy !== "updated"
      ? await listByStart(request)
      : await listByRow(request, query.orderBy === "updated" ? "updated" : "id");
  const items = found.map((event) => asSeenBy({ role: calendar.role, email: ctx.caller.email }, event));
  count("EventsListed", {}, items.length);

  const change = page?.change ?? calendar.change;
  if (cursor) return { calendar, items, nextPageToken: sealPage(ctx, "events", calendar, query, { change, horizon, cursor }) };
  if (!canBeSynced(query)) return { calendar, items };
  const stretch = { singleEvents, timeMin, timeMax, horizon, zone: calendar.timeZone };
  const token = { calendar: calendar.id, change, ...stretch, sight: sightOf(calendar.role) };
  return { calendar, items, nextSyncToken: sealSync(ctx, token) };
};
