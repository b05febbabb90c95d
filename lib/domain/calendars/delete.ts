import type { Context } from "#lib/context.ts";
import { lockForWrite } from "#lib/domain/acl/require-role.ts";
import { Failure } from "#lib/errors.ts";
import { etagMatches } from "#lib/model/etag.ts";
import * as calendars from "#lib/sql/calendars.ts";
import * as events from "#lib/sql/events.ts";

/** Deletes a secondary calendar with everything in it. Throws `notFound`, `cannotDeletePrimaryCalendar`, `conditionNotMet`. */
export const deleteCalendar = async (
  ctx: Context,
  { calendarId, ifMatch }: { readonly calendarId: string; readonly ifMatch: string | undefined },
): Promise<void> =>
  ctx.db.inTransaction(async (db) => {
    const calendar = await lockForWrite(ctx, db, calendarId, "owner");
    if (calendar.isPrimary) throw new Failure("cannotDeletePrimaryCalendar");
    if (!etagMatches(ifMatch, calendar.ownChange)) throw new Failure("conditionNotMet");
    while (await events.removeBatch(db, calendar.id));
    await calendars.remove(db, calendar.id);
  });
