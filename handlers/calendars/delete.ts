import { deleteCalendar } from "#lib/domain/calendars/delete.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendars.delete",
  route: "DELETE /calendar/v3/calendars/{calendarId}",
  summary: "Delete a calendar.",
  description: "Deletes a secondary calendar with all its events. A primary calendar can only be cleared.",
  access: "user",
  scope: "calendars.write",
  path: { calendarId: CalendarId },
  errors: ["notFound", "requiredAccessLevel", "cannotDeletePrimaryCalendar", "conditionNotMet"],

  async run(ctx, { path, ifMatch }) {
    await deleteCalendar(ctx, { ...path, ifMatch });
  },
});
