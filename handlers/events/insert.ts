import { insertEvent } from "#lib/domain/events/insert.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId, notificationParameters, versionParameters } from "#lib/wire/common.ts";
import { EventBody, EventReply, fromEvent } from "#lib/wire/event.ts";
import { readEventId, toDraft } from "#lib/wire/read-event.ts";

export const handler = endpoint({
  id: "events.insert",
  route: "POST /calendar/v3/calendars/{calendarId}/events",
  summary: "Create an event.",
  description: "Adds a single event or the master of a series to a calendar.",
  access: "user",
  scope: "events.write",
  path: { calendarId: CalendarId },
  query: { ...notificationParameters, ...versionParameters },
  body: EventBody,
  reply: EventReply,
  errors: ["notFound", "requiredAccessLevel", "timeRangeEmpty", "cannotUseDefaultRemindersAndSpecifyOverride", "duplicate"],

  async run(ctx, { path, query, body }) {
    const { event, calendar } = await insertEvent(ctx, {
      ...path,
      id: readEventId(body),
      draftOf: (target) => toDraft(body, target, query),
    });
    return fromEvent(event, { calendar, publicUrl: ctx.settings.publicUrl, maxAttendees: query.maxAttendees });
  },
});
