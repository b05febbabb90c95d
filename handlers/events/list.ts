import { listEvents } from "#lib/domain/events/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId, pageSize } from "#lib/wire/common.ts";
import { EventsReply, fromPage } from "#lib/wire/event.ts";
import { eventsQuery } from "#lib/wire/list-queries.ts";
import { readInstant, readMoment, readZone } from "#lib/wire/time.ts";

export const handler = endpoint({
  id: "events.list",
  route: "GET /calendar/v3/calendars/{calendarId}/events",
  summary: "List events.",
  description: "Lists the events of a calendar, or with a sync token what has changed since.",
  access: "user",
  scope: "events.read",
  path: { calendarId: CalendarId },
  query: eventsQuery,
  reply: EventsReply,
  errors: ["notFound", "timeRangeEmpty", "invalidSyncToken", "fullSyncRequired", "updatedMinTooLongAgo"],

  async run(ctx, { path, query }) {
    const timeZone = query.timeZone === undefined ? undefined : readZone(query.timeZone, "timeZone");
    const page = await listEvents(ctx, {
      ...path,
      query: {
        maxResults: pageSize(query.maxResults, 250, 2_500),
        singleEvents: query.singleEvents,
        showDeleted: query.showDeleted,
        orderBy: query.orderBy,
        timeMin: readInstant(query.timeMin, "timeMin"),
        timeMax: readInstant(query.timeMax, "timeMax"),
        updatedMin: readMoment(query.updatedMin, "updatedMin"),
        q: query.q || undefined,
        iCalUID: query.iCalUID || undefined,
        privateExtendedProperty: query.privateExtendedProperty,
        sharedExtendedProperty: query.sharedExtendedProperty,
        eventTypes: query.eventTypes,
        pageToken: query.pageToken || undefined,
        syncToken: query.syncToken || undefined,
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
