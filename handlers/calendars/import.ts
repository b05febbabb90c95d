import { importCalendar } from "#lib/domain/calendars/import.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { integer, list, object, oneOf, optional, text } from "#lib/schema.ts";
import { CalendarId } from "#lib/wire/common.ts";

const reason = text({ description: "A sentence." });
const total = integer({ minimum: 0 });

export const handler = endpoint({
  id: "calendars.import",
  route: "POST /v1/calendars/{calendarId}/import",
  summary: "Import a calendar file.",
  description:
    "Takes over the events of an iCalendar file. Those that the calendar has, by their UIDs, are brought up to date; importing a file again changes nothing. An event that cannot be taken over costs no other.",
  access: "user",
  scope: "events.write",
  path: { calendarId: CalendarId },
  consumes: "text/calendar",
  body: text({ description: "An iCalendar stream (RFC 5545)." }),
  reply: object({
    kind: oneOf("calendar#import"),
    created: total,
    updated: total,
    unchanged: total,
    skipped: list(object({ uid: optional(text()), component: text(), reason }), { description: "What was left out." }),
    notes: list(object({ uid: text(), reason }), { description: "What was read otherwise than written." }),
  }),
  errors: ["notFound", "requiredAccessLevel"],

  async run(ctx, { path, body }) {
    return { kind: "calendar#import" as const, ...(await importCalendar(ctx, { ...path, text: body })) };
  },
});
