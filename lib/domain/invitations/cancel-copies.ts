import type { Context } from "#lib/context.ts";
import type { EventWrite } from "#lib/domain/events/write.ts";
import * as copies from "#lib/sql/copies.ts";

/** Cancels every copy that guests have of a calendar's events: before these are all cancelled, or gone. */
export const cancelCopies = async (ctx: Context, { db, calendar, hold }: EventWrite): Promise<void> => {
  const guests = hold(await copies.listGuests(db, calendar.id));
  if (guests.size > 0) await copies.cancelAll(db, [...guests.keys()], calendar.id, ctx.now());
};
