import { getEntry } from "#lib/domain/calendar-list/get.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { EntryReply, fromEntry } from "#lib/wire/calendar-list.ts";
import { CalendarId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendarList.get",
  route: "GET /calendar/v3/users/me/calendarList/{calendarId}",
  summary: "Read an entry of the caller's list.",
  description: "Reads a calendar as it stands in the caller's list.",
  access: "user",
  scope: "calendars.read",
  path: { calendarId: CalendarId },
  reply: EntryReply,
  errors: ["notFound"],

  async run(ctx, { path }) {
    return fromEntry(await getEntry(ctx, path.calendarId));
  },
});
