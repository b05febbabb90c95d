/** What must hold for every endpoint there is, found as the server finds them: a new file in handlers/ is tested by being there. */
import { readdirSync, readFileSync } from "node:fs";
import { standardParameters } from "#lib/entry/read-request.ts";
import { type Scope, scopes, suffices } from "#lib/model/scope.ts";
import { type Answer, type Api, type Person, startApi } from "#test/support/api.ts";
import { limitedKey } from "#test/support/keys.ts";
import { makeCalendar } from "#test/support/sharing.ts";

let api: Api;
/** Keys of the administrator's: one that has expired, and one with each scope. */
let expired: string;
const scoped = new Map<Scope, string>();
/** Somebody with an event, a rule and keys; one of them for another calendar than those are on. */
let owner: Person;
let elsewhere: string;
/** The placeholders of routes, and what they stand for there. */
let theirs: Record<string, string>;
beforeAll(async () => {
  api = await startApi();
  const administrator = { post: (path: string, body?: unknown) => api.call("POST", path, { key: api.adminKey, body }) } as Person;
  const ended = await limitedKey(administrator, {});
  await administrator.post(`/v1/users/me/keys/${ended.id}/rotate`, { overlapSeconds: 0 });
  expired = ended.key;
  for (const scope of scopes) scoped.set(scope, (await limitedKey(administrator, { scopes: [scope] })).key);

  owner = await api.person();
  const primary = "/calendar/v3/calendars/primary";
  const event = await owner.post(`${primary}/events`, {
    start: { date: "2026-03-02" },
    end: { date: "2026-03-03" },
    summary: "private matter",
  });
  await owner.post(`${primary}/acl`, { role: "reader", scope: { type: "user", value: "guest@example.org" } });
  const keys = await owner.get("/v1/users/me/keys");
  theirs = {
    calendarId: owner.email,
    eventId: event.body.id,
    ruleId: "user:guest@example.org",
    userId: owner.id,
    keyId: keys.body.items[0].id,
    setting: "weekStart",
  };
  elsewhere = (await limitedKey(owner, { calendars: [await makeCalendar(owner)] })).key;
});
afterAll(() => api.stop());

