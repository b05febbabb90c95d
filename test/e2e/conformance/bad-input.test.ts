/** Input that is no good, for every endpoint there is: Google's shape, no 5xx, no long wait, and nothing of it is written. */
import { type Database, openDatabase } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { clientOf, newCalendarOf, timed } from "./client.ts";
import { everythingIn, type Request, requestsTo, sendTo } from "./every-request.ts";

let api: Api;
let db: Database;
let ana: Person;
let values: Record<string, string>;
beforeAll(async () => {
  api = await startApi();
  db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
  ana = await api.person();
  const client = clientOf(api, ana);
  const calendarId = await newCalendarOf(client);
  const requestBody = { ...morning, recurrence: ["RRULE:FREQ=DAILY;COUNT=9"], attendees: [{ email: "wanda@x.example" }] };
  const { data: series } = await client.events.insert({ calendarId, requestBody });
  const scope = { type: "user", value: "wanda@x.example" };
  await client.acl.insert({ calendarId, requestBody: { role: "reader", scope } });
  await api.call("POST", "/v1/groups", { key: api.adminKey, body: { email: "team@example.org" } });
  const { body: keys } = await ana.get("/v1/users/me/keys");
  values = {
    calendarId,
    eventId: series.id as string,
    ruleId: "user:wanda@x.example",
    setting: "weekStart",
    settingId: "weekStart",
    userId: ana.id,
    keyId: keys.items[0].id,
    groupId: "team@example.org",
    email: "wanda@x.example",
    destination: "primary",
    text: "lunch",
  };
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

const morning = timed("2026-03-09T09:00:00", "Europe/Berlin");

const requestsOf = () => requestsTo(api, ana.key, values);
const send = (request: Pick<Request, "method" | "key">, url: string, body?: string, type?: string) =>
  sendTo(api, request, url, body, type);

/** Runs refusals, all of which must leave everything as it is. */
const expectUntouched = async (work: () => Promise<void>): Promise<void> => {
  const before = await everythingIn(db);
  await work();
  expect(await everythingIn(db)).toBe(before);
};

const withBody = () => requestsOf().filter(({ body, consumes }) => body && !consumes);

it("Ids of any bytes are refused or not found, by every endpoint", async () => {
  const ids = [
    "%ff",
    "%c3%28",
    "%00",
    "%",
    "%zz",
    "%2f",
    "%2e%2e",
    "%F0%9F%98%80",
    "x".repeat(5_000),
    "'%3b--",
    "null",
    "%E2%80%AE",
  ];
  await expectUntouched(async () => {
    for (const request of requestsOf()) {
      for (const id of request.template.includes("{") ? ids : []) {
        const { status } = await send(
          request,
          request.template.replaceAll(/\{\w+\}/g, id),
          request.body && "{}",
          request.consumes,
        );
        expect([request.id, id, [400, 404, 405, 414].includes(status)]).toEqual([request.id, id, true]);
      }
    }
  });
});

it("Fields of the wrong type are refused by their names, by every endpoint", async () => {
  const wrong = { string: "text", number: 1.5, boolean: true, array: [], object: {} };
  await expectUntouched(async () => {
    for (const request of withBody()) {
      for (const [name, { type }] of Object.entries(request.body?.properties ?? {})) {
        const right = [type ?? []].flat().map((one) => (one === "integer" ? "number" : one));
        for (const [kind, value] of Object.entries(wrong)) {
          if (right.includes(kind) && !([type].flat().includes("integer") && kind === "number")) continue;
          if (right.length === 0) continue;
          const asked = [request.id, name, kind];
          const answer = await send(request, request.url, JSON.stringify({ [name]: value }));
          expect([...asked, answer.status]).toEqual([...asked, 400]);
          if (answer.reason !== "required") expect([...asked, answer.location]).toEqual([...asked, name]);
        }
      }
    }
  });
}, 180_000);

it("Bodies that are none, or of another type, or of 10 MB are refused, by every endpoint", async () => {
  const nested = `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`;
  const bodies = ["{", "null", "1", '"x"', "[]", '{"a":1,}', '{"__proto__":{"a":1}}', "\0", "\ufeff{", nested];
  const huge = `{"a":"${"x".repeat(10_000_000)}"}`;
  await expectUntouched(async () => {
    for (const request of withBody()) {
      for (const body of bodies) {
        const { status } = await send(request, request.url, body);
        expect([request.id, body.slice(0, 20), status]).toEqual([request.id, body.slice(0, 20), 400]);
      }
      for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "json"]) {
        const { status, reason } = await send(request, request.url, "{}", type);
        expect([request.id, type, status, reason]).toEqual([request.id, type, 415, "unsupportedMediaType"]);
      }
    }
    for (const request of requestsOf().filter(({ body }) => body)) {
      const { status, reason } = await send(request, request.url, huge, request.consumes ?? "application/json");
      expect([request.id, status, reason]).toEqual([request.id, 413, "uploadTooLarge"]);
    }
  });
}, 180_000);

