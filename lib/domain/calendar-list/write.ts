import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { Failure } from "#lib/errors.ts";
import type { EntryData } from "#lib/model/calendar-list.ts";
import * as calendarList from "#lib/sql/calendar-list.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as users from "#lib/sql/users.ts";
import { getEntry, type StandingEntry } from "./get.ts";

/** Takes the lock of the caller's list and its next change number. */
export const lockOwnList = async (ctx: Context, db: Connection): Promise<number> => {
  const change = await users.takeChange(db, ctx.caller.userId);
  if (change === undefined) throw new Failure("notFound");
  return change;
};

/** Writes an entry of the caller's list, inside a transaction that has locked the list, and reads it again. Throws `notFound`. */
export const writeEntry = async (
  ctx: Context,
  db: Connection,
  entry: { readonly calendarId: string; readonly data: EntryData; readonly change: number },
): Promise<StandingEntry> => {
  const { userId } = ctx.caller;
  await calendarList.put(db, { userId, ...entry }, ctx.now());
  await notifyWatchers(db, { kind: "calendarList", userId });
  const written = await getEntry(ctx, entry.calendarId, db);
  await recordChange(ctx, db, { calendarId: entry.calendarId });
  return written;
};
