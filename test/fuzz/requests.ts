/** Requests to each endpoint, made from its description: good ones, and good ones that something was done to. */
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import type { Description } from "#lib/entry/endpoint.ts";
import type { Scene, Scenes } from "./scene.ts";
import * as texts from "./texts.ts";
import { type Oddness, objectOf, Ref, type Schema, valueFor } from "./values.ts";

/** A request as it goes on the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query, as bytes (latin1). */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** Whose things it is about. */
  readonly scene: Scene;
  readonly calendarId: string | undefined;
}

type Caller = "own" | "admin" | "other" | "limited" | "expired" | "wrong" | "none";
type Query = readonly (readonly [string, unknown])[];

/** What is done to a request on its way. */
interface Damage {
  /** Changes the text of the path and query, of a header, of the body. */
  readonly target?: (target: string) => string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: (body: Buffer) => Buffer;
}

/** A request before it is known what there is. */
export interface Plan {
  readonly id: string;
  readonly caller: Caller;
  readonly who: number;
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Query;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly damages: readonly Damage[];
}

const spliced = (text: string, at: number, length: number, put: string) => {
  const from = at % (text.length + 1);
  return text.slice(0, from) + put + text.slice(from + length);
};

/** A tear in a text: at some place some letters are replaced. */
const tear = fc.record({
  at: fc.nat(100_000),
  length: fc.nat(6),
  put: fc.oneof(
    fc.constantFrom(
      "",
      "%",
      "%zz",
      "%00",
      "%ff",
      "%c3%28",
      "%ed%a0%80",
      "\xff",
      "\xc3\x28",
      "/",
      "//",
      "..",
      ";",
      "?",
      "&",
      "=",
      "&&=",
      "#x",
    ),
    fc.constantFrom(
      "%2F",
      "%2e%2e",
      "+",
      "[]",
      "\x80\x81",
      "key=x&",
      "fields=items(",
      "alt=xml&",
      "prettyPrint=true&",
      "__proto__=1&",
    ),
  ),
});

const bodyTear = fc.record({
  at: fc.nat(100_000),
  length: fc.nat(6),
  put: fc.oneof(
    fc.constantFrom(
      "",
      '"',
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "\\",
      "\\u0000",
      "\\ud800",
      "\xff\xfe",
      "\x00",
      "\xed\xa0\x80",
      "1e999",
      "-",
      "null",
    ),
    fc.constantFrom(
      '"__proto__":{"a":1},',
      '"constructor":{"prototype":1},',
      '"summary":1,"summary":"a",',
      "[".repeat(100),
      "[".repeat(5_000),
    ),
  ),
});

const onBytes = (change: (text: string) => string) => (body: Buffer) => Buffer.from(change(body.toString("latin1")), "latin1");

/** What HTTP lets through in a value of a header. */
const headerText = texts.oddText.map((text) =>
  Buffer.from(text.slice(0, 4_000), "utf8")
    .toString("latin1")
    .replaceAll(/[^\t\x20-\x7e\x80-\xff]/g, "?"),
);

const oddHeaders: fc.Arbitrary<Record<string, string>> = fc.oneof(
  fc
    .constantFrom<[string, string][]>(
      ...["text/plain", "application/xml", "application/json; charset=utf-16", "application/jsonp", "multipart/mixed", ";;;"].map(
        (value): [string, string] => ["Content-Type", value],
      ),
      ...["gzip", "br", "identity", "gzip, gzip", "x-gzip", "deflate"].map((value): [string, string] => [
        "Content-Encoding",
        value,
      ]),
      ...["GET", "DELETE", "PATCH", "TRACE", "get", "PROPFIND"].map((value): [string, string] => [
        "X-HTTP-Method-Override",
        value,
      ]),
      ...["127.0.0.1", "::1, 10.0.0.1", "unknown", ",,,", "1.2.3.4:99", "[::1]:80"].map((value): [string, string] => [
        "X-Forwarded-For",
        value,
      ]),
      ...["*", '"1"', 'W/"2"', '"', "1, 2", '"1","2"'].flatMap((value): [string, string][] => [
        ["If-Match", value],
        ["If-None-Match", value],
      ]),
      ...["fuzz-1", '"fuzz-2"', '"', "a b", "x".repeat(255), "x".repeat(256), "{}"].map((value): [string, string] => [
        "Idempotency-Key",
        value,
      ]),
      ["Accept-Encoding", "gzip;q=0, *;q=nonsense, br"],
      ["Accept-Encoding", "br, gzip"],
      ["Origin", "https://evil.example.org"],
      ["X-Amzn-Trace-Id", "Root=1-zz;Sampled=9"],
      ["X-Correlation-Id", "x".repeat(200)],
      ["Range", "bytes=0-1"],
      ["Expect", "a-miracle"],
    )
    .map(([name, value]) => ({ [name]: value })),
  fc
    .tuple(
      fc.constantFrom(
        ...[
          "If-Match",
          "If-None-Match",
          "Idempotency-Key",
          "Content-Type",
          "X-Forwarded-For",
          "X-Correlation-Id",
          "X-Amzn-Trace-Id",
        ],
        ...[
          "X-HTTP-Method-Override",
          "Accept-Encoding",
          "Origin",
          "Authorization",
          "X-Goog-Api-Key",
          "Accept",
          "Cookie",
          "Content-Encoding",
        ],
      ),
      headerText,
    )
    .map(([name, value]) => ({ [name]: value })),
);

