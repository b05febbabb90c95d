import { Failure } from "#lib/errors.ts";
import type { Calendar, CalendarDraft } from "#lib/model/calendar.ts";
import { etagOf } from "#lib/model/etag.ts";
import { flag, list, maybe, object, oneOf, optional, type Static, text } from "#lib/schema.ts";
import { LabelProperties, readLabels } from "./label.ts";
import { readZone } from "./time.ts";

const ConferenceProperties = object({
  allowedConferenceSolutionTypes: maybe(list(oneOf("eventHangout", "eventNamedHangout", "hangoutsMeet"), { maxItems: 10 })),
});

const details = {
  autoAcceptInvitations: maybe(flag()),
  conferenceProperties: maybe(ConferenceProperties),
  labelProperties: maybe(LabelProperties),
} as const;

export const CalendarBody = object({
  ...details,
  summary: maybe(text({ maxLength: 1_000 })),
  description: maybe(text({ maxLength: 8_192 })),
  location: maybe(text({ maxLength: 1_000 })),
  timeZone: maybe(text({ maxLength: 100 })),
});
export type CalendarBody = Static<typeof CalendarBody>;

/** What answers tell of a calendar, besides its id and ETag. */
export const calendarFields = {
  summary: text(),
  description: optional(text()),
  location: optional(text()),
  timeZone: text(),
  dataOwner: optional(text({ description: "The owner's address; of secondary calendars only." })),
  autoAcceptInvitations: optional(flag()),
  conferenceProperties: optional(ConferenceProperties),
} as const;

export const CalendarReply = object({
  kind: oneOf("calendar#calendar"),
  etag: text(),
  id: text(),
  ...calendarFields,
  labelProperties: optional(LabelProperties),
});

/** Reads a calendar as a client writes it; of one that exists, what the body does not name stays (a patch) or goes (an update). */
export const toCalendarDraft = (body: CalendarBody, current?: Calendar, missing: "stays" | "goes" = "goes"): CalendarDraft => {
  const kept = missing === "stays" ? current : undefined;
  const field = (name: "description" | "location"): string | undefined =>
    name in body ? (body[name] ?? undefined) : kept?.[name];
  const summary = body.summary === undefined ? kept?.summary : body.summary;
  if (!summary) throw new Failure("required", { location: "summary", message: "Missing title: summary must not be empty." });
  const [description, location] = [field("description"), field("location")];
  return {
    summary,
    ...(description !== undefined && { description }),
    ...(location !== undefined && { location }),
    timeZone: body.timeZone ? readZone(body.timeZone, "timeZone").name : (current?.timeZone ?? "UTC"),
    details: readDetails(body, kept?.details ?? {}, current?.details.labelProperties),
  };
};

/** Labels stay also in an update that does not name them (calendars resource, `labelProperties`). */
const readDetails = (body: CalendarBody, kept: Calendar["details"], labels: unknown): Calendar["details"] => {
  const { autoAcceptInvitations = kept.autoAcceptInvitations, conferenceProperties, labelProperties } = body;
  const types = conferenceProperties?.allowedConferenceSolutionTypes;
  const conferences =
    conferenceProperties === undefined
      ? kept.conferenceProperties
      : conferenceProperties && { ...(types && { allowedConferenceSolutionTypes: types }) };
  const labelled = labelProperties === undefined ? labels : labelProperties && readLabels(labelProperties);
  return {
    ...(typeof autoAcceptInvitations === "boolean" && { autoAcceptInvitations }),
    ...(conferences ? { conferenceProperties: conferences } : {}),
    ...(labelled ? { labelProperties: labelled } : {}),
  };
};

type Fields = Omit<Static<typeof CalendarReply>, "kind" | "etag" | "id">;

export const fromCalendarFields = (calendar: Calendar): Fields => ({
  summary: calendar.summary,
  ...(calendar.description !== undefined && { description: calendar.description }),
  ...(calendar.location !== undefined && { location: calendar.location }),
  timeZone: calendar.timeZone,
  ...(!calendar.isPrimary && { dataOwner: calendar.ownerEmail }),
  ...calendar.details,
});

export const fromCalendar = (calendar: Calendar): Static<typeof CalendarReply> => ({
  kind: "calendar#calendar",
  etag: etagOf(calendar.ownChange),
  id: calendar.id,
  ...fromCalendarFields(calendar),
});

/** Refuses to transfer a calendar in the name of its owner: Google's method takes only administrators' requests. */
export const checkAdminAccess = (useAdminAccess: boolean): void => {
  if (useAdminAccess) return;
  throw new Failure("invalid", { location: "useAdminAccess", message: "Invalid value for useAdminAccess: it must be true." });
};
