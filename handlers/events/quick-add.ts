import { quickAddEvent } from "#lib/domain/events/quick-add.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { text } from "#lib/schema.ts";
import { CalendarId, notificationParameters } from "#lib/wire/common.ts";
import { EventReply, fromEvent } from "#lib/wire/event.ts";

export const handler = endpoint({
  id: "events.quickAdd",
  route: "POST /calendar/v3/calendars/{calendarId}/events/quickAdd",
  summary: "Create an event from a phrase.",
  description: "Adds the event that an English phrase describes, such as `Dinner at Luigi's tomorrow at 7pm`.",
  access: "user",
  scope: "events.write",
  path: { calendarId: CalendarId },
  query: {
    ...notificationParameters,
    text: text({ maxLength: 1_000, description: "What, when and where; times are in the calendar's zone." }),
  },
  reply: EventReply,
  errors: ["notFound", "requiredAccessLevel", "duplicate"],

  async run(ctx, { path, query }) {
    const { event, calendar } = await quickAddEvent(ctx, { ...path, text: query.text });
    return fromEvent(event, { calendar, publicUrl: ctx.settings.publicUrl });
  },
});
