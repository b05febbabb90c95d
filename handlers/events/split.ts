import { splitEvent } from "#lib/domain/events/split.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { object, oneOf } from "#lib/schema.ts";
import { CalendarId, EventId, notificationParameters, versionParameters } from "#lib/wire/common.ts";
import { EventBody, EventReply, fromEvent } from "#lib/wire/event.ts";
import { toPatchedDraft } from "#lib/wire/read-event.ts";

export const handler = endpoint({
  id: "events.split",
  route: "POST /v1/calendars/{calendarId}/events/{eventId}/split",
  summary: "Change this and all following instances of a series.",
  description:
    "Splits a series at one of its instances, which `eventId` names: the series ends before it, and a new one begins with it, with the fields that the body names changed. All in one change; changed and cancelled instances go over to the new series. If-Match is held against the series' ETag.",
  access: "user",
  scope: "events.write",
  path: { calendarId: CalendarId, eventId: EventId },
  query: { ...notificationParameters, ...versionParameters },
  body: EventBody,
  reply: object({ kind: oneOf("calendar#split"), before: EventReply, after: EventReply }),
  errors: [
    "notFound",
    "requiredAccessLevel",
    "deleted",
    "timeRangeEmpty",
    "cannotUseDefaultRemindersAndSpecifyOverride",
    "conditionNotMet",
    "invalidSequence",
    "forbiddenForNonOrganizer",
  ],

  async run(ctx, { path, query, body, ifMatch }) {
    const { calendar, before, after } = await splitEvent(ctx, {
      ...path,
      ifMatch,
      draftOf: (target, following) => toPatchedDraft(body, target, following, query),
    });
    const view = { calendar, publicUrl: ctx.settings.publicUrl, maxAttendees: query.maxAttendees };
    return { kind: "calendar#split" as const, before: fromEvent(before, view), after: fromEvent(after, view) };
  },
});
