import { listEvents } from "#lib/domain/events/list.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, integer, oneOf, optional, text } from "#lib/schema.ts";
import { CalendarId, Instant, MaxResults, PageToken, pageSize, TimeZoneName, Words } from "#lib/wire/common.ts";
import { EventsReply, fromPage } from "#lib/wire/event.ts";
import { readInstant, readMoment, readZone } from "#lib/wire/time.ts";

export const handler = endpoint({
  id: "events.list",
  route: "GET /calendar/v3/calendars/{calendarId}/events",
  summary: "List events.",
  description: "Lists the events of a calendar, or with a sync token what has changed since.",
  access: "user",
  scope: "events.read",
  path: { calendarId: CalendarId },
  query: {
    timeMin: Instant,
    timeMax: Instant,
    updatedMin: Instant,
    singleEvents: optional(flag({ description: "List the instances of series instead of the series." })),
    showDeleted: optional(flag()),
    orderBy: optional(oneOf("startTime", "updated")),
    maxResults: MaxResults,
    pageToken: PageToken,
    syncToken: optional(text({ maxLength: 2_048 })),
    q: optional(text({ maxLength: 1_000 })),
    iCalUID: optional(text({ maxLength: 1_024 })),
    privateExtendedProperty: Words("name=value; several must all hold."),
    sharedExtendedProperty: Words("name=value; several must all hold."),
    eventTypes: Words("Only events of these types."),
    timeZone: optional(TimeZoneName),
    maxAttendees: optional(integer({ minimum: 1 })),
    alwaysIncludeEmail: optional(flag()),
    showHiddenInvitations: optional(flag()),
  },
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
