import { createHash } from "node:crypto";
import { anyObject, type Static } from "#lib/schema.ts";
import { namesOfBodies } from "./discovery-names.ts";
import { fromScalar, type JsonSchema, NamedSchemas, nameByKind } from "./discovery-schema.ts";

/** What the document tells of an endpoint. */
export interface Described {
  /** "events.list" */
  readonly id: string;
  /** "GET /calendar/v3/calendars/{calendarId}/events" */
  readonly route: string;
  readonly description: string;
  /** What it asks of a key; an endpoint that changes something asks for `….write`. */
  readonly scope: string;
  readonly path: Parameters;
  readonly query: Parameters;
  readonly body?: JsonSchema;
  readonly reply?: JsonSchema;
}

interface Parameters {
  readonly properties: Readonly<Record<string, JsonSchema>>;
  readonly required: readonly string[];
}

export const DiscoveryReply = anyObject();

const servicePath = "calendar/v3/";

const scopeTexts = {
  "https://www.googleapis.com/auth/calendar": "See, edit, share, and permanently delete all the calendars you can access",
  "https://www.googleapis.com/auth/calendar.readonly": "See and download any calendar you can access",
};
const scopes = Object.keys(scopeTexts);

const query = (type: string, description: string, more: object = {}) => ({ type, description, location: "query", ...more });

/** Parameters of every method, as every Google API has them. */
const standardParameters = {
  alt: query("string", "Data format for the response.", {
    default: "json",
    enum: ["json"],
    enumDescriptions: ["Responses with Content-Type of application/json"],
  }),
  fields: query("string", "Which fields the answer shall have: a selector."),
  key: query("string", "The caller's API key, unless a header brings it."),
  oauth_token: query("string", "OAuth 2.0 token for the current user."),
  prettyPrint: query("boolean", "Returns response with indentations and line breaks.", { default: "true" }),
  quotaUser: query("string", "Any text that stands for a user. It has no effect."),
  userIp: query("string", "An older form of quotaUser. It has no effect."),
};

const toParameters = ({ properties, required }: Parameters, location: "path" | "query") =>
  Object.entries(properties).map(([name, schema]): [string, object] => {
    const { items, description } = schema;
    const about = description !== undefined && { description };
    const isRequired = required.includes(name) && { required: true };
    return [name, { ...fromScalar(items ?? schema), ...about, location, ...isRequired, ...(items && { repeated: true }) }];
  });

const titleOf = (id: string): string =>
  id
    .split(".")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");

const replyName = (endpoint: Described): string =>
  (endpoint.reply && nameByKind(endpoint.reply)) ?? `${titleOf(endpoint.id)}Response`;

const bodyName = (endpoint: Described): string =>
  namesOfBodies[endpoint.id] ?? (endpoint.reply ? replyName(endpoint) : `${titleOf(endpoint.id)}Request`);

const toMethod = (endpoint: Described, supportsSubscription: boolean): object => {
  const { id, route, description, scope, path, body, reply } = endpoint;
  const [httpMethod = "", template = ""] = route.split(" ");
  const isRead = !scope.endsWith(".write") && scope !== "admin";
  const isWatch = id.endsWith(".watch");
  return {
    id: `calendar.${id}`,
    path: template.slice(`/${servicePath}`.length),
    httpMethod,
    description,
    parameters: Object.fromEntries([...toParameters(path, "path"), ...toParameters(endpoint.query, "query")]),
    parameterOrder: [...path.required, ...endpoint.query.required],
    ...(body && { request: { $ref: bodyName(endpoint), ...(isWatch && { parameterName: "resource" }) } }),
    ...(reply && { response: { $ref: replyName(endpoint) } }),
    scopes: isRead ? scopes : scopes.slice(0, 1),
    ...(supportsSubscription && { supportsSubscription }),
  };
};

/**
 * The Discovery document of the Calendar API (discovery#restDescription), with our own root URL: Google's clients for Python and
 * others build themselves from it. Of the endpoints only those of Google's surface are told.
 */
const writeDocument = (endpoints: readonly Described[], publicUrl: string): Static<typeof DiscoveryReply> => {
  const google = endpoints.filter(({ route }) => route.split(" ")[1]?.startsWith(`/${servicePath}`));
  const schemas = new NamedSchemas();
  for (const endpoint of google) if (endpoint.reply) schemas.add(replyName(endpoint), endpoint.reply);
  for (const endpoint of google) if (endpoint.body) schemas.add(bodyName(endpoint), endpoint.body);

  const ids = new Set(google.map(({ id }) => id));
  const resources: Record<string, { methods: Record<string, object> }> = {};
  for (const endpoint of google) {
    const [noun = "", verb = ""] = endpoint.id.split(".");
    resources[noun] ??= { methods: {} };
    const isWatched = verb === "watch" || (ids.has(`${noun}.watch`) && verb === "list");
    resources[noun].methods[verb] = toMethod(endpoint, isWatched);
  }

  const rootUrl = `${publicUrl}/`;
  const document = {
    kind: "discovery#restDescription",
    discoveryVersion: "v1",
    id: "calendar:v3",
    name: "calendar",
    version: "v3",
    title: "Calendar API",
    description: "Manipulates events and other calendar data.",
    protocol: "rest",
    rootUrl,
    servicePath,
    baseUrl: `${rootUrl}${servicePath}`,
    basePath: `${new URL(rootUrl).pathname}${servicePath}`,
    batchPath: `batch/${servicePath.slice(0, -1)}`,
    auth: {
      oauth2: { scopes: Object.fromEntries(Object.entries(scopeTexts).map(([scope, description]) => [scope, { description }])) },
    },
    parameters: standardParameters,
    schemas: schemas.all(),
    resources,
  };
  return { ...document, etag: `"${createHash("sha256").update(JSON.stringify(document)).digest("base64url")}"` };
};

let written: { readonly publicUrl: string; readonly document: Static<typeof DiscoveryReply> } | undefined;

/** The Discovery document of this process: written when it is first asked for, since neither endpoints nor URL change after the start. */
export const discoveryDocument = (endpoints: () => readonly Described[], publicUrl: string): Static<typeof DiscoveryReply> => {
  if (written?.publicUrl !== publicUrl) written = { publicUrl, document: writeDocument(endpoints(), publicUrl) };
  return written.document;
};