it("Selections that nest without end, or are huge, are refused or followed at once, by every endpoint", async () => {
  const bad = [
    "items(".repeat(1_000),
    "*(".repeat(1_000),
    "*/".repeat(2_000),
    "(",
    ")",
    "a,,b",
    "/",
    "__proto__",
    "x".repeat(9_000),
  ];
  const hard = [`${"*(".repeat(15)}*${")".repeat(15)}`, `${"*,".repeat(3_900)}*`, `${"kind,".repeat(1_500)}kind`];
  await expectUntouched(async () => {
    for (const request of requestsOf().filter(({ reply, produces }) => reply && !produces)) {
      for (const fields of bad) {
        const url = `${request.url}&fields=${encodeURIComponent(fields)}`;
        const { status, location } = await send(request, url, request.body && "{}", request.consumes);
        expect([request.id, fields.slice(0, 20), status, location]).toEqual([request.id, fields.slice(0, 20), 400, "fields"]);
      }
      for (const fields of request.method === "GET" ? hard : []) {
        expect([200, 400]).toContain((await send(request, `${request.url}&fields=${encodeURIComponent(fields)}`)).status);
      }
    }
  });
}, 180_000);

it("Queries of any bytes, a thousand times or 100 kB long, are refused or ignored, by every endpoint that only reads", async () => {
  const texts = [
    "%ff",
    "%00",
    "%",
    "x".repeat(4_000),
    "%F0%9F%98%80",
    "",
    "-1",
    "1e9",
    "99999999999999999999",
    "[]",
    "true&true",
  ];
  await expectUntouched(async () => {
    for (const request of requestsOf().filter(({ method }) => method === "GET")) {
      for (const name of Object.keys(request.query ?? {})) {
        for (const text of texts) await send(request, `${request.url}&${name}=${text}`);
        await send(request, `${request.url}${`&${name}=1`.repeat(1_000)}`);
        const long = await send(request, `${request.url}&${name}=${"x".repeat(100_000)}`);
        expect([request.id, name, long.status]).toEqual([request.id, name, 431]);
      }
    }
  });
}, 180_000);

it("A zone that does not exist is refused wherever there is one to name", async () => {
  const isZoned = (schema: object | undefined) => schema !== undefined && "timeZone" in schema;
  const zoned = requestsOf().filter(({ query, body }) => isZoned(query) || isZoned(body?.properties));
  expect(zoned.map(({ id }) => id)).toEqual(expect.arrayContaining(["events.list", "calendars.patch", "freebusy.query"]));
  await expectUntouched(async () => {
    for (const { query, ...request } of zoned.filter(({ method, query: one }) => !isZoned(one) || method === "GET")) {
      for (const timeZone of ["Mars/Olympus", "+05:00", "../../etc/passwd", "W. Europe Standard Time", "x".repeat(200)]) {
        const other = {
          timeMin: "2026-03-01T00:00:00Z",
          timeMax: "2026-03-02T00:00:00Z",
          email: "new@example.org",
          summary: "x",
        };
        const known = Object.entries(other).filter(([name]) => request.body?.properties?.[name]);
        const body = { ...Object.fromEntries(known), timeZone };
        const answer = isZoned(query)
          ? await send(request, `${request.url}&timeZone=${encodeURIComponent(timeZone)}`)
          : await send(request, request.url, JSON.stringify(body));
        expect([request.id, timeZone, answer.status, answer.location]).toEqual([request.id, timeZone, 400, "timeZone"]);
      }
    }
  });
});