const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 3, arbitrary: tear.map(({ at, length, put }): Damage => ({ target: (target) => spliced(target, at, length, put) })) },
  {
    weight: 3,
    arbitrary: bodyTear.map(({ at, length, put }): Damage => ({ body: onBytes((text) => spliced(text, at, length, put)) })),
  },
  { weight: 4, arbitrary: oddHeaders.map((headers): Damage => ({ headers })) },
  {
    weight: 1,
    arbitrary: fc.nat(100_000).map((at): Damage => ({ body: (body) => body.subarray(0, at % (body.length + 1)) })),
  },
  {
    weight: 1,
    arbitrary: fc.nat(50).map(
      (lost): Damage => ({
        headers: { "Content-Encoding": "gzip" },
        body: (body) => {
          const packed = gzipSync(body);
          return packed.subarray(0, packed.length - (lost > 25 ? lost - 25 : 0));
        },
      }),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.constant<Damage>({
      headers: { "Content-Encoding": "gzip" },
      body: () => gzipSync(Buffer.alloc(3_000_000, " ")),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Damage>({ body: () => Buffer.alloc(0) }) },
);

const callerOf = (access: Description["access"], odd: Oddness): fc.Arbitrary<Caller> =>
  fc.oneof(
    { weight: 24, arbitrary: fc.constant<Caller>(access === "admin" ? "admin" : "own") },
    { weight: odd ? 4 : 2, arbitrary: fc.constantFrom<Caller[]>("admin", "other", "limited") },
    { weight: odd ? 2 : 0, arbitrary: fc.constantFrom<Caller[]>("expired", "wrong", "none") },
  );

/** Parameters that every endpoint takes. */
const standard: fc.Arbitrary<Query> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Query>([]) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("items(id,start)", "*", "kind,etag", "items/id", "nosuch", "a(b", "*(*(*(*)))")
      .map((fields): Query => [["fields", fields]]),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom<[string, string][]>(["prettyPrint", "true"], ["alt", "json"], ["quotaUser", "x"])
      .map((pair): Query => [pair]),
  },
);

/** A part of a batch, which says no more than where it goes: what goes there is fuzzed by itself. */
const batchPart = (odd: Oddness): fc.Arbitrary<string> =>
  fc
    .record({
      line: fc.constantFrom(
        "GET /calendar/v3/colors HTTP/1.1",
        "GET /calendar/v3/calendars/primary/events?maxResults=3",
        "GET https://www.example.org/calendar/v3/users/me/calendarList HTTP/1.1",
        "POST /calendar/v3/calendars/primary/events/quickAdd?text=lunch HTTP/1.1",
        'POST /calendar/v3/freeBusy HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"timeMin":1}',
        ...(odd
          ? ["POST /batch/calendar/v3 HTTP/1.1", "GET /v1/users/me", "BREW /pot HTCPCP/1.0", "GET /calendar/v3/calendars/%zz/acl"]
          : []),
      ),
      head: odd
        ? fc.oneof(
            fc.constant(""),
            headerText.map((text) => `${text}\r\n`),
          )
        : fc.constant("Content-Type: application/http\r\nContent-ID: <a>\r\n"),
    })
    .map(({ line, head }) => `--fuzz\r\n${head}\r\n${line}\r\n\r\n`);

const bodyOf = ({ body, consumes }: Description, odd: Oddness): fc.Arbitrary<unknown> => {
  if (!body) return fc.constant(undefined);
  if (consumes === "text/calendar") return texts.calendarText(odd === 1);
  if (consumes === "multipart/mixed") {
    return fc.array(batchPart(odd), { minLength: 1, maxLength: 4 }).map((parts) => `${parts.join("")}--fuzz--\r\n`);
  }
  return odd
    ? fc.oneof({ weight: 20, arbitrary: objectOf(body as Schema, odd) }, { weight: 1, arbitrary: fc.jsonValue() })
    : objectOf(body as Schema, odd);
};

