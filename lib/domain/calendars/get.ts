import type { Context } from "#lib/context.ts";
import { requireRole } from "#lib/domain/acl/require-role.ts";
import type { Calendar } from "#lib/model/calendar.ts";

/** Reads a calendar. Throws `notFound`. */
export const getCalendar = (ctx: Context, calendarId: string): Promise<Calendar> =>
  requireRole(ctx, calendarId, "freeBusyReader");
