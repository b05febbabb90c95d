import { deleteEntry } from "#lib/domain/calendar-list/delete.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendarList.delete",
  route: "DELETE /calendar/v3/users/me/calendarList/{calendarId}",
  summary: "Take a calendar out of the caller's list.",
  description: "Takes a calendar out of the caller's list. Calendars of their own stay in it.",
  access: "user",
  scope: "calendars.write",
  path: { calendarId: CalendarId },
  errors: ["notFound", "conditionNotMet", "cannotChangeOwnPrimarySubscription", "cannotUnsubscribeFromOwnedCalendar"],

  async run(ctx, { path, ifMatch }) {
    await deleteEntry(ctx, { ...path, ifMatch });
  },
});
