import { clearCalendar } from "#lib/domain/calendars/clear.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendars.clear",
  route: "POST /calendar/v3/calendars/{calendarId}/clear",
  summary: "Clear the primary calendar.",
  description: "Deletes all events of the caller's primary calendar.",
  access: "user",
  scope: "calendars.write",
  path: { calendarId: CalendarId },
  errors: ["notFound", "requiredAccessLevel"],

  async run(ctx, { path }) {
    await clearCalendar(ctx, path.calendarId);
  },
});