it("An event that cannot be is refused by every endpoint that takes events", async () => {
  const at = (dateTime: string) => ({ start: { dateTime }, end: { dateTime } });
  const bad: readonly (readonly [object, string])[] = [
    [at("0000-01-01T00:00:00Z"), "start.dateTime"],
    [at("10000-01-01T00:00:00Z"), "start.dateTime"],
    [{ start: { date: "0000-12-31" }, end: { date: "0001-01-01" } }, "start.date"],
    [at("9999-12-31T23:59:59-12:00"), "start.dateTime"],
    [{ start: { ...morning.start, timeZone: "Mars/Olympus" }, end: morning.end }, "start.timeZone"],
    [{ ...morning, attendees: Array.from({ length: 10_000 }, (_, index) => ({ email: `a${index}@x.example` })) }, "attendees"],
    [{ ...morning, attendees: [{ email: "nobody" }] }, "attendees[0].email"],
    [{ ...morning, summary: "a\0b" }, "summary"],
    [{ ...morning, summary: "\ud83d" }, "summary"],
    ...["FREQ=NEVER", "FREQ=DAILY;COUNT=-1", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYDAY=XX", "COUNT=1", ""].map(
      (rule) => [{ ...morning, recurrence: [`RRULE:${rule}`] }, "recurrence"] as const,
    ),
    [{ ...morning, recurrence: ["DTSTART:20260309T090000Z"] }, "recurrence"],
  ];
  const takers = requestsOf().filter(({ body }) => body?.properties && "recurrence" in body.properties);
  expect(takers.map(({ id }) => id).sort()).toEqual([
    "events.import",
    "events.insert",
    "events.patch",
    "events.split",
    "events.update",
  ]);
  await expectUntouched(async () => {
    for (const request of takers) {
      for (const [body, location] of bad) {
        const { status, location: named } = await send(request, request.url, JSON.stringify({ iCalUID: "x@x.example", ...body }));
        expect([request.id, JSON.stringify(body).slice(0, 80), status, named]).toEqual([
          request.id,
          JSON.stringify(body).slice(0, 80),
          400,
          location,
        ]);
      }
    }
  });
});

it("Broken multipart bodies are refused, or have a refusal in the place of the part that is broken", async () => {
  const get = "Content-Type: application/http\r\n\r\nGET /calendar/v3/colors";
  const whole = `--x\r\n${get}\r\n--x--\r\n`;
  const broken = [
    "",
    "--x",
    "--x--",
    `--y\r\n${get}\r\n--y--`,
    whole.slice(0, 40),
    whole.replaceAll("\r\n\r\n", ""),
    "\0".repeat(100),
  ];
  const batch = { method: "POST", key: ana.key };
  await expectUntouched(async () => {
    for (const body of broken) {
      const { status } = await send(batch, "/batch/calendar/v3", body, "multipart/mixed; boundary=x");
      expect([body.slice(0, 30), [200, 400].includes(status)]).toEqual([body.slice(0, 30), true]);
    }
    for (const type of ["multipart/mixed", "multipart/mixed; boundary=", `multipart/mixed; boundary=${"x".repeat(200)}`]) {
      expect((await send(batch, "/batch/calendar/v3", whole, type)).status).toBe(400);
    }
    const huge = await send(batch, "/batch/calendar/v3", `--x\r\n${"x".repeat(10_000_000)}`, "multipart/mixed; boundary=x");
    expect(huge.status).toBe(413);
  });
});

it("Nothing of all this was an error of the server's", () => {
  expect(api.lines.filter((line) => line.includes('"level":"ERROR"'))).toEqual([]);
});
