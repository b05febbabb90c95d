/** What must hold for every endpoint there is, found as the server finds them: a new file in handlers/ is tested by being there. */
import { readdirSync, readFileSync } from "node:fs";
import { type Api, startApi } from "#test/support/api.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
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

/** A request that the endpoint would understand: ids that nobody has, bodies with nothing in them. */
const requestTo = (file: string) => {
  const { route, body, consumes, query = {} } = endpointOf(file);
  const [method, path] = route.split(" ") as [string, string];
  const required = Object.entries(query).filter(([, schema]) => !("~optional" in (schema as object)));
  const [type, text] = bodies[consumes ?? "application/json"];
  return {
    method,
    path: path.replaceAll(/\{\w+\}/g, "no-such-thing"),
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

  it("lets nobody in without a key, or with a wrong one, unless it is public", async () => {
    const { access } = endpointOf(file);
    const { method, path, call } = requestTo(file);

    const without = await api.call(method, path, call);
    const wrong = await api.call(method, path, { ...call, key: "cal_0000000000000000000000000000000000000000" });

    if (access === "public") {
      expect(without.status).toBeLessThan(400);
    } else {
      expect(without).toMatchObject({ status: 401, reason: "required", body: { error: { message: "Login Required" } } });
      expect(wrong).toMatchObject({ status: 401, reason: "authError", body: { error: { message: "Invalid Credentials" } } });
      expect(wrong.headers.get("www-authenticate")).toBeTruthy();
    }
  });

  it("lets only administrators do what is theirs", async () => {
    const { access } = endpointOf(file);
    if (access !== "admin") return;
    const person = await api.person();
    const { method, path, call } = requestTo(file);

    expect(await api.call(method, path, { ...call, key: person.key })).toMatchObject({ status: 403, reason: "forbidden" });
  });

  it("does not say whether another person's calendar or keys exist", async () => {
    const { route, access } = endpointOf(file);
    // Of what is for administrators, nobody else learns anything: the test before this one.
    if (access === "admin") return;
    const [owner, stranger] = [await api.person(), await api.person()];
    const event = await owner.post("/calendar/v3/calendars/primary/events", {
      start: { date: "2026-03-02" },
      end: { date: "2026-03-03" },
      summary: "private matter",
    });
    const keys = await owner.get("/v1/users/me/keys");
    const values: Record<string, string> = {
      calendarId: owner.email,
      eventId: event.body.id,
      userId: owner.id,
      keyId: keys.body.items[0].id,
    };
    const names = [...route.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
    if (names.length === 0) return;
    const { method, query, call } = requestTo(file);
    const path = (route.split(" ")[1] as string).replaceAll(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(values[name] ?? "no-such-thing"),
    );
    const body =
      call.body === "{}"
        ? { body: JSON.stringify({ name: "x", summary: "x", start: { date: "2026-01-01" }, end: { date: "2026-01-02" } }) }
        : {};

    const answer = await api.call(method, path + query(), { ...call, ...body, key: stranger.key });

    if (answer.status === 400) {
      // A body that this endpoint cannot take: refused before anything was looked up, and with nothing of it in the answer.
      expect(JSON.stringify(answer.body)).not.toContain("private matter");
    } else {
      expect(answer).toMatchObject({ status: 404, reason: "notFound" });
    }
  });

  it("answers broken JSON, and other types than it takes, with an error in Google's shape", async () => {
    const { body, consumes, access } = endpointOf(file);
    if (!body || access === "public") return;
    const { method, path } = requestTo(file);
    const key = api.adminKey;

    const other = await api.call(method, path, { key, body: "<x/>", headers: { "Content-Type": "application/xml" } });
    expect(other).toMatchObject({ status: 415, reason: "unsupportedMediaType" });
    if (consumes) return;
    const broken = await api.call(method, path, { key, body: '{"summary":', headers: { "Content-Type": "application/json" } });
    expect(broken).toMatchObject({ status: 400, reason: "parseError" });
    expect(broken.body.error).toEqual({
      code: 400,
      message: expect.any(String),
      errors: [expect.objectContaining({ domain: "global" })],
    });
    const list = await api.call(method, path, { key, body: "[]", headers: { "Content-Type": "application/json" } });
    expect(list).toMatchObject({ status: 400, reason: "invalid" });
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
      expect(answer).toMatchObject({ status: 400, reason: "invalidParameter" });
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
