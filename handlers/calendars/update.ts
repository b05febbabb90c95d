import { updateCalendar } from "#lib/domain/calendars/update.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarBody, CalendarReply, fromCalendar, toCalendarDraft } from "#lib/wire/calendar.ts";
import { CalendarId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendars.update",
  route: "PUT /calendar/v3/calendars/{calendarId}",
  summary: "Replace a calendar's fields.",
  description: "Writes what a calendar says of itself anew: fields that the body does not have are removed.",
  access: "user",
  scope: "calendars.write",
  path: { calendarId: CalendarId },
  body: CalendarBody,
  reply: CalendarReply,
  errors: ["notFound", "requiredAccessLevel", "conditionNotMet"],

  async run(ctx, { path, body, ifMatch }) {
    const draftOf = (current: Parameters<typeof fromCalendar>[0]) => toCalendarDraft(body, current, "goes");
    return fromCalendar(await updateCalendar(ctx, { ...path, ifMatch, draftOf }));
  },
});
