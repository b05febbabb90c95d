/** What every endpoint has from its chain, through HTTP and as a Lambda function would be called. */
import { randomBytes } from "node:crypto";
import { gzipSync } from "node:zlib";
import type { ALBEvent, Context } from "aws-lambda";
import { type Endpoint, endpoint } from "#lib/entry/endpoint.ts";
import { requestScope } from "#lib/entry/request-scope.ts";
import { inScope } from "#lib/observe/scope.ts";
import { flag, integer, list, maybe, object, oneOf, optional, record, text } from "#lib/schema.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";

let api: Api;
let ana: Person;
beforeAll(async () => {
  api = await startApi({ maxBodyBytes: 20_000 });
  ana = await api.person();
});
afterAll(() => api.stop());

const probe = endpoint({
  id: "probe.echo",
  route: "POST /v1/probe/{probeId}/echo",
  summary: "Echo.",
  description: "Gives back what it was given.",
  access: "public",
  scope: "none",
  path: { probeId: text({ maxLength: 20 }) },
  query: {
    times: optional(integer({ minimum: 1, maximum: 9 })),
    loud: optional(flag()),
    word: optional(list(text({ maxLength: 5 }), { maxItems: 2 })),
    order: optional(oneOf("up", "down")),
    name: optional(text()),
  },
  body: object({
    title: optional(text({ minLength: 1, maxLength: 10 })),
    code: optional(text({ minLength: 2, pattern: "^[a-z]+$" })),
    count: optional(integer({ minimum: 1, maximum: 5 })),
    kind: maybe(oneOf("good", "bad")),
    note: maybe(text({ maxLength: 5 })),
    people: optional(list(object({ email: text() }), { minItems: 1, maxItems: 2 })),
    labels: optional(record(text({ maxLength: 3 }))),
    size: optional(object({ width: integer() }, { maxProperties: 1 })),
  }),
  reply: object({ path: object({}), query: object({}), body: object({}) }),
  errors: [],
  run: async (_ctx, { path, query, body }) => ({ path, query: { ...query }, body }),
});
const broken = endpoint({
  id: "probe.break",
  route: "GET /v1/probe",
  summary: "Break.",
  description: "Fails in a way that nobody foresaw.",
  access: "public",
  scope: "none",
  path: {},
  reply: object({}),
  errors: [],
  run: async () => {
    throw Object.assign(new Error("relation of ana@example.org is missing"), { detail: "ben@example.org" });
  },
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly base64?: boolean;
}

/** The event an ALB makes of a request, in either of its shapes. */
const eventOf = (mode: "single" | "multi", sent: Sent): ALBEvent => {
  const { method = "POST", path = "/v1/probe/one/echo", query = "", headers = {}, body = "", base64 = false } = sent;
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const all: Record<string, string[]> = Object.create(null);
  for (const pair of query.split("&").filter(Boolean)) {
    const [name, value = ""] = pair.split(/=(.*)/s) as [string, string?];
    all[name] = [...(all[name] ?? []), value];
  }
  const given = { ...(text !== "" && { "content-type": "application/json" }), ...headers };
  const arrays = (map: Record<string, string>) => Object.fromEntries(Object.entries(map).map(([name, value]) => [name, [value]]));
  const last = Object.fromEntries(Object.entries(all).map(([name, values]) => [name, values.at(-1) as string]));
  return {
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:::targetgroup/t/0" } },
    httpMethod: method,
    path,
    ...(mode === "single"
      ? { headers: given, queryStringParameters: last }
      : { multiValueHeaders: arrays(given), multiValueQueryStringParameters: all }),
    body: text,
    isBase64Encoded: base64,
  };
};

const send = async (sent: Sent, { mode = "single", to = probe }: { mode?: "single" | "multi"; to?: Endpoint } = {}) => {
  const result = await to(eventOf(mode, sent));
  return { ...result, body: result.body ? JSON.parse(result.body) : undefined };
};
const refusalOf = async (sent: Sent) => {
  const { statusCode, body } = await send(sent);
  return { status: statusCode, ...body.error?.errors[0] };
};

describe("path and query", () => {
  it("come decoded, in the types their schemas ask for", async () => {
    const { body } = await send({
      path: "/v1/probe/a%2Fb%20+c/echo",
      query: "times=3&loud=false&name=gr%C3%BC%C3%9F+dich%2B&order=up&word=x",
    });

    expect(body).toEqual({
      path: { probeId: "a/b +c" },
      query: { times: 3, loud: false, name: "grüß dich+", order: "up", word: ["x"] },
      body: {},
    });
  });

  it("have all of repeated lists and the last of everything else; a target group in single-value mode knows the last alone", async () => {
    const query = "word=a&word=b&name=first&name=last";

    const multi = await send({ query }, { mode: "multi" });
    const single = await send({ query });

    expect(multi.body.query).toEqual({ word: ["a", "b"], name: "last" });
    expect(single.body.query).toEqual({ word: ["b"], name: "last" });
  });

  it.each([
    ["times=0", "times", "Invalid value for times: it must be at least 1."],
    ["times=10", "times", "Invalid value for times: it must be at most 9."],
    ["times=1.5", "times", "Invalid value for times: it must be an integer."],
    ["times=", "times", "Invalid value for times: it must be an integer."],
    ["loud=yes", "loud", "Invalid value for loud: it must be a boolean."],
    ["order=sideways", "order", "Invalid value for order: it must be one of up, down."],
    ["word=longer", "word[0]", "Invalid value for word[0]: it is longer than 5 characters."],
    ["stranger=1", "stranger", "Unknown parameter: stranger."],
    ["__proto__=1", "__proto__", "Unknown parameter: __proto__."],
    ["%5F_proto__=1", "__proto__", "Unknown parameter: __proto__."],
    ["constructor=1", "constructor", "Unknown parameter: constructor."],
  ])("%s is refused", async (query, location, message) => {
    expect(await refusalOf({ query })).toEqual({
      status: 400,
      domain: "global",
      reason: "invalidParameter",
      location,
      locationType: "parameter",
      message,
    });
  });

  it("may not be broken or hold a NUL", async () => {
    expect(await refusalOf({ query: "name=%E0%A4%A" })).toMatchObject({ status: 400, reason: "invalid", location: "name" });
    expect(await refusalOf({ query: "name=a%00b" })).toMatchObject({ status: 400, reason: "invalid", location: "name" });
    expect(await refusalOf({ path: "/v1/probe/%ff/echo" })).toMatchObject({ status: 400, location: "probeId" });
    expect(await refusalOf({ path: `/v1/probe/${"x".repeat(21)}/echo` })).toMatchObject({
      reason: "invalidParameter",
      message: "Invalid value for probeId: it is longer than 20 characters.",
    });
  });

  it("may hold what every Google client sends, on every surface", async () => {
    const query = "alt=json&prettyPrint=false&fields=query&key=x&quotaUser=y&%24.xgafv=2";

    expect(await send({ query })).toMatchObject({ statusCode: 200, body: { query: {} } });
  });
});

describe("a JSON body", () => {
  it("comes as it was sent, null where the schema lets it", async () => {
    const body = { title: "é".repeat(10), kind: null, note: null, people: [{ email: "a" }], labels: { x: "abc" } };

    expect((await send({ body })).body.body).toEqual(body);
  });

  it("may be missing when nothing in it is needed", async () => {
    expect(await send({})).toMatchObject({ statusCode: 200, body: { body: {} } });
    expect(await send({ headers: { "content-type": "application/json; charset=utf-8" } })).toMatchObject({ statusCode: 200 });
  });

  it.each([
    [{ title: "" }, "title", "Invalid value for title: it is empty."],
    [{ title: "x".repeat(11) }, "title", "Invalid value for title: it is longer than 10 characters."],
    [{ title: 1 }, "title", "Invalid value for title: it must be a string."],
    [{ title: null }, "title", "Invalid value for title: it must be a string."],
    [{ code: "x" }, "code", "Invalid value for code: it is shorter than 2 characters."],
    [{ code: "AB" }, "code", "Invalid value for code: it has characters or a form that is not allowed."],
    [{ count: 0 }, "count", "Invalid value for count: it must be at least 1."],
    [{ count: 6 }, "count", "Invalid value for count: it must be at most 5."],
    [{ count: "3" }, "count", "Invalid value for count: it must be an integer."],
    [{ kind: "ugly" }, "kind", "Invalid value for kind: it must be one of good, bad, null."],
    [{ note: 1 }, "note", "Invalid value for note: it must be a string or null."],
    [{ note: "longer" }, "note", "Invalid value for note: it is longer than 5 characters."],
    [{ people: [] }, "people", "Invalid value for people: it has fewer than 1 items."],
    [{ people: [{ email: "a" }, { email: "b" }, {}] }, "people", "Invalid value for people: it has more than 2 items."],
    [{ people: [{ email: "a" }, { email: 2 }] }, "people[1].email", "Invalid value for people[1].email: it must be a string."],
    [{ people: ["a"] }, "people[0]", "Invalid value for people[0]: it must be an object."],
    [{ labels: { long: "four" } }, "labels.long", "Invalid value for labels.long: it is longer than 3 characters."],
    [{ labels: { "a/b~c": 1 } }, "labels.a/b~c", "Invalid value for labels.a/b~c: it must be a string."],
    [{ labels: { "two\nlines": { deep: 1 } } }, "labels.two\nlines", "Invalid value for labels.two\nlines: it must be a string."],
    [{ size: { width: 1, height: 2 } }, "size", "Invalid value for size: it has more than 1 fields."],
  ])("%j is refused", async (body, location, message) => {
    expect(await refusalOf({ body })).toEqual({
      status: 400,
      domain: "global",
      reason: "invalid",
      location,
      locationType: "parameter",
      message,
    });
  });

  it("is refused when it is no object, lacks a field or has one more", async () => {
    expect(await refusalOf({ body: "[]" })).toEqual({
      status: 400,
      domain: "global",
      reason: "invalid",
      message: "Invalid value for the body: it must be an object.",
    });
    expect(await refusalOf({ body: { people: [{}] } })).toMatchObject({
      reason: "required",
      location: "people[0].email",
      message: "Missing required field: people[0].email.",
    });
    expect(await refusalOf({ body: { stranger: 1 } })).toMatchObject({ reason: "invalid", message: "Unknown field: stranger." });
  });

  it("is refused when it cannot be read or stored", async () => {
    expect(await refusalOf({ body: '{"title":' })).toMatchObject({ status: 400, reason: "parseError" });
    expect(await refusalOf({ body: '{"__proto__":{"admin":true}}' })).toMatchObject({
      reason: "parseError",
      message: "Parse Error: the name __proto__ is not allowed.",
    });
    expect(await refusalOf({ body: `{"labels":${"[".repeat(100)}${"]".repeat(100)}}` })).toMatchObject({
      status: 400,
      reason: "parseError",
      message: "Parse Error: the JSON nests too deeply.",
    });
    expect(await refusalOf({ body: '{"people":[{"email":"a\\u0000"}]}' })).toMatchObject({
      reason: "invalid",
      location: "people[0].email",
    });
    expect(await refusalOf({ body: '{"title":"\\ud800"}' })).toMatchObject({ reason: "invalid", location: "title" });
    expect((await send({ body: '{"title":"\\ud83d\\ude00"}' })).body.body).toEqual({ title: "😀" });
    expect(await refusalOf({ body: "<x/>", headers: { "content-type": "text/xml" } })).toMatchObject({
      status: 415,
      reason: "unsupportedMediaType",
    });
  });

  it("comes in base64 where the load balancer takes its type for binary", async () => {
    const body = Buffer.from('{"title":"grüß"}').toString("base64");
    const headers = { "content-type": "application/calendar+json" };

    expect((await send({ body, headers, base64: true })).body.body).toEqual({ title: "grüß" });
  });
});

describe("a compressed body", () => {
  const post = (path: string, type: string, bytes: Buffer, coding = "gzip") =>
    fetch(`${api.url}${path}`, {
      method: "POST",
      headers: { "X-API-Key": ana.key, "Content-Type": type, "Content-Encoding": coding },
      body: new Uint8Array(bytes),
    });
  const events = "/calendar/v3/calendars/primary/events";
  const event = { summary: "Grüße", start: { date: "2026-03-02" }, end: { date: "2026-03-03" } };

  it("is read as Google's client for Java sends it, JSON and calendars alike", async () => {
    const made = await post(events, "application/json; charset=UTF-8", gzipSync(JSON.stringify(event)));
    expect(made.status).toBe(200);
    expect(await made.json()).toMatchObject({ summary: "Grüße" });

    const lines = ["BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:zipped", "DTSTART:20260302T090000Z", "SUMMARY:Grüße"];
    const calendar = [...lines, "END:VEVENT", "END:VCALENDAR", ""].join("\r\n");
    const imported = await post("/v1/calendars/primary/import", "text/calendar", gzipSync(calendar));
    expect(await imported.json()).toMatchObject({ created: 1 });
  });

  it("is refused when it is none, of another kind, or more than a body may be", async () => {
    expect((await post(events, "application/json", Buffer.from(JSON.stringify(event)))).status).toBe(400);
    expect((await post(events, "application/json", gzipSync("{}"), "br")).status).toBe(415);
    const bomb = gzipSync(JSON.stringify({ ...event, description: "x".repeat(5_000_000) }));
    expect(bomb.length).toBeLessThan(20_000);
    const answer = await post(events, "application/json", bomb);
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({ error: { code: 413, errors: [{ reason: "uploadTooLarge" }] } });
  });
});

describe("an answer", () => {
  it("has the shape of the target group that asked", async () => {
    const single = await probe(eventOf("single", {}));
    const multi = await probe(eventOf("multi", {}));

    expect(single.multiValueHeaders).toBeUndefined();
    expect(multi.headers).toBeUndefined();
    expect(multi.body).toBe(single.body);
    const ids = ["x-request-id", "x-correlation-id"];
    for (const [name, values] of Object.entries(multi.multiValueHeaders ?? {})) {
      if (!ids.includes(name)) expect(values).toEqual([single.headers?.[name]]);
    }
    expect(single.headers).toMatchObject({
      "content-type": "application/json; charset=UTF-8",
      "cache-control": "private, max-age=0, must-revalidate, no-transform",
      "x-content-type-options": "nosniff",
    });
  });

  it("is 304 to a GET or HEAD that has the version, and only then", async () => {
    const calendar = "/calendar/v3/calendars/primary";
    const first = await ana.get(calendar);
    const etag = first.headers.get("etag") as string;

    for (const known of [etag, `W/${etag}`, `"1-other", ${etag}`, "*"]) {
      const again = await ana.get(calendar, { "If-None-Match": known });
      expect(again).toMatchObject({ status: 304, body: undefined });
      expect(again.headers.get("etag")).toBe(etag);
    }
    expect((await ana.get(calendar, { "If-None-Match": '"other"' })).status).toBe(200);
    const head = { method: "HEAD", headers: { "X-API-Key": ana.key, "If-None-Match": etag } };
    expect((await fetch(`${api.url}${calendar}`, head)).status).toBe(304);
    const patched = await ana.patch(calendar, { summary: "New" }, { "If-None-Match": '"other"' });
    expect(patched.status).toBe(200);
    expect((await ana.get(calendar, { "If-None-Match": etag })).status).toBe(200);
  });

  it("to HEAD is that to GET without its body", async () => {
    const get = await fetch(`${api.url}/v1/users/me`, { headers: { "X-API-Key": ana.key } });
    const head = await fetch(`${api.url}/v1/users/me`, { method: "HEAD", headers: { "X-API-Key": ana.key } });

    expect(head.status).toBe(200);
    expect(head.headers.get("content-length")).toBe(get.headers.get("content-length"));
    expect(head.headers.get("content-type")).toBe(get.headers.get("content-type"));
    expect(await head.text()).toBe("");
    expect((await fetch(`${api.url}/v1/users/me`, { method: "HEAD" })).status).toBe(401);
  });

  it("to what nobody foresaw says nothing of it, and the log no person's data but the error's own text", async () => {
    const before = api.lines.length;

    const { statusCode, body } = await send({ method: "GET", path: "/v1/probe" }, { to: broken });

    expect(statusCode).toBe(500);
    expect(body).toEqual({
      error: {
        code: 500,
        message: "Internal Error",
        errors: [{ domain: "global", reason: "internalError", message: "Internal Error" }],
      },
    });
    const lines = api.lines.slice(before);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: "ERROR", message: "unforeseen failure", error: { stack: expect.stringContaining("entry.test.ts") } },
      { level: "INFO", message: "request", route: "probe.break", status: 500, reason: "internalError" },
    ]);
    expect(lines.join()).not.toContain("ben@example.org");
  });

  it("to what is no endpoint's has the same shape, and the status that is sent", async () => {
    const missing = await api.call("GET", "/v1/nothing-here?key=secret-key");
    expect(missing).toMatchObject({ status: 404, reason: "notFound", body: { error: { code: 404 } } });
    expect(missing.headers.get("x-request-id")).toBeTruthy();

    const method = await api.call("PUT", "/v1/users");
    expect(method).toMatchObject({ status: 405, reason: "httpMethodNotAllowed", body: { error: { code: 405 } } });
    expect(method.headers.get("allow")).toBe("GET, HEAD, POST");

    const large = await api.call("POST", "/v1/users", { body: { email: "x".repeat(30_000) } });
    expect(large).toMatchObject({ status: 413, reason: "uploadTooLarge" });

    const { refuse } = await import("#container/refuse.ts");
    for (const [status, kind] of [
      [504, "timeout"],
      [431, "malformedRequest"],
    ] as const) {
      const result = refuse({ status, kind });
      expect(result.statusCode).toBe(status);
      expect(JSON.parse(result.body as string).error.code).toBe(status);
    }
    expect(api.lines.join()).not.toContain("secret-key");
  });
});

