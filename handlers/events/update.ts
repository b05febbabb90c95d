import { updateEvent } from "#lib/domain/events/update.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId, EventId, notificationParameters, versionParameters } from "#lib/wire/common.ts";
import { EventBody, EventReply, fromEvent } from "#lib/wire/event.ts";
import { toReplacement } from "#lib/wire/read-event.ts";

export const handler = endpoint({
  id: "events.update",
  route: "PUT /calendar/v3/calendars/{calendarId}/events/{eventId}",
  summary: "Replace an event.",
  description: "Writes an event, or one instance of a series, anew: fields that the body does not have are removed.",
  access: "user",
  scope: "events.write",
  path: { calendarId: CalendarId, eventId: EventId },
  query: { ...notificationParameters, ...versionParameters },
  body: EventBody,
  reply: EventReply,
  errors: [
    "notFound",
    "requiredAccessLevel",
    "timeRangeEmpty",
    "cannotUseDefaultRemindersAndSpecifyOverride",
    "conditionNotMet",
    "forbiddenForNonOrganizer",
    "invalidSequence",
  ],

  async run(ctx, { path, query, body, ifMatch }) {
    const { event, calendar } = await updateEvent(ctx, {
      ...path,
      ifMatch,
      draftOf: (target, current) => toReplacement(body, target, current, query),
    });
    return fromEvent(event, { calendar, publicUrl: ctx.settings.publicUrl, maxAttendees: query.maxAttendees });
  },
});
