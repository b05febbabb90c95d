/** The Discovery document: in Google's form, with our URL, and telling of every endpoint of Google's surface what is true. */
import { readFileSync } from "node:fs";
import { findEndpoints } from "#container/routes.ts";
import { type Api, startApi } from "#test/support/api.ts";

const address = "/discovery/v1/apis/calendar/v3/rest";
const endpoints = await findEndpoints();
const surface = endpoints.filter(({ description }) => description.route.includes(" /calendar/v3/"));

let api: Api;
// biome-ignore lint/suspicious/noExplicitAny: a document of free form.
let document: any;
let etag: string;
beforeAll(async () => {
  api = await startApi({ publicUrl: "https://calendar.test/behind/a/proxy" });
  const answer = await api.call("GET", address);
  expect(answer.status).toBe(200);
  document = answer.body;
  etag = answer.headers.get("etag") ?? "";
});
afterAll(() => api.stop());

const methodOf = (id: string) => document.resources[id.split(".")[0] as string]?.methods[id.split(".")[1] as string];

it("says where the API is, with our own URL", () => {
  expect(document).toMatchObject({
    kind: "discovery#restDescription",
    discoveryVersion: "v1",
    id: "calendar:v3",
    name: "calendar",
    version: "v3",
    protocol: "rest",
    rootUrl: "https://calendar.test/behind/a/proxy/",
    servicePath: "calendar/v3/",
    baseUrl: "https://calendar.test/behind/a/proxy/calendar/v3/",
    basePath: "/behind/a/proxy/calendar/v3/",
    batchPath: "batch/calendar/v3",
  });
  expect(Object.keys(document.auth.oauth2.scopes)).toContain("https://www.googleapis.com/auth/calendar");
  expect(Object.keys(document.parameters)).toEqual(
    expect.arrayContaining(["alt", "fields", "key", "oauth_token", "prettyPrint"]),
  );
});

it("has an ETag, and is not sent again to who has it", async () => {
  expect(etag).toBe(document.etag);
  expect(etag).toMatch(/^"[\w-]{43}"$/);
  const again = await api.call("GET", address, { headers: { "If-None-Match": etag } });
  expect(again).toMatchObject({ status: 304, body: undefined });
});

it("tells of every endpoint of Google's surface, and of no other", () => {
  const told = Object.keys(document.resources).flatMap((noun) =>
    Object.keys(document.resources[noun].methods).map((verb) => `${noun}.${verb}`),
  );
  expect(told.sort()).toEqual(surface.map(({ description }) => description.id).sort());
  expect(JSON.stringify(document)).not.toContain("v1/users");
});

it.each(surface.map(({ description }) => [description.id, description] as const))("describes %s as it is", (id, description) => {
  const [httpMethod, route = ""] = description.route.split(" ");
  const placeholders = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
  const method = methodOf(id);

  expect(method).toMatchObject({ id: `calendar.${id}`, httpMethod, description: expect.stringMatching(/\.$/) });
  expect(`/calendar/v3/${method.path}`).toBe(route);
  expect(Object.keys(method.parameters).sort()).toEqual([...placeholders, ...Object.keys(description.query ?? {})].sort());
  expect(method.parameterOrder.slice(0, placeholders.length)).toEqual(placeholders);
  for (const name of placeholders) expect(method.parameters[name as string]).toMatchObject({ location: "path", required: true });
  expect(method.request === undefined).toBe(description.body === undefined);
  expect(method.response === undefined).toBe(description.reply === undefined);
});

it("writes parameters in Discovery's dialect", () => {
  const { parameters } = methodOf("events.list");
  expect(parameters.calendarId).toMatchObject({ type: "string", location: "path", required: true });
  expect(parameters.maxResults).toMatchObject({ type: "integer", format: "int32", minimum: "1", location: "query" });
  expect(parameters.orderBy).toMatchObject({ type: "string", enum: ["startTime", "updated"], enumDescriptions: ["", ""] });
  expect(parameters.privateExtendedProperty).toMatchObject({ type: "string", repeated: true, location: "query" });
  expect(parameters.singleEvents).toMatchObject({ type: "boolean", location: "query" });
  expect(Object.keys(parameters).filter((name) => parameters[name].required)).toEqual(["calendarId"]);
});