const files = readdirSync("handlers", { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .sort();
const camel = (words: string) => words.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
const idOf = (file: string) => file.replace(/\.ts$/, "").split("/").map(camel).join(".");

const endpointOf = (file: string) => {
  const found = api.endpoints.find(({ description }) => description.id === idOf(file));
  if (!found) throw new Error(`No endpoint has the id ${idOf(file)}: the id must be the path of the file.`);
  return found.description;
};

/** Bodies with next to nothing in them, and their full types. */
const bodies = {
  "application/json": ["application/json", "{}"],
  "text/calendar": ["text/calendar", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"],
  "multipart/mixed": ["multipart/mixed; boundary=x", "--x\r\n\r\nGET /calendar/v3/colors\r\n--x--\r\n"],
} as const;

interface Schema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly minimum?: number;
}

const typesOf = ({ type = [] }: Schema): readonly string[] => [type].flat();

/** Fields by names that rules ask for, though schemas do not. */
const telling: Readonly<Record<string, unknown>> = {
  start: { date: "2026-01-01" },
  end: { date: "2026-01-02" },
  iCalUID: "x@example.org",
  email: "x@example.org",
  scope: { type: "user", value: "guest@example.org" },
  role: "reader",
  address: "https://93.184.216.34/",
  type: "web_hook",
  timeMin: "2026-01-01T00:00:00Z",
  timeMax: "2026-01-02T00:00:00Z",
};

/** The least that a schema accepts, and what rules ask for besides. */
const sampleOf = (schema: Schema): unknown => {
  const [type] = typesOf(schema);
  if (schema.enum) return schema.enum[0];
  if (type === "string") return "x".repeat(schema.minLength ?? 1);
  if (type === "integer") return schema.minimum ?? 1;
  if (type === "boolean") return true;
  if (type === "array") return Array.from({ length: schema.minItems ?? 0 }, () => sampleOf(schema.items ?? {}));
  const fields = Object.entries(schema.properties ?? {}).flatMap(([name, field]): [string, unknown][] => {
    if (name in telling) return [[name, telling[name]]];
    return "~optional" in field ? [] : [[name, sampleOf(field)]];
  });
  return Object.fromEntries(fields);
};

/** A value of a type that a schema does not have; undefined when it has them all. */
const wrongFor = (schema: Schema): unknown => {
  const types = typesOf(schema);
  if (types.length === 0) return undefined;
  if (!types.includes("object")) return {};
  return types.includes("integer") || types.includes("number") ? undefined : 7;
};

/** A refusal in Google's shape, which says nothing of how the server is made. */
const expectRefusal = (answer: Answer, status: number, reason: string): void => {
  expect(answer).toMatchObject({ status, reason });
  const { error, ...more } = answer.body;
  expect(more).toEqual({});
  expect(error).toEqual({ code: status, message: expect.stringMatching(/\S/), errors: expect.any(Array) });
  expect(error.errors).toHaveLength(1);
  for (const one of error.errors) {
    const { domain, reason: word, message, location = "", locationType = "parameter", ...rest } = one;
    expect(rest).toEqual({});
    expect([domain, word, message, location].every((text) => typeof text === "string")).toBe(true);
    expect(["parameter", "header"]).toContain(locationType);
  }
  expect(JSON.stringify(answer.body)).not.toMatch(/\bat .*:\d+|node_modules|\.ts\b|select |cal_|private matter/);
  expect(answer.headers.get("content-type")).toBe("application/json; charset=UTF-8");
};

/** A request that the endpoint would understand: ids that nobody has, bodies with nothing in them. */
const requestTo = (file: string) => {
  const { route, body, consumes, query = {} } = endpointOf(file);
  const [method, path] = route.split(" ") as [string, string];
  const required = Object.entries(query).filter(([, schema]) => !("~optional" in (schema as object)));
  const [type, text] = bodies[consumes ?? "application/json"];
  return {
    method,
    path: path.replaceAll(/\{\w+\}/g, "no-such-thing"),
    /** The same for things that are there. */
    pathTo: (things: Record<string, string>) =>
      path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(things[name] ?? "no-such-thing")),
    /** The same with a body that passes. */
    full: (more: object = {}) =>
      body && !consumes
        ? { body: JSON.stringify({ ...(sampleOf(body as Schema) as object), ...more }), headers: { "Content-Type": type } }
        : body
          ? { body: text, headers: { "Content-Type": type } }
          : {},
    /** The path's query: what is required, and more. */
    query: (more: Record<string, string> = {}) => {
      const samples = required.map(([name, schema]) => [
        name,
        (schema as { type?: string }).type === "boolean" ? "true" : "no-such@example.net",
      ]);
      const text = new URLSearchParams({ ...Object.fromEntries(samples), ...more }).toString();
      return text && `?${text}`;
    },
    call: body ? { body: text, headers: { "Content-Type": type } } : {},
  };
};

describe.each(files)("handlers/%s", (file) => {
  it("has the id of its file, a summary and a description that end in a stop or question mark, and few lines", () => {
    const { summary, description } = endpointOf(file);

    expect(summary).toMatch(/^[A-Z].*[.?]$/);
    expect(description).toMatch(/^[A-Z].*\.$/);
    expect(readFileSync(`handlers/${file}`, "utf8").split("\n").length).toBeLessThanOrEqual(80);
  });

  it("has no query parameter by the name of one that every endpoint has, as of the credential", () => {
    const names = Object.keys(endpointOf(file).query ?? {}).map((name) => name.toLowerCase());
    const taken = [...standardParameters].map((name) => name.toLowerCase());
    // A batch's is the credential: of those of its calls that show none.
    const meant = idOf(file) === "batch.run" ? ["key"] : [];

    expect(names.filter((name) => taken.includes(name))).toEqual(meant);
  });

  it("lets nobody in without a key, or with a wrong one, unless it is public", async () => {
    const { access } = endpointOf(file);
    const { method, path, call } = requestTo(file);

    const without = await api.call(method, path, call);
    if (access === "public") {
      expect(without.status).toBeLessThan(400);
      return;
    }

    expectRefusal(without, 401, "required");
    expect(without.body.error.message).toBe("Login Required");
    const mistyped = `${expired.slice(0, -1)}${expired.endsWith("0") ? "1" : "0"}`;
    for (const key of ["cal_0000000000000000000000000000000000000000", mistyped, expired]) {
      const wrong = await api.call(method, path, { ...call, key });
      expectRefusal(wrong, 401, "authError");
      expect(wrong.body.error.message).toBe("Invalid Credentials");
      expect(wrong.headers.get("www-authenticate")).toBeTruthy();
    }
  });

  it("is for keys with the scope that it says, and for all of those", async () => {
    const { access, scope } = endpointOf(file);
    expect(scope === "none").toBe(access === "public");
    if (access === "public") return;
    const { method, path, query, call } = requestTo(file);

    for (const [held, key] of scoped) {
      const answer = await api.call(method, path + query(), { ...call, key });
      if (suffices([held], scope)) expect(answer.reason).not.toBe("insufficientPermissions");
      else expectRefusal(answer, 403, "insufficientPermissions");
    }
  });

  it("lets only administrators do what is theirs", async () => {
    const { access } = endpointOf(file);
    if (access !== "admin") return;
    const person = await api.person();
    const { method, path, call } = requestTo(file);

    expect(await api.call(method, path, { ...call, key: person.key })).toMatchObject({ status: 403, reason: "forbidden" });
  });

  it("does not say whether another person's calendar or keys exist, nor anything on a calendar to a key for others", async () => {
    const { route, access } = endpointOf(file);
    // Each has settings of their own; of what is for administrators, nobody else learns anything: the test before this one.
    if (access !== "user" || !route.includes("{")) return;
    const stranger = await api.person();
    const { method, pathTo, query, full } = requestTo(file);

    if (!route.endsWith("/me/settings/{setting}")) {
      expectRefusal(await api.call(method, pathTo(theirs) + query(), { ...full(), key: stranger.key }), 404, "notFound");
    }

    // A limited key may see its user, and make and see keys that are limited as it is: see test/keys/limits.test.ts.
    if (["users.get", "keys.list", "keys.insert"].includes(idOf(file))) return;
    expectRefusal(await api.call(method, pathTo(theirs) + query(), { ...full(), key: elsewhere }), 404, "notFound");
  });

  it("shows a key for other calendars nothing of what its user has", async () => {
    const { route, access } = endpointOf(file);
    if (access === "public" || route.includes("{")) return;
    const { method, path, query, full } = requestTo(file);

    const answer = await api.call(method, path + query(), { ...full({ id: owner.email }), key: elsewhere });

    expect(JSON.stringify(answer.body ?? "")).not.toContain("private matter");
    if (answer.status >= 400) expectRefusal(answer, answer.status, answer.status === 404 ? "notFound" : (answer.reason ?? ""));
    else expect(method === "GET" || route.endsWith("/freeBusy")).toBe(true);
    const items: { id?: string }[] = answer.body.items ?? [];
    expect(items.map(({ id }) => id)).not.toContain(owner.email);
  });

  it("answers broken JSON, and other types than it takes, with an error in Google's shape", async () => {
    const { body, consumes, access } = endpointOf(file);
    if (!body || access === "public") return;
    const { method, path } = requestTo(file);
    const key = api.adminKey;

    const other = await api.call(method, path, { key, body: "<x/>", headers: { "Content-Type": "application/xml" } });
    expectRefusal(other, 415, "unsupportedMediaType");
    if (consumes) return;
    const broken = await api.call(method, path, { key, body: '{"summary":', headers: { "Content-Type": "application/json" } });
    expectRefusal(broken, 400, "parseError");
    const list = await api.call(method, path, { key, body: "[]", headers: { "Content-Type": "application/json" } });
    expectRefusal(list, 400, "invalid");
  });

  it("names the field of a body that has the wrong type", async () => {
    const { body, consumes, access } = endpointOf(file);
    if (!body || consumes || access === "public") return;
    const { method, path, query, full } = requestTo(file);
    for (const [name, schema] of Object.entries((body as Schema).properties ?? {})) {
      const value = wrongFor(schema);
      if (value === undefined) continue;
      const answer = await api.call(method, path + query(), { ...full({ [name]: value }), key: api.adminKey });
      expectRefusal(answer, 400, "invalid");
      expect(answer.body.error.errors[0].location).toBe(name);
    }
  });

  it("refuses query parameters of the wrong type; unknown ones pass on Google's surface and are named on ours", async () => {
    const { query = {}, route, access } = endpointOf(file);
    if (access === "public") return;
    const { method, path, query: queryWith, call } = requestTo(file);
    const key = api.adminKey;
    for (const [name, schema] of Object.entries(query)) {
      const { type, enum: words } = schema as { type?: string; enum?: string[] };
      if (type !== "integer" && type !== "boolean" && !words) continue;
      const answer = await api.call(method, path + queryWith({ [name]: "wrong" }), { ...call, key });
      expectRefusal(answer, 400, "invalidParameter");
      expect(answer.body.error.errors[0]).toMatchObject({ location: name, locationType: "parameter" });
    }

    const unknown = await api.call(method, path + queryWith({ stranger: "1" }), { ...call, key });

    if (route.includes(" /v1/")) {
      expect(unknown).toMatchObject({ status: 400, reason: "invalidParameter" });
      expect(unknown.body.error.message).toContain("stranger");
    } else {
      expect(unknown.body?.error?.message ?? "").not.toContain("stranger");
    }
  });
});

it("knows no two endpoints with one route", () => {
  const routes = api.endpoints.map(({ description }) => description.route.replaceAll(/\{\w+\}/g, "{}"));
  expect(new Set(routes).size).toBe(routes.length);
});

it("never wrote a key, an address, a query or a stack into the log, save stacks of errors of ours", () => {
  const never = [api.adminKey, "cal_", "@example.org", "stranger=", '"level":"ERROR"'];
  expect(api.lines.filter((line) => never.some((word) => line.includes(word)))).toEqual([]);
});

it("has one log line for each request, with its correlation id, route and status", async () => {
  const before = api.lines.length;

  const answer = await api.call("GET", "/v1/users/me", { key: api.adminKey, headers: { "X-Correlation-Id": "my-story" } });

  expect(answer.headers.get("x-correlation-id")).toBe("my-story");
  const lines = api.lines.slice(before).map((line) => JSON.parse(line));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({ message: "request", route: "users.get", status: 200, correlation_id: "my-story" });
});
