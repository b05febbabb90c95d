import { Failure } from "#lib/errors.ts";
import type { Calendar, CalendarDraft } from "#lib/model/calendar.ts";
import { etagOf } from "#lib/model/etag.ts";
import { anyObject, flag, list, maybe, object, oneOf, optional, type Static, text } from "#lib/schema.ts";
import { readZone } from "./time.ts";

const extraFields = {
  autoAcceptInvitations: maybe(flag()),
  conferenceProperties: maybe(anyObject()),
  labelProperties: maybe(anyObject()),
} as const;

export const CalendarBody = object({
  ...extraFields,
  summary: maybe(text({ maxLength: 1_000 })),
  description: maybe(text({ maxLength: 8_192 })),
  location: maybe(text({ maxLength: 1_000 })),
  timeZone: maybe(text({ maxLength: 100 })),
});
export type CalendarBody = Static<typeof CalendarBody>;

export const CalendarReply = object({
  ...extraFields,
  kind: oneOf("calendar#calendar"),
  etag: text(),
  id: text(),
  summary: text(),
  description: optional(text()),
  location: optional(text()),
  timeZone: text(),
});

export const CalendarListEntry = object({
  ...extraFields,
  kind: oneOf("calendar#calendarListEntry"),
  etag: text(),
  id: text(),
  summary: text(),
  description: optional(text()),
  location: optional(text()),
  timeZone: text(),
  colorId: text(),
  backgroundColor: text(),
  foregroundColor: text(),
  selected: flag(),
  accessRole: oneOf("owner", "writer", "reader"),
  defaultReminders: list(anyObject()),
  primary: optional(flag()),
});

export const CalendarListReply = object({
  kind: oneOf("calendar#calendarList"),
  etag: text(),
  nextPageToken: optional(text()),
  nextSyncToken: optional(text()),
  items: list(CalendarListEntry),
});

/** Reads a calendar as a client writes it; of one that exists, what the body does not name stays (a patch) or goes (an update). */
export const toCalendarDraft = (body: CalendarBody, current?: Calendar, missing: "stays" | "goes" = "goes"): CalendarDraft => {
  const kept = missing === "stays" ? current : undefined;
  const field = (name: "description" | "location"): string | undefined =>
    name in body ? (body[name] ?? undefined) : kept?.[name];
  const summary = body.summary === undefined ? kept?.summary : body.summary;
  if (!summary) throw new Failure("required", { location: "summary", message: "Missing title: summary must not be empty." });
  const [description, location] = [field("description"), field("location")];
  const details: Record<string, unknown> = { ...kept?.details };
  for (const name of Object.keys(extraFields) as (keyof typeof extraFields)[]) {
    const value = body[name];
    if (value === null) delete details[name];
    else if (value !== undefined) details[name] = value;
  }
  return {
    summary,
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
    timeZone: body.timeZone ? readZone(body.timeZone, "timeZone").name : (current?.timeZone ?? "UTC"),
    details,
  };
};

const common = (calendar: Calendar) => ({
  etag: etagOf(calendar.ownChange),
  id: calendar.id,
  summary: calendar.summary,
  ...(calendar.description !== undefined && { description: calendar.description }),
  ...(calendar.location !== undefined && { location: calendar.location }),
  timeZone: calendar.timeZone,
  ...calendar.details,
});

export const fromCalendar = (calendar: Calendar): Static<typeof CalendarReply> => ({
  kind: "calendar#calendar",
  ...common(calendar),
});

/** A calendar as it stands in its owner's list. */
export const fromListEntry = (calendar: Calendar): Static<typeof CalendarListEntry> => ({
  kind: "calendar#calendarListEntry",
  ...common(calendar),
  colorId: "14",
  backgroundColor: "#9fe1e7",
  foregroundColor: "#000000",
  selected: true,
  accessRole: "owner",
  defaultReminders: [],
  ...(calendar.isPrimary && { primary: true }),
});
