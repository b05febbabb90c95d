import { importEvent } from "#lib/domain/events/import.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { CalendarId, versionParameters } from "#lib/wire/common.ts";
import { EventBody, EventReply, fromEvent } from "#lib/wire/event.ts";
import { toImportedDraft } from "#lib/wire/read-event.ts";

const { conferenceDataVersion, eventLabelVersion, supportsAttachments } = versionParameters;

export const handler = endpoint({
  id: "events.import",
  route: "POST /calendar/v3/calendars/{calendarId}/events/import",
  summary: "Import an event.",
  description:
    "Adds a private copy of an event that lives elsewhere, or brings it up to date: its iCalUID tells which one it is.",
  access: "user",
  scope: "events.write",
  path: { calendarId: CalendarId },
  query: { conferenceDataVersion, eventLabelVersion, supportsAttachments },
  body: EventBody,
  reply: EventReply,
  errors: ["notFound", "requiredAccessLevel", "timeRangeEmpty", "cannotUseDefaultRemindersAndSpecifyOverride", "invalidSequence"],

  async run(ctx, { path, query, body }) {
    const { event, calendar } = await importEvent(ctx, { ...path, draftOf: (target) => toImportedDraft(body, target, query) });
    return fromEvent(event, { calendar, publicUrl: ctx.settings.publicUrl });
  },
});
