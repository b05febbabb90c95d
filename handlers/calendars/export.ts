import { exportCalendar } from "#lib/domain/calendars/export.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { text } from "#lib/schema.ts";
import { CalendarId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendars.export",
  route: "GET /v1/calendars/{calendarId}/export.ics",
  summary: "Export a calendar.",
  description: "Writes a whole calendar as an iCalendar file: events, series with their changed instances, and time zones.",
  access: "user",
  scope: "events.read",
  path: { calendarId: CalendarId },
  produces: "text/calendar; charset=utf-8",
  reply: text(),
  errors: ["notFound", "requiredAccessLevel"],

  async run(ctx, { path }) {
    return exportCalendar(ctx, path.calendarId);
  },
});
