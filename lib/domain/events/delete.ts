import type { Context } from "#lib/context.ts";
import { writeCopy } from "#lib/domain/invitations/answer.ts";
import { letGuestsFollow } from "#lib/domain/invitations/follow.ts";
import { Failure } from "#lib/errors.ts";
import { etagMatches } from "#lib/model/etag.ts";
import { count } from "#lib/observe/metrics.ts";
import { getEventOrInstance } from "./find.ts";
import { requireSight } from "./hide.ts";
import { writeVersion } from "./revise.ts";
import { writeEvents } from "./write.ts";

/**
 * Cancels an event (a series with all its instances), or takes one instance out of its series. It stays readable as cancelled,
 * so that clients that sync hear of it. Guests see the organizer's event cancelled; a guest's copy that is deleted is an invitation
 * declined. Throws `notFound`, `deleted` when it is cancelled already, `conditionNotMet`.
 */
export const deleteEvent = async (
  ctx: Context,
  {
    calendarId,
    eventId,
    ifMatch,
  }: { readonly calendarId: string; readonly eventId: string; readonly ifMatch: string | undefined },
): Promise<void> =>
  writeEvents(
    ctx,
    calendarId,
    async (write) => {
      const { db, calendar } = write;
      const current = await getEventOrInstance(db, calendar.id, eventId);
      requireSight(calendar.role, current);
      if (current.status === "cancelled") throw new Failure("deleted");
      if (!etagMatches(ifMatch, current.change)) throw new Failure("conditionNotMet");
      count("EventsWritten", {});
      const cancelled = { ...current, status: "cancelled" } as const;
      if (current.copyOf) {
        await writeCopy(ctx, write, current, cancelled);
        return;
      }
      const after = await writeVersion(ctx, db, calendar, current, cancelled, "tolerant");
      await letGuestsFollow(ctx, write, { before: current, after });
    },
    { object: () => ({ eventId }) },
  );
