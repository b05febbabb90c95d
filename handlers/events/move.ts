import { moveEvent } from "#lib/domain/events/move.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId, EventId, notificationParameters } from "#lib/wire/common.ts";
import { EventReply, fromEvent } from "#lib/wire/event.ts";

export const handler = endpoint({
  id: "events.move",
  route: "POST /calendar/v3/calendars/{calendarId}/events/{eventId}/move",
  summary: "Move an event to another calendar.",
  description: "Moves an event, or a whole series, to another calendar, which becomes its organizer.",
  access: "user",
  scope: "events.write",
  path: { calendarId: CalendarId, eventId: EventId },
  query: { destination: CalendarId, ...notificationParameters },
  reply: EventReply,
  errors: [
    "notFound",
    "requiredAccessLevel",
    "cannotChangeOrganizer",
    "cannotChangeOrganizerOfInstance",
    "eventTypeRestriction",
    "duplicate",
    "deleted",
  ],

  async run(ctx, { path, query }) {
    const { event, calendar } = await moveEvent(ctx, { ...path, destination: query.destination });
    return fromEvent(event, { calendar, publicUrl: ctx.settings.publicUrl });
  },
});
