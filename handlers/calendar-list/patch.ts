import { updateEntry } from "#lib/domain/calendar-list/update.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, optional } from "#lib/schema.ts";
import { EntryBody, EntryReply, fromEntry, toEntryData } from "#lib/wire/calendar-list.ts";
import { CalendarId } from "#lib/wire/common.ts";

export const handler = endpoint({
  id: "calendarList.patch",
  route: "PATCH /calendar/v3/users/me/calendarList/{calendarId}",
  summary: "Change an entry of the caller's list.",
  description: "Changes the fields that the body names; null removes a field.",
  access: "user",
  scope: "calendars.write",
  path: { calendarId: CalendarId },
  query: { colorRgbFormat: optional(flag()) },
  body: EntryBody,
  reply: EntryReply,
  errors: ["notFound", "conditionNotMet"],

  async run(ctx, { path, query, body, ifMatch }) {
    const entry = await updateEntry(ctx, {
      ...path,
      ifMatch,
      dataOf: ({ calendarId, data }) => toEntryData(body, calendarId, data, { missing: "stays", rgb: query.colorRgbFormat }),
    });
    return fromEntry(entry);
  },
});