it("gives resources and their parts Google's names", () => {
  const { schemas } = document;
  expect(methodOf("events.insert")).toMatchObject({ request: { $ref: "Event" }, response: { $ref: "Event" } });
  expect(methodOf("events.list").response).toEqual({ $ref: "Events" });
  expect(schemas.Events.properties.items.items).toEqual({ $ref: "Event" });
  expect(schemas.Event).toMatchObject({ id: "Event", type: "object" });
  expect(schemas.Event.properties).toMatchObject({
    kind: { type: "string", default: "calendar#event" },
    start: { $ref: "EventDateTime" },
    attendees: { type: "array", items: { $ref: "EventAttendee" } },
    reminders: { properties: { overrides: { items: { $ref: "EventReminder" } } } },
    summary: { type: "string" },
    sequence: { type: "integer", format: "int32" },
    extendedProperties: { properties: { private: { type: "object", additionalProperties: { type: "string" } } } },
    conferenceData: { $ref: "ConferenceData" },
  });
  expect(schemas.ConferenceData).toEqual({ id: "ConferenceData", type: "object", additionalProperties: { type: "any" } });
});

const types = ["string", "integer", "number", "boolean", "array", "object", "any"];

/** Every schema within another, and itself. */
// biome-ignore lint/suspicious/noExplicitAny: a document of free form.
const within = (schema: any): any[] => [
  schema,
  ...Object.values(schema.properties ?? {}).flatMap(within),
  ...[schema.items, schema.additionalProperties].filter(Boolean).flatMap(within),
];

it("has no schema, by name or in place, that a client could not read", () => {
  for (const name of Object.keys(document.schemas)) {
    for (const schema of within(document.schemas[name])) {
      if (schema.$ref) expect(Object.keys(document.schemas)).toContain(schema.$ref);
      else expect(types).toContain(schema.type);
      if (schema.type === "array") expect(schema.items).toBeDefined();
      if (schema.enum) expect(schema.enum).not.toContain(null);
    }
  }
  const referred = JSON.stringify(document.resources).matchAll(/"\$ref":"(\w+)"/g);
  for (const [, name] of referred) expect(Object.keys(document.schemas)).toContain(name);
});

/** Google's own methods and parameters, by the types of its client for Node. */
const google = readFileSync("node_modules/@googleapis/calendar/build/v3.d.ts", "utf8");
const methods = [...google.matchAll(/interface Params\$Resource\$(\w+)\$(\w+) extends StandardParameters \{(.*?)\n {4}\}/gs)].map(
  ([, noun = "", verb = "", text = ""]) => ({
    id: `${noun}.${verb}`.toLowerCase(),
    parameters: [...text.matchAll(/^ {8}(\w+)\?:/gm)].map(([, name]) => name as string).filter((name) => name !== "requestBody"),
  }),
);
const schemasOfGoogle = [...google.matchAll(/interface Schema\$(\w+) \{/g)].map(([, name]) => name as string);

describe.each(methods)("Google's calendar.$id", ({ id, parameters }) => {
  it("is here with all its parameters", () => {
    const found = surface.find(({ description }) => description.id.toLowerCase() === id)?.description.id;
    expect(found).toBeDefined();
    const ours = Object.keys(methodOf(found as string).parameters);
    expect(parameters.filter((name) => !ours.includes(name))).toEqual([]);
  });
});

it("has no name for a schema that Google has not", () => {
  expect(Object.keys(document.schemas).filter((name) => !schemasOfGoogle.includes(name))).toEqual([]);
});
