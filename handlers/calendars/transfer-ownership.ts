import { transferOwnership } from "#lib/domain/calendars/transfer-ownership.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, text } from "#lib/schema.ts";
import { checkAdminAccess } from "#lib/wire/calendar.ts";
import { CalendarId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendars.transferOwnership",
  route: "POST /calendar/v3/calendars/{calendarId}/transferOwnership",
  summary: "Give a calendar to another user.",
  description: "Makes another user the owner of a secondary calendar; the previous one keeps the role. For administrators.",
  access: "admin",
  scope: "admin",
  path: { calendarId: CalendarId },
  query: {
    newDataOwner: text({ minLength: 1, maxLength: 320, description: "The new owner's address." }),
    useAdminAccess: flag({ description: "Must be true: it is administrators who do this." }),
  },
  errors: ["notFound"],

  async run(ctx, { path, query }) {
    checkAdminAccess(query.useAdminAccess);
    await transferOwnership(ctx, { ...path, newDataOwner: query.newDataOwner });
  },
});