describe("the ids of a request", () => {
  const root = "1-65aa0000-0123456789abcdef01234567";

  it("are the caller's correlation id and the load balancer's trace root, when they are well-formed", () => {
    const scope = requestScope({ "x-correlation-id": "story/1", "x-amzn-trace-id": `Self=1-2-3;Root=${root};Sampled=1` }, 0);

    expect(scope).toMatchObject({ correlationId: "story/1", traceId: root });
  });

  it("are made when there are none, or none that could stand in a header or a log", () => {
    for (const wrong of ["", "two words", "line\r\nbreak", "x".repeat(129), "ü", '"quoted"']) {
      expect(requestScope({ "x-correlation-id": wrong, "x-amzn-trace-id": `Root=${root}` }, 0).correlationId).toBe(root);
    }
    for (const wrong of [undefined, "", "Root=1-2-3", `Root=${root}0`, `Root=${root.replace("a", "g")}`]) {
      const { traceId, correlationId } = requestScope({ "x-amzn-trace-id": wrong }, 0);
      expect(traceId).toMatch(/^1-[0-9a-f]{8}-[0-9a-f]{24}$/);
      expect(traceId).not.toBe(root);
      expect(correlationId).toBe(traceId);
    }
    expect(requestScope({}, 0).requestId).not.toBe(requestScope({}, 0).requestId);
  });

  it("say whether it is traced: by chance, whatever a header says", () => {
    const sampled = (rate: number, header?: string) => requestScope({ "x-amzn-trace-id": header }, rate).sampled;

    for (const header of [
      undefined,
      `Root=${root}`,
      "Sampled=1",
      "Sampled=0",
      `Root=${root};Sampled=1`,
      `Root=${root};Sampled=0`,
    ]) {
      expect([sampled(0, header), sampled(1, header)]).toEqual([false, true]);
    }
  });

  it.each([true, false])("inside of another request are that one's trace, and its being traced or not (%s)", (sampled) => {
    const outer = { ...requestScope({ "x-amzn-trace-id": `Root=${root}` }, 0), sampled };
    const headers = { "x-amzn-trace-id": `Root=${root.replaceAll("a", "b")};Sampled=${sampled ? 0 : 1}` };
    const inner = inScope(outer, () => requestScope(headers, sampled ? 0 : 1));

    expect(inner).toMatchObject({ traceId: root, sampled });
    expect(inner.requestId).not.toBe(outer.requestId);
  });

  it("are the last of repeated headers, as a load balancer in single-value mode has them", async () => {
    const event = eventOf("multi", {});

    const { multiValueHeaders } = await probe({ ...event, multiValueHeaders: { "x-correlation-id": ["first", "last"] } });

    expect(multiValueHeaders?.["x-correlation-id"]).toEqual(["last"]);
  });

  it("go out with the answer", async () => {
    const answer = await ana.get("/v1/users/me", { "X-Correlation-Id": "my story", "X-Amzn-Trace-Id": `Root=${root}` });

    expect(answer.headers.get("x-correlation-id")).toBe(root);
    expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

const large = endpoint({
  id: "probe.repeat",
  route: "GET /v1/probe/{word}/{times}",
  summary: "Repeat.",
  description: "Says a word so many times.",
  access: "public",
  scope: "none",
  path: { word: text(), times: text() },
  reply: object({ said: text() }),
  errors: [],
  run: async (_ctx, { path: { word, times } }) => ({
    // What cannot be compressed is made by chance.
    said: word === "noise" ? randomBytes(Number(times)).toString("base64") : word.repeat(Number(times)),
  }),
});

describe("on Lambda", () => {
  const context = { awsRequestId: "lambda-request-1", getRemainingTimeInMillis: () => 30_000 } as Context;
  const metrics = (from: number) => api.lines.slice(from).filter((line) => line.includes('"_aws"'));

  it("metrics are out before the process is frozen, also of a request that failed", async () => {
    for (const to of [probe, broken]) {
      const before = api.lines.length;
      await to(eventOf("single", { method: "GET" }), context);
      expect(metrics(before).join()).toContain(`"Route":"${to.description.id}"`);
    }
  });

  it.each(["single", "multi"] as const)(
    "an answer that the load balancer would not take is refused, and one that is compressed goes through (%s)",
    async (mode) => {
      const ask = async (path: string, coding = "identity", asked: Context | undefined = context) => {
        const event = eventOf(mode, { method: "GET", path: `/v1/probe/${path}`, headers: { "accept-encoding": coding } });
        const answer = await large(event, asked);
        // What a load balancer takes from a function: 1 MB of JSON.
        if (asked) expect(Buffer.byteLength(JSON.stringify(answer))).toBeLessThanOrEqual(1_000_000);
        return answer;
      };
      const before = api.lines.length;
      const refused = await ask("x/1000000");

      expect(refused.statusCode).toBe(403);
      const { error } = JSON.parse(refused.body as string);
      expect(error).toMatchObject({ code: 403, errors: [{ domain: "global", reason: "responseTooLarge" }] });
      for (const word of ["maxResults", "fields", "Accept-Encoding"]) expect(error.message).toContain(word);
      const lines = api.lines.slice(before).map((line) => JSON.parse(line));
      expect(lines.filter(({ message }) => message === "request")).toMatchObject([{ status: 403, reason: "responseTooLarge" }]);

      // Letters, and such as are two bytes or more in JSON; what stays long though it is compressed.
      const statuses = async (...asks: [path: string, coding?: string][]) =>
        (await Promise.all(asks.map((one) => ask(...one)))).map(({ statusCode }) => statusCode);
      expect(await statuses(["x/990000"], ["%22/240000"], ["%C3%BC/490000"], ["noise/400000", "gzip"])).toEqual([
        200, 200, 200, 200,
      ]);
      expect(await statuses(["%22/300000"], ["%C3%BC/500000"], ["noise/990000", "gzip"])).toEqual([403, 403, 403]);
      expect(await ask("x/5000000", "gzip")).toMatchObject({ statusCode: 200, isBase64Encoded: true });

      // A container sends it all.
      const whole = await large(eventOf(mode, { method: "GET", path: "/v1/probe/x/2000000" }));
      expect(whole.statusCode).toBe(200);
      expect(whole.body).toHaveLength(2_000_011);
    },
  );

  it("in a server they gather", async () => {
    const before = api.lines.length;

    await probe(eventOf("multi", {}), { awsRequestId: "x" } as Context);

    expect(metrics(before)).toEqual([]);
  });

  it("a request has the id by which the platform knows it", async () => {
    const before = api.lines.length;

    const { headers } = await probe(eventOf("single", {}), context);

    expect(headers?.["x-request-id"]).toBe("lambda-request-1");
    expect(JSON.parse(api.lines[before] as string)).toMatchObject({ message: "request", request_id: "lambda-request-1" });
  });
});
