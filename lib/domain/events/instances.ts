import type { Context } from "#lib/context.ts";
import { requireRole } from "#lib/domain/acl/require-role.ts";
import { findEventOrInstance, getEventOrInstance } from "./find.ts";
import { asSeenBy } from "./hide.ts";
import { instanceId } from "./instance-key.ts";
import type { EventPage } from "./list.ts";
import { listByStart } from "./list-by-start.ts";
import { checkQuery, filterOf, horizonOf, type ListQuery, openPage, sealPage, windowOf } from "./list-query.ts";
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
  { calendarId, eventId, query }: { readonly calendarId: string; readonly eventId: string; readonly query: InstancesQuery },
): Promise<EventPage> => {
  const { originalKey, ...rest } = query;
  const whole: ListQuery = { ...rest, singleEvents: true };
  checkQuery(whole);
  const calendar = await requireRole(ctx, calendarId, "freeBusyReader");
  const master = await getEventOrInstance(ctx.db, calendar.id, eventId);
  if (master.status === "cancelled" && !query.showDeleted) return { calendar, items: [] };

  if (originalKey !== undefined) {
    const found = await findEventOrInstance(ctx.db, calendar.id, instanceId(master.id, originalKey));
    const isShown = found && (found.status !== "cancelled" || query.showDeleted);
    return { calendar, items: isShown ? [asSeenBy({ role: calendar.role, email: ctx.caller.email }, found)] : [] };
  }

  const zone = zoneNamed(calendar.timeZone);
  const page = openPage(ctx, eventId, calendar, whole);
  const horizon = page?.horizon ?? horizonOf(ctx.now(), query.timeMin);
  const { items, cursor } = await listByStart({
    db: ctx.db,
    calendar,
    zone,
    filter: { ...filterOf(whole, calendar.role), masterId: master.id },
    expand: true,
    window: windowOf(query.timeMin === undefined ? undefined : query.timeMin - 1, query.timeMax, zone),
    horizon: query.timeMax ?? horizon,
    limit: query.maxResults,
    after: page?.cursor,
    master,
  });
  return {
    calendar,
    items: items.map((event) => asSeenBy({ role: calendar.role, email: ctx.caller.email }, event)),
    ...(cursor && { nextPageToken: sealPage(ctx, eventId, calendar, whole, { change: calendar.change, horizon, cursor }) }),
  };
};
