import { getCalendar } from "#lib/domain/calendars/get.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarReply, fromCalendar } from "#lib/wire/calendar.ts";
import { CalendarId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendars.get",
  route: "GET /calendar/v3/calendars/{calendarId}",
  summary: "Read a calendar.",
  description: "Reads what a calendar says of itself.",
  access: "user",
  scope: "calendars.read",
  path: { calendarId: CalendarId },
  reply: CalendarReply,
  errors: ["notFound"],

  async run(ctx, { path }) {
    return fromCalendar(await getCalendar(ctx, path.calendarId));
  },
});
