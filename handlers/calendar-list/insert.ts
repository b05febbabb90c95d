import { insertEntry } from "#lib/domain/calendar-list/insert.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { flag, optional } from "#lib/schema.ts";
import { EntryReply, fromEntry, NewEntryBody, toEntryData } from "#lib/wire/calendar-list.ts";

export const handler = endpoint({
  id: "calendarList.insert",
  route: "POST /calendar/v3/users/me/calendarList",
  summary: "Add a calendar to the caller's list.",
  description:
    "Puts a calendar that the caller may see into their list; if it is there already, the fields of the body are changed.",
  access: "user",
  scope: "calendars.write",
  path: {},
  query: { colorRgbFormat: optional(flag()) },
  body: NewEntryBody,
  reply: EntryReply,
  errors: ["notFound"],

  async run(ctx, { query, body }) {
    const entry = await insertEntry(ctx, {
      calendarId: body.id,
      dataOf: (id, current) => toEntryData(body, id, current, { missing: "stays", rgb: query.colorRgbFormat }),
    });
    return fromEntry(entry);
  },
});
