/** What answers may have, held against Google's own types: a field that is missing fails by its name. */
import { findEndpoints } from "#container/routes.ts";
import { answersOfGoogle, type GoogleType, typeNamed } from "./google-types.ts";

const endpoints = await findEndpoints();

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
}

/** The paths of fields that Google's type has and a schema does not know; what may be any object knows all. */
const missing = (google: GoogleType, schema: Schema | undefined, path: string): string[] => {
  if (!schema) return [path];
  if (google.each) {
    const { items, additionalProperties, properties } = schema;
    const each = items ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
    return each || properties ? missing(google.each, each, `${path}[]`) : [];
  }
  if (!google.fields || !schema.properties) return [];
  return Object.entries(google.fields).flatMap(([name, type]) => missing(type, schema.properties?.[name], `${path}.${name}`));
};

const schemasOf = (id: string) => {
  const found = endpoints.find(({ description }) => description.id.toLowerCase() === id.toLowerCase());
  if (!found) throw new Error(`There is no endpoint ${id}.`);
  return found.description as { readonly reply?: Schema; readonly body?: Schema };
};

const answers = [...answersOfGoogle].filter(([, type]) => type !== "Channel");

it.each(answers)("%s answers what Google's does, and its answer may have every field of %s", (method, type) => {
  const { reply } = schemasOf(method);
  if (type === "void") expect(reply).toBeUndefined();
  else expect(missing(typeNamed(type), reply, type)).toEqual([]);
});

/** What only a request for a channel says. */
const ofRequests = ["address", "params", "payload", "type"];

it.each(["events.watch", "acl.watch", "calendarList.watch", "settings.watch"])(
  "Google's Channel has no field that %s could not be asked with, or could not answer",
  (id) => {
    const { body, reply } = schemasOf(id);
    const properties = { ...body?.properties, ...reply?.properties };
    expect(missing(typeNamed("Channel"), { properties }, "Channel")).toEqual([]);
    expect(missing(typeNamed("Channel"), reply, "Channel")).toEqual(ofRequests.map((name) => `Channel.${name}`));
  },
);

it("Google's request for busy times has no field that is not read", () => {
  expect(missing(typeNamed("FreeBusyRequest"), schemasOf("freebusy.query").body, "FreeBusyRequest")).toEqual([]);
});

it("reads Google's types to the bottom", () => {
  expect(answersOfGoogle.size).toBe(38);
  expect([...answersOfGoogle].filter(([, type]) => type === "void")).toHaveLength(7);
  const { fields = {} } = typeNamed("Event");
  expect(Object.keys(fields)).toHaveLength(44);
  expect(Object.keys(fields.attendees?.each?.fields ?? {})).toContain("asyncOperation");
  expect(fields.conferenceData?.fields?.entryPoints?.each?.fields).toHaveProperty("meetingCode");
  expect(fields.extendedProperties?.fields?.private).toEqual({ each: {} });
});
