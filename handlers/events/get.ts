import { getEvent } from "#lib/domain/events/get.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, integer, optional } from "#lib/schema.ts";
import { CalendarId, EventId, TimeZoneName } from "#lib/wire/common.ts";
import { EventReply, fromEvent } from "#lib/wire/event.ts";
import { readZone } from "#lib/wire/time.ts";

export const handler = endpoint({
  id: "events.get",
  route: "GET /calendar/v3/calendars/{calendarId}/events/{eventId}",
  summary: "Read an event.",
  description: "Reads an event, or one instance of a series by its id. Deleted events are answered with status cancelled.",
  access: "user",
  scope: "events.read",
  path: { calendarId: CalendarId, eventId: EventId },
  query: {
    timeZone: optional(TimeZoneName),
    maxAttendees: optional(integer({ minimum: 1 })),
    alwaysIncludeEmail: optional(flag()),
  },
  reply: EventReply,
  errors: ["notFound"],

  async run(ctx, { path, query }) {
    const timeZone = query.timeZone === undefined ? undefined : readZone(query.timeZone, "timeZone");
    const { event, calendar } = await getEvent(ctx, path);
    return fromEvent(event, { calendar, publicUrl: ctx.settings.publicUrl, timeZone, maxAttendees: query.maxAttendees });
  },
});
