import type { Context } from "#lib/context.ts";
import { lockForWrite } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import { etagMatches } from "#lib/model/etag.ts";
import { count } from "#lib/observe/metrics.ts";
import { getEventOrInstance } from "./find.ts";
import { writeVersion } from "./revise.ts";

/**
 * Cancels an event (a series with all its instances), or takes one instance out of its series. It stays readable as cancelled,
 * so that clients that sync hear of it. Throws `notFound`, `deleted` when it is cancelled already, `conditionNotMet`.
 */
export const deleteEvent = async (
  ctx: Context,
  {
    calendarId,
    eventId,
    ifMatch,
  }: { readonly calendarId: string; readonly eventId: string; readonly ifMatch: string | undefined },
): Promise<void> =>
  ctx.db.inTransaction(async (db) => {
    const calendar = await lockForWrite(ctx, db, calendarId, "writer");
    const current = await getEventOrInstance(db, calendar.id, eventId);
    if (current.status === "cancelled") throw new Failure("deleted");
    if (!etagMatches(ifMatch, current.change)) throw new Failure("conditionNotMet");
    await writeVersion(ctx, db, calendar, current, { ...current, status: "cancelled" }, "tolerant");
    count("EventsWritten", {});
  });
