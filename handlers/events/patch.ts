import { updateEvent } from "#lib/domain/events/update.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId, EventId, notificationParameters, versionParameters } from "#lib/wire/common.ts";
import { EventBody, EventReply, fromEvent } from "#lib/wire/event.ts";
import { toPatchedDraft } from "#lib/wire/read-event.ts";

export const handler = endpoint({
  id: "events.patch",
  route: "PATCH /calendar/v3/calendars/{calendarId}/events/{eventId}",
  summary: "Change parts of an event.",
  description: "Changes the fields that the body names, of an event or of one instance of a series; null removes a field.",
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
      draftOf: (target, current) => toPatchedDraft(body, target, current, query),
    });
    return fromEvent(event, { calendar, publicUrl: ctx.settings.publicUrl, maxAttendees: query.maxAttendees });
  },
});
