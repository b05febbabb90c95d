import type { Context } from "#lib/context.ts";
import { lockForWrite } from "#lib/domain/acl/require-role.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { Failure } from "#lib/errors.ts";
import type { Calendar, CalendarDraft } from "#lib/model/calendar.ts";
import { etagMatches } from "#lib/model/etag.ts";
import * as calendars from "#lib/sql/calendars.ts";

/** Changes what a calendar says of itself. Throws `notFound`, `conditionNotMet`. */
export const updateCalendar = async (
  ctx: Context,
  {
    calendarId,
    ifMatch,
    draftOf,
  }: {
    readonly calendarId: string;
    readonly ifMatch: string | undefined;
    readonly draftOf: (current: Calendar) => CalendarDraft;
  },
): Promise<Calendar> =>
  ctx.db.inTransaction(async (db) => {
    const current = await lockForWrite(ctx, db, calendarId, "owner");
    if (!etagMatches(ifMatch, current.ownChange)) throw new Failure("conditionNotMet");
    const updated = await calendars.update(db, current.id, draftOf(current), current.change);
    await recordChange(ctx, db, { calendarId: current.id });
    return updated;
  });
