import { listInstances } from "#lib/domain/events/instances.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, integer, optional, text } from "#lib/schema.ts";
import { CalendarId, EventId, Instant, MaxResults, PageToken, pageSize, TimeZoneName } from "#lib/wire/common.ts";
import { EventsReply, fromPage } from "#lib/wire/event.ts";
import { readInstant, readOriginalKey, readZone } from "#lib/wire/time.ts";

export const handler = endpoint({
  id: "events.instances",
  route: "GET /calendar/v3/calendars/{calendarId}/events/{eventId}/instances",
  summary: "List the instances of a series.",
  description: "Lists the instances of a recurring event in the order of their starts.",
  access: "user",
  scope: "events.read",
  path: { calendarId: CalendarId, eventId: EventId },
  query: {
    timeMin: Instant,
    timeMax: Instant,
    originalStart: optional(text({ maxLength: 40, description: "Only the instance whose original start this is." })),
    showDeleted: optional(flag()),
    maxResults: MaxResults,
    pageToken: PageToken,
    timeZone: optional(TimeZoneName),
    maxAttendees: optional(integer({ minimum: 1 })),
    alwaysIncludeEmail: optional(flag()),
  },
  reply: EventsReply,
  errors: ["notFound", "timeRangeEmpty"],

  async run(ctx, { path, query }) {
    const timeZone = query.timeZone === undefined ? undefined : readZone(query.timeZone, "timeZone");
    const page = await listInstances(ctx, {
      ...path,
      query: {
        maxResults: pageSize(query.maxResults, 250, 2_500),
        showDeleted: query.showDeleted,
        timeMin: readInstant(query.timeMin, "timeMin"),
        timeMax: readInstant(query.timeMax, "timeMax"),
        originalKey: readOriginalKey(query.originalStart, "originalStart"),
        pageToken: query.pageToken || undefined,
      },
    });
    return fromPage(page, {
      calendar: page.calendar,
      publicUrl: ctx.settings.publicUrl,
      timeZone,
      maxAttendees: query.maxAttendees,
    });
  },
});
