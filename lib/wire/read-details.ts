/** What an event says besides when: as clients write it, field by field. */
import { Failure } from "#lib/errors.ts";
import type { Attendee, Event, EventDetails, Person } from "#lib/model/event.ts";
import type { Static } from "#lib/schema.ts";
import { isAddress } from "./address.ts";
import { AttendeeSchema, detailFields, type EventBody, isSamePerson, PersonSchema } from "./event.ts";

export type DetailName = keyof typeof detailFields;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** As much of a JSON Schema as tells which names an object has; without `properties`, any. */
interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

/** What a schema knows of a value: names that it does not have go, and at every depth what is null: to a writer, null is absence. */
const readAs = (shape: Shape | undefined, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((item) => readAs(shape?.items, item));
  if (!isRecord(value)) return value;
  const names = shape?.properties;
  const kept = Object.entries(value).filter(
    ([name, child]) => child !== null && child !== undefined && (!names || Object.hasOwn(names, name)),
  );
  return Object.fromEntries(kept.map(([name, child]) => [name, readAs(names?.[name], child)]));
};

export const readDetail = (name: DetailName, value: unknown): unknown => readAs(detailFields[name] as Shape, value);

export const readPerson = (person: Static<typeof PersonSchema>): Person => {
  const { self, ...rest } = readAs(PersonSchema as Shape, person) as Person & { self?: boolean };
  return rest;
};

const readAttendee = (attendee: Static<typeof AttendeeSchema>, index: number): Attendee => {
  // Who is the reader and who the organizer, answers work out; of work that goes on there is none.
  const { self, organizer, asyncOperation, ...rest } = readAs(AttendeeSchema as Shape, attendee) as Attendee & {
    self?: boolean;
    asyncOperation?: string;
  };
  const location = `attendees[${index}].email`;
  if (!rest.email) throw new Failure("required", { location, message: "Missing attendee email." });
  if (!isAddress(rest.email)) throw new Failure("invalid", { location, message: "Invalid attendee email." });
  return { responseStatus: "needsAction", ...rest, email: rest.email.toLowerCase() };
};

/** The attendees of a body; one that was given a part of them (`attendeesOmitted`) says nothing of the others. */
export const readAttendees = (
  { attendees, attendeesOmitted }: EventBody,
  current: readonly Attendee[] = [],
): readonly Attendee[] => {
  const named = (attendees ?? []).map(readAttendee);
  if (!attendeesOmitted) return named;
  const replacing = (one: Attendee) => named.find(({ email }) => isSamePerson(email, one.email));
  const others = named.filter(({ email }) => !current.some((one) => isSamePerson(email, one.email)));
  return [...current.map((one) => replacing(one) ?? one), ...others];
};

/** Refuses what two fields of one event cannot both say; a list of reminders stands for not using the default ones. */
export const checkedDetails = (details: Readonly<Record<string, unknown>>): EventDetails => {
  const { reminders } = details as EventDetails;
  if (!reminders?.overrides?.length) return details;
  if (reminders.useDefault) throw new Failure("cannotUseDefaultRemindersAndSpecifyOverride");
  return { ...details, reminders: { ...reminders, useDefault: false } };
};

/** Whether a field says nothing: null, or the label of no name (events resource, `eventLabelId`). */
export const isAbsent = (name: DetailName, value: unknown): boolean =>
  value === undefined || value === null || (name === "eventLabelId" && value === "");

/** The details that a body names, of the fields its client knows. */
export const readDetails = (body: EventBody, names: readonly DetailName[], current?: Event): Record<string, unknown> => {
  const details: Record<string, unknown> = {};
  for (const name of names) {
    const value = body[name];
    if (!isAbsent(name, value)) details[name] = readDetail(name, value);
  }
  if (body.attendees) details.attendees = readAttendees(body, current?.details.attendees);
  return details;
};

/** Merges a patch into what is there: null removes, objects merge, everything else (arrays too) replaces (RFC 7396). */
export const merge = (current: unknown, patch: unknown): unknown => {
  if (!isRecord(patch)) return patch;
  const merged = new Map(isRecord(current) ? Object.entries(current) : []);
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) merged.delete(name);
    else merged.set(name, merge(merged.get(name), value));
  }
  return Object.fromEntries(merged);
};
