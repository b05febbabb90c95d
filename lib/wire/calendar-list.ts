import { createHash } from "node:crypto";
import { roles } from "#lib/model/calendar.ts";
import { type EntryData, type ListEntry, viewOf } from "#lib/model/calendar-list.ts";
import { calendarColorIdOf, calendarColors } from "#lib/model/colors.ts";
import { etagOf } from "#lib/model/etag.ts";
import { flag, integer, list, maybe, object, oneOf, optional, type Static, text } from "#lib/schema.ts";
import { calendarFields, fromCalendarFields } from "./calendar.ts";

const Hex = text({ pattern: "^#[0-9A-Fa-f]{6}$", description: "`#rrggbb`." });
const Reminder = object({ method: oneOf("email", "popup"), minutes: integer({ minimum: 0, maximum: 40_320 }) });
const Notification = object({
  type: oneOf("eventCreation", "eventChange", "eventCancellation", "eventResponse", "agenda"),
  method: oneOf("email"),
});

const ownFields = {
  summaryOverride: maybe(text({ maxLength: 1_000 })),
  colorId: maybe(oneOf(...calendarColors.keys())),
  backgroundColor: maybe(Hex),
  foregroundColor: maybe(Hex),
  hidden: maybe(flag()),
  selected: maybe(flag()),
  defaultReminders: maybe(list(Reminder, { maxItems: 5 })),
  notificationSettings: maybe(object({ notifications: maybe(list(Notification, { maxItems: 20 })) })),
} as const;

export const EntryBody = object(ownFields);
export type EntryBody = Static<typeof EntryBody>;

export const NewEntryBody = object({ ...ownFields, id: text({ minLength: 1, maxLength: 320 }) });

export const EntryReply = object({
  kind: oneOf("calendar#calendarListEntry"),
  etag: text(),
  id: text(),
  deleted: optional(flag({ description: "Taken out of the list: nothing else is told of it." })),
  ...calendarFields,
  summary: optional(text()),
  timeZone: optional(text()),
  summaryOverride: optional(text()),
  colorId: optional(text()),
  backgroundColor: optional(text()),
  foregroundColor: optional(text()),
  hidden: optional(flag()),
  selected: optional(flag()),
  accessRole: optional(oneOf(...roles)),
  defaultReminders: optional(list(Reminder)),
  notificationSettings: optional(object({ notifications: list(Notification) })),
  primary: optional(flag()),
});

export const EntriesReply = object({
  kind: oneOf("calendar#calendarList"),
  etag: text(),
  nextPageToken: optional(text()),
  nextSyncToken: optional(text()),
  items: list(EntryReply),
});

/** The colour that a calendar has in a list as long as its user says none: always the same one. */
const usualColorId = (calendarId: string): string => {
  const [byte = 0] = createHash("sha256").update(calendarId).digest();
  return String(1 + (byte % calendarColors.size));
};

const colorsOf = (calendarId: string, { colorId, backgroundColor, foregroundColor }: EntryData) => {
  if (backgroundColor !== undefined && foregroundColor !== undefined) {
    return { colorId: calendarColorIdOf(backgroundColor), backgroundColor, foregroundColor };
  }
  const id = colorId ?? usualColorId(calendarId);
  const color = calendarColors.get(id);
  return { colorId: id, backgroundColor: color?.background ?? "", foregroundColor: color?.foreground ?? "" };
};

/**
 * Reads what a user says of a calendar; of an entry that exists, what the body does not name stays (a patch) or goes (an update).
 *
 * @param rgb whether the client means the colours, or else the colour's id.
 */
export const toEntryData = (
  body: EntryBody,
  calendarId: string,
  current: EntryData,
  { missing, rgb = false }: { readonly missing: "stays" | "goes"; readonly rgb?: boolean | undefined },
): EntryData => {
  const kept = missing === "stays" ? current : {};
  const data: Record<string, unknown> = { ...kept };
  for (const name of ["summaryOverride", "hidden", "selected"] as const) {
    if (body[name] !== undefined) data[name] = body[name] || undefined;
  }
  if (body.defaultReminders !== undefined) {
    data.defaultReminders = body.defaultReminders?.map(({ method, minutes }) => ({ method, minutes }));
  }
  if (body.notificationSettings !== undefined) {
    const notifications = body.notificationSettings?.notifications?.map(({ type, method }) => ({ type, method }));
    data.notificationSettings = notifications && { notifications };
  }
  const { colorId, backgroundColor, foregroundColor } = body;
  if (rgb ? backgroundColor !== undefined || foregroundColor !== undefined : colorId !== undefined) {
    const now = colorsOf(calendarId, kept);
    for (const name of ["colorId", "backgroundColor", "foregroundColor"]) data[name] = undefined;
    if (!rgb) {
      data.colorId = colorId ?? undefined;
    } else if (backgroundColor || foregroundColor) {
      data.backgroundColor = (backgroundColor ?? now.backgroundColor).toLowerCase();
      data.foregroundColor = (foregroundColor ?? now.foregroundColor).toLowerCase();
    }
  }
  // What is undefined is not there.
  return JSON.parse(JSON.stringify(data));
};

export const fromEntry = (entry: ListEntry): Static<typeof EntryReply> => {
  const { calendar, calendarId, data } = entry;
  const start = { kind: "calendar#calendarListEntry" as const, etag: etagOf(entry.change, viewOf(entry)), id: calendarId };
  if (!calendar) return { ...start, deleted: true };
  const { labelProperties, ...fields } = fromCalendarFields(calendar);
  return {
    ...start,
    ...fields,
    ...data,
    ...colorsOf(calendarId, data),
    accessRole: calendar.role,
    defaultReminders: [...(data.defaultReminders ?? [])],
    ...(entry.isOwnPrimary && { primary: true }),
  } as Static<typeof EntryReply>;
};

/** The ETag of a list names all that is in it: calendars change without their entries. */
const listEtag = (items: readonly { readonly etag: string }[], change: number): string => {
  const hash = createHash("sha256");
  for (const { etag } of items) hash.update(etag);
  return etagOf(change, hash.digest("base64url").slice(0, 16));
};

export const fromEntries = ({
  items: entries,
  change,
  nextPageToken,
  nextSyncToken,
}: {
  readonly items: readonly ListEntry[];
  readonly change: number;
  readonly nextPageToken?: string;
  readonly nextSyncToken?: string;
}): Static<typeof EntriesReply> => {
  const items = entries.map(fromEntry);
  return {
    kind: "calendar#calendarList",
    etag: listEtag(items, change),
    ...(nextPageToken !== undefined && { nextPageToken }),
    ...(nextSyncToken !== undefined && { nextSyncToken }),
    items,
  };
};
