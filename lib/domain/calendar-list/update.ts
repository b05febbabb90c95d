import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import { type EntryData, viewOf } from "#lib/model/calendar-list.ts";
import { etagMatches } from "#lib/model/etag.ts";
import { getEntry, type StandingEntry } from "./get.ts";
import { lockOwnList, writeEntry } from "./write.ts";

/** Changes what the caller says of a calendar in their list. Throws `notFound`, `conditionNotMet`. */
export const updateEntry = async (
  ctx: Context,
  {
    calendarId,
    ifMatch,
    dataOf,
  }: {
    readonly calendarId: string;
    readonly ifMatch: string | undefined;
    readonly dataOf: (current: StandingEntry) => EntryData;
  },
): Promise<StandingEntry> =>
  ctx.db.inTransaction(async (db) => {
    const change = await lockOwnList(ctx, db);
    const current = await getEntry(ctx, calendarId, db);
    if (!etagMatches(ifMatch, current.change, viewOf(current))) throw new Failure("conditionNotMet");
    return writeEntry(ctx, db, { calendarId: current.calendarId, data: dataOf(current), change });
  });
