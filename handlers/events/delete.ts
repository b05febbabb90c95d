import { deleteEvent } from "#lib/domain/events/delete.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId, EventId, notificationParameters } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "events.delete",
  route: "DELETE /calendar/v3/calendars/{calendarId}/events/{eventId}",
  summary: "Delete an event.",
  description: "Cancels an event, a series with all its instances, or one instance of a series.",
  access: "user",
  scope: "events.write",
  path: { calendarId: CalendarId, eventId: EventId },
  query: notificationParameters,
  errors: ["notFound", "requiredAccessLevel", "deleted", "conditionNotMet", "forbiddenForNonOrganizer"],

  async run(ctx, { path, ifMatch }) {
    await deleteEvent(ctx, { ...path, ifMatch });
  },
});
