import type { Context } from "#lib/context.ts";
import { requireRole } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import type { Event } from "#lib/model/event.ts";
import { findZone } from "#lib/model/zone.ts";
import * as events from "#lib/sql/events.ts";
import { findInstance } from "./find.ts";
import { instanceId } from "./instance-key.ts";
import type { EventPage } from "./list.ts";
import { listByStart } from "./list-by-start.ts";
import { checkQuery, filterOf, horizonMs, type ListQuery, openPage, sealPage, windowOf } from "./list-query.ts";
import { zoneNamed } from "./series.ts";

export interface InstancesQuery extends Pick<ListQuery, "maxResults" | "showDeleted" | "timeMin" | "timeMax" | "pageToken"> {
  /** The key of the one instance that is wanted: where the rule puts it. */
  readonly originalKey?: string | undefined;
}

/**
 * Lists the instances of one series in the order of their starts, changed ones where they have been moved to. `timeMin` is
 * inclusive here. Throws `notFound` when there is no such event.
 */
export const listInstances = async (
  ctx: Context,
  {
    calendarId,
    eventId,
    timeZone,
    query,
  }: {
    readonly calendarId: string;
    readonly eventId: string;
    readonly timeZone: string | undefined;
    readonly query: InstancesQuery;
  },
): Promise<EventPage> => {
  const { originalKey, ...rest } = query;
  const whole: ListQuery = { ...rest, singleEvents: true };
  checkQuery(whole);
  const calendar = await requireRole(ctx, calendarId, "reader");
  const zone = timeZone === undefined ? zoneNamed(calendar.timeZone) : findZone(timeZone);
  if (!zone)
    throw new Failure("invalid", { location: "timeZone", message: "Invalid value for timeZone: there is no zone of that name." });
  const master = await events.find(ctx.db, calendar.id, eventId);
  if (!master) throw new Failure("notFound");
  if (master.status === "cancelled" && !query.showDeleted) return { calendar, items: [] };

  if (originalKey !== undefined) {
    const id = instanceId(master, originalKey);
    const items: Event[] = [];
    const found = (await events.find(ctx.db, calendar.id, id)) ?? (await findInstance(ctx.db, calendar.id, id));
    if (found.status !== "cancelled" || query.showDeleted) items.push(found);
    return { calendar, items };
  }

  const page = openPage(ctx, eventId, calendar, whole);
  const horizon = page?.horizon ?? Math.max(ctx.now(), query.timeMin ?? 0) + horizonMs;
  const { items, cursor } = await listByStart({
    db: ctx.db,
    calendar,
    zone,
    filter: { ...filterOf(whole), masterId: master.id },
    expand: true,
    window: windowOf(query.timeMin === undefined ? undefined : query.timeMin - 1, query.timeMax, zone),
    horizon: query.timeMax ?? horizon,
    limit: query.maxResults,
    after: page?.cursor,
    master,
  });
  return {
    calendar,
    items,
    ...(cursor && { nextPageToken: sealPage(ctx, eventId, calendar, whole, { change: calendar.change, horizon, cursor }) }),
  };
};
