import { insertCalendar } from "#lib/domain/calendars/insert.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarBody, CalendarReply, fromCalendar, toCalendarDraft } from "#lib/wire/calendar.ts";

export const handler = endpoint({
  id: "calendars.insert",
  route: "POST /calendar/v3/calendars",
  summary: "Create a calendar.",
  description: "Makes a secondary calendar that the caller owns.",
  access: "user",
  scope: "calendars.write",
  path: {},
  body: CalendarBody,
  reply: CalendarReply,
  errors: ["duplicate"],

  async run(ctx, { body }) {
    return fromCalendar(await insertCalendar(ctx, toCalendarDraft(body)));
  },
});
