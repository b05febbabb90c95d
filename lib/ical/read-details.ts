/** What an event says besides when: its texts, people and alarms, under Google's names (RFC 5545, 3.8.1 to 3.8.4). */
import type { Attendee, EventDetails, EventStatus, Person, Reminders } from "#lib/model/event.ts";
import type { Component } from "./component.ts";
import { type ContentLine, plainText } from "./content-line.ts";
import { readDuration } from "./read-time.ts";

const minuteMs = 60_000;
const dayMs = 1_440 * minuteMs;

/** Google's limits on the reminders of an event. */
export const mostReminders = 5;
export const mostReminderMinutes = 40_320;

/** The lines that details and alarms are made of. */
export const detailLines = ["SUMMARY", "DESCRIPTION", "LOCATION", "STATUS", "TRANSP", "CLASS", "ORGANIZER", "ATTENDEE", "URL"];
export const alarmLines = new Set(["ACTION", "TRIGGER"]);

/** The first line of each name. RFC 5545 allows one of those used here; a second is mostly the same in another language. */
export type FirstLines = ReadonlyMap<string, ContentLine>;

export const readStatus = (value: string | undefined): EventStatus => {
  const status = value?.trim().toLowerCase();
  return status === "cancelled" || status === "tentative" ? status : "confirmed";
};

export const readDetails = (component: Component, first: FirstLines): EventDetails => {
  const organizer = readPerson(first.get("ORGANIZER"));
  const attendees = component.lines
    .filter((line) => line.name === "ATTENDEE")
    .flatMap((line) => readAttendee(line, organizer) ?? []);
  const url = first.get("URL")?.value.trim() ?? "";
  return present({
    summary: textOf(first.get("SUMMARY")),
    description: textOf(first.get("DESCRIPTION")),
    location: textOf(first.get("LOCATION")),
    transparency: first.get("TRANSP")?.value.trim().toUpperCase() === "TRANSPARENT" ? ("transparent" as const) : undefined,
    visibility: readVisibility(first.get("CLASS")?.value),
    organizer,
    attendees: attendees.length > 0 ? attendees : undefined,
    reminders: readReminders(component.parts),
    source: /^https?:\/\/\S+$/i.test(url) ? { url } : undefined,
  });
};

const textOf = (line: ContentLine | undefined): string | undefined => (line ? plainText(line.value) || undefined : undefined);

/** RFC 5545, 3.8.1.3: a class that is not known is to be treated as PRIVATE. */
const readVisibility = (value: string | undefined): EventDetails["visibility"] => {
  const visibility = value?.trim().toLowerCase();
  if (!visibility) return undefined;
  return visibility === "public" || visibility === "confidential" ? visibility : "private";
};

/** Apple puts a path into the value and the address into EMAIL (RFC 7986, 6.2). */
const readPerson = (line: ContentLine | undefined): Person | undefined => {
  if (!line) return undefined;
  const address = /^\s*mailto:(.*)$/is.exec(line.value)?.[1] ?? line.params.get("EMAIL") ?? line.value;
  const email = address.trim();
  const name = line.params.get("CN")?.trim();
  // Google repeats the address where it knows no name.
  const displayName = name && name.toLowerCase() !== email.toLowerCase() ? name : undefined;
  const person = present({ email: isAddress(email) ? email : undefined, displayName });
  return Object.keys(person).length > 0 ? person : undefined;
};

const isAddress = (text: string): boolean => /^[^\s@:/]+@[^\s@]+$/.test(text);

const responses: Readonly<Record<string, NonNullable<Attendee["responseStatus"]>>> = {
  ACCEPTED: "accepted",
  DECLINED: "declined",
  TENTATIVE: "tentative",
};

/** A guest without an address is nobody one could ask, and left out. */
const readAttendee = (line: ContentLine, organizer: Person | undefined): Attendee | undefined => {
  const person = readPerson(line);
  if (person?.email === undefined) return undefined;
  const param = (name: string): string => (line.params.get(name) ?? "").trim();
  const guests = Number(param("X-NUM-GUESTS"));
  return present({
    ...person,
    responseStatus: responses[param("PARTSTAT").toUpperCase()] ?? "needsAction",
    optional: /^OPT-PARTICIPANT$/i.test(param("ROLE")) || undefined,
    resource: /^(RESOURCE|ROOM)$/i.test(param("CUTYPE")) || undefined,
    organizer: person.email.toLowerCase() === organizer?.email?.toLowerCase() || undefined,
    additionalGuests: Number.isInteger(guests) && guests > 0 && guests < 10_000 ? guests : undefined,
    comment: param("X-RESPONSE-COMMENT") || undefined,
  });
};

const methods: Readonly<Record<string, "email" | "popup">> = { DISPLAY: "popup", AUDIO: "popup", EMAIL: "email" };

/** Alarms that Google's model can hold: so long before the start. Others, as one at a fixed time, are left out. */
const readReminders = (parts: readonly Component[]): Reminders | undefined => {
  const overrides = new Map<string, { method: "email" | "popup"; minutes: number }>();
  for (const alarm of parts) {
    const trigger = alarm.lines.find((line) => line.name === "TRIGGER");
    const method =
      methods[
        alarm.lines
          .find((line) => line.name === "ACTION")
          ?.value.trim()
          .toUpperCase() ?? ""
      ];
    const before = trigger && /^END$/i.test(trigger.params.get("RELATED") ?? "") ? undefined : readDuration(trigger?.value ?? "");
    if (alarm.name !== "VALARM" || !method || !before) continue;
    const minutes = Math.floor(-(before.days * dayMs + before.ms) / minuteMs) + 0;
    if (minutes < 0 || minutes > mostReminderMinutes || overrides.size === mostReminders) continue;
    overrides.set(`${method} ${minutes}`, { method, minutes });
  }
  return overrides.size > 0 ? { useDefault: false, overrides: [...overrides.values()] } : undefined;
};

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** An object without its undefined fields. A plain loop: it runs several times per event. */
export const present = <T extends object>(fields: T): Present<T> => {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) kept[name] = value;
  // The cast says what the loop does: the fields that may be undefined may be absent instead.
  return kept as Present<T>;
};