const planOf = (description: Description, odd: Oddness): fc.Arbitrary<Plan> => {
  const { id, access, query = {}, path } = description;
  const parameters = (schemas: object) =>
    fc.record(Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, valueFor(schema, name, odd)])));
  return fc.record({
    id: fc.constant(id),
    caller: callerOf(access, odd),
    who: fc.nat(9_999),
    path: parameters(path),
    query: fc
      .tuple(objectOf({ properties: query as Record<string, Schema> }, odd), standard)
      .map(([values, more]): Query => [...Object.entries(Object.keys(query).length > 0 ? values : {}), ...more]),
    body: bodyOf(description, odd),
    headers: odd
      ? fc.constant({})
      : fc.oneof(
          { weight: 12, arbitrary: fc.constant({}) },
          { weight: 1, arbitrary: fc.nat(9_999).map((pick) => ({ "If-Match": new Ref("etag", pick) })) },
          { weight: 1, arbitrary: fc.nat(9_999).map((pick) => ({ "If-None-Match": new Ref("etag", pick) })) },
          { weight: 1, arbitrary: fc.nat(40).map((number) => ({ "Idempotency-Key": `fuzz-${number}` })) },
          { weight: 1, arbitrary: fc.constant({ "Accept-Encoding": "gzip" }) },
        ),
    damages: odd ? fc.oneof(fc.constant([]), fc.array(damage, { minLength: 1, maxLength: 2 })) : fc.constant([]),
  });
};

/** How often endpoints are called, in comparison: many rules stand behind events, and some answers are dear by their nature. */
const weightOf = (id: string): number => {
  if (id === "users.delete" || id === "audit.verify" || id === "profiles.record") return 1;
  return id.startsWith("events.") || id === "calendars.import" ? 12 : 4;
};

/** Requests to any of these endpoints, good and bad in halves. */
export const plans = (descriptions: readonly Description[]): fc.Arbitrary<Plan> =>
  fc.oneof(
    ...descriptions.flatMap((description) =>
      ([0, 1] as const).map((odd) => ({ weight: weightOf(description.id), arbitrary: planOf(description, odd) })),
    ),
  );

const surrogateBytes = (code: number): string =>
  [0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)].map((byte) => `%${byte.toString(16)}`).join("");

/** Text of a path or query, percent-encoded byte by byte where it must be; lone surrogates as they would be in UTF-8. */
const encode = (value: unknown): string => {
  const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
  return text.replaceAll(/[^\w.~-]/gu, (letter) =>
    letter.isWellFormed() ? encodeURIComponent(letter) : surrogateBytes(letter.charCodeAt(0)),
  );
};

const adminKey = "administrator-of-the-tests";

/** Puts real things where the plan names them, and writes the request down. */
export const write = (plan: Plan, description: Description, scenes: Scenes): WireRequest => {
  const scene = scenes.one(plan.who);
  const calendar = scene.calendars[plan.who % scene.calendars.length];
  const real = (value: unknown): unknown => {
    if (value instanceof Ref) {
      const found = scenes.find(value.kind, value.pick, scene, calendar);
      return found ?? (value.kind.endsWith("Token") || value.kind === "etag" ? undefined : `no-such-${value.kind}`);
    }
    if (Array.isArray(value)) return value.map(real);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, real(inner)]));
  };
  const [method = "", route = ""] = description.route.split(" ");
  const path = route.replaceAll(/\{(\w+)\}/g, (_, name: string) => encode(real(plan.path[name])) || "%20");
  const pairs = plan.query.flatMap(([name, value]) =>
    Array.isArray(value) ? value.map((one) => [name, one] as const) : [[name, value] as const],
  );
  const query = pairs
    .map(([name, value]) => [name, real(value)] as const)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .join("&");
  const text = typeof plan.body === "string" && description.consumes ? plan.body : JSON.stringify(real(plan.body));
  const type =
    description.consumes === "multipart/mixed" ? "multipart/mixed; boundary=fuzz" : (description.consumes ?? "application/json");
  const keys: Record<Caller, string | undefined> = {
    own: scene.key,
    // Only administrators can make people, so theirs is never put at risk.
    admin: /^(DELETE|POST) \/v1\/users\/\{/.test(description.route) ? scene.key : adminKey,
    other: scenes.one(plan.who + 1).key,
    limited: scene.limitedKeys[0],
    expired: `cal_live_${"0".repeat(12)}_${"0".repeat(32)}000000`,
    wrong: `wrong-${plan.who % 100}`,
    none: undefined,
  };
  const key = keys[plan.caller];
  let request: Pick<WireRequest, "target" | "headers" | "body"> = {
    target: query ? `${path}?${query}` : path,
    headers: {
      ...(key !== undefined && { "X-API-Key": key }),
      ...(text !== undefined && { "Content-Type": type }),
      ...(JSON.parse(JSON.stringify(real(plan.headers))) as Record<string, string>),
    },
    body: text === undefined ? undefined : Buffer.from(text, "utf8"),
  };
  const address = /"address":"[^"]*"/.exec(text ?? "")?.[0];
  /** A tear must not make an address of it that leads out of this machine. */
  const isSafe = (body: Buffer) => address === undefined || body.includes(address) || !body.includes('"address"');
  for (const { target, headers, body: change } of plan.damages) {
    const changed = change && request.body && change(request.body);
    request = {
      target: target
        ? `/${target(request.target)
            .replaceAll(/[^\x21-\xff]/g, "")
            .replace(/^\/+/, "")}`
        : request.target,
      headers: { ...request.headers, ...headers },
      body: changed && isSafe(changed) ? changed : request.body,
    };
  }
  return { method, ...request, scene, calendarId: calendar?.id };
};
