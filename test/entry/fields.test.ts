/** Partial answers: what `fields`, `alt` and `prettyPrint` do to them, and what no text in `fields` can do. */
import { readFileSync } from "node:fs";
import { readSelection, select } from "#lib/entry/fields.ts";
import { Failure } from "#lib/errors.ts";
import { anyObject, flag, integer, list, maybe, object, optional, record, text } from "#lib/schema.ts";
import { EventsReply } from "#lib/wire/event.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, newCalendar, on, queryOf } from "#test/support/events.ts";

const Someone = object({ email: maybe(text()), name: maybe(text()) });
const Time = object({ date: maybe(text()), dateTime: maybe(text()) });
const Reply = object({
  kind: text(),
  next: optional(text()),
  items: list(
    object({
      id: text(),
      start: Time,
      organizer: maybe(Someone),
      attendees: maybe(list(Someone)),
      labels: maybe(record(text())),
      extra: maybe(anyObject()),
      files: maybe(list(anyObject())),
      size: integer(),
      lines: optional(list(text())),
      locked: flag(),
    }),
  ),
});
const ana = { email: "ana@example.org", name: "Ana" };
const ben = { email: "ben@example.org", name: "Ben" };
const whole = {
  kind: "a list",
  items: [
    {
      id: "one",
      start: { dateTime: "2026-03-02T09:00:00Z" },
      organizer: ana,
      attendees: [ana, { name: "nobody" }],
      labels: { red: "yes", constructor: "own" },
      extra: { deep: { deeper: [{ a: 1, b: 2 }, "text", null] }, "odd name": 1 },
      files: [{ url: "u", title: "t" }],
      size: 0,
      lines: ["x"],
      locked: false,
    },
    { id: "two", start: { date: "2026-03-02" }, size: 2, locked: true },
  ],
};
const selected = (fields: string, value: unknown = whole) => {
  const selection = readSelection(fields, Reply);
  return selection ? select(value, selection) : value;
};
const refusalOf = (fields: string): string => {
  try {
    readSelection(fields, Reply);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    expect(error).toMatchObject({ reason: "invalidParameter", location: "fields", locationType: "parameter" });
    return error.message;
  }
  return "";
};

describe("a selection", () => {
  it.each<[string, unknown]>([
    ["kind", { kind: "a list" }],
    ["next", {}],
    ["kind,next,items/id", { kind: "a list", items: [{ id: "one" }, { id: "two" }] }],
    [
      "items(id,locked)",
      {
        items: [
          { id: "one", locked: false },
          { id: "two", locked: true },
        ],
      },
    ],
    [
      "items(size,id)",
      {
        items: [
          { id: "one", size: 0 },
          { id: "two", size: 2 },
        ],
      },
    ],
    ["items(start/date)", { items: [{ start: {} }, { start: { date: "2026-03-02" } }] }],
    ["items/start(date)", { items: [{ start: {} }, { start: { date: "2026-03-02" } }] }],
    ["items/attendees/email", { items: [{ attendees: [{ email: ana.email }, {}] }, {}] }],
    ["items(id,attendees(name))", { items: [{ id: "one", attendees: [{ name: "Ana" }, { name: "nobody" }] }, { id: "two" }] }],
    ["items/lines", { items: [{ lines: ["x"] }, {}] }],
    ["items/labels/red", { items: [{ labels: { red: "yes" } }, {}] }],
    ["items/labels/constructor", { items: [{ labels: { constructor: "own" } }, {}] }],
    ["items/extra/deep/deeper/a", { items: [{ extra: { deep: { deeper: [{ a: 1 }] } } }, {}] }],
    ["items/extra/odd name", { items: [{ extra: { "odd name": 1 } }, {}] }],
    ["items/extra/deep/toString", { items: [{ extra: { deep: {} } }, {}] }],
    ["items/files/url", { items: [{ files: [{ url: "u" }] }, {}] }],
    [" kind , items ( id ) ", { kind: "a list", items: [{ id: "one" }, { id: "two" }] }],
    // The same field twice: what either wants.
    [
      "items/id,items/size",
      {
        items: [
          { id: "one", size: 0 },
          { id: "two", size: 2 },
        ],
      },
    ],
    ["items(id),items", { items: whole.items }],
    ["items,items(id)", { items: whole.items }],
    ["items(start(date),start(dateTime))", { items: whole.items.map(({ start }) => ({ start })) }],
    // Wildcards.
    ["*", whole],
    ["items(*)", { items: whole.items }],
    ["items/*", { items: whole.items }],
    ["*/id", { items: [{ id: "one" }, { id: "two" }] }],
    ["kind,*/id", { kind: "a list", items: [{ id: "one" }, { id: "two" }] }],
    [
      "*/id,items/size",
      {
        items: [
          { id: "one", size: 0 },
          { id: "two", size: 2 },
        ],
      },
    ],
    [
      "items/size,*/id",
      {
        items: [
          { id: "one", size: 0 },
          { id: "two", size: 2 },
        ],
      },
    ],
    ["items(*/date,start/dateTime)", { items: whole.items.map(({ start }) => ({ start })) }],
    ["", whole],
    ["  ", whole],
  ])("%j is what it says", (fields, expected) => {
    expect(JSON.parse(JSON.stringify(selected(fields)))).toEqual(expected);
  });

  it("by a star and a name has the name wherever the schema has it, and nothing of the fields that have no such name", () => {
    expect(selected("items/*/email")).toEqual({
      items: [{ organizer: { email: ana.email }, attendees: [{ email: ana.email }, {}] }, {}],
    });
  });

  it("changes nothing of what it selects from, and keeps the order of its fields", () => {
    const before = JSON.stringify(whole);

    const part = selected("items(attendees/email,id),kind");

    expect(JSON.stringify(whole)).toBe(before);
    expect(JSON.stringify(part)).toMatch(/^\{"kind":"a list","items":\[\{"id":"one","attendees":/);
  });

  it.each([
    ["foo", " foo"],
    ["items(id,foo)", " foo"],
    ["items/start/id", " id"],
    ["id", " id"],
    ["kind/x", " x"],
    ["kind/*", " *"],
    ["items/lines/x", " x"],
    ["items/labels/red/x", " x"],
    ["*/foo", " foo"],
    ["Kind", " Kind"],
    ["items.id", " items.id"],
    ["constructor", " constructor"],
    ["__proto__", " __proto__"],
    ["items/__proto__", " __proto__"],
    ["items/toString", " toString"],
    ["x".repeat(150), ` ${"x".repeat(100)}`],
    [",kind", ": a name is missing at character 1."],
    ["kind,", ": a name is missing at character 6."],
    ["kind,,next", ": a name is missing at character 6."],
    ["items/", ": a name is missing at character 7."],
    ["items()", ": a name is missing at character 7."],
    ["(kind)", ": a name is missing at character 1."],
    ["items(id", ": a bracket is not closed."],
    ["items(id)x", ": what stands at character 10 cannot stand there."],
    ["items(start(date)x)", ": what stands at character 18 cannot stand there."],
    ["kind)", ": what stands at character 5 cannot stand there."],
    ["items(id)/size", ": what stands at character 10 cannot stand there."],
  ])("%j is refused", (fields, expected) => {
    expect(refusalOf(fields)).toBe(`Invalid field selection${expected}`);
  });

  it("does no harm by names that JavaScript's objects have", () => {
    const stored = JSON.parse('{"items":[{"extra":{"__proto__":{"polluted":true},"constructor":{"prototype":1}}}]}');

    const part = selected("items/extra(__proto__,constructor/prototype)", stored) as { items: { extra: object }[] };

    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(JSON.stringify(part.items[0]?.extra)).toContain('"constructor":{"prototype":1}');
  });

  it("of hostile length, depth or width is refused at once, or read at once", () => {
    const inside = "*(".repeat(14);
    const texts = [
      "(".repeat(8_000),
      "items(".repeat(1_300),
      "items/extra".concat("/a".repeat(3_900)),
      `items/extra${"(a".repeat(3_000)}${")".repeat(3_000)}`,
      `items/extra(${Array.from({ length: 1_500 }, (_, i) => `a${i}`).join()})`,
      `items/extra(${Array.from({ length: 700 }, (_, i) => `a${i}/b`).join()},${"*/c,".repeat(300)}*/d)`,
      `${"*,".repeat(3_999)}*`,
      `items(${"*(*),".repeat(1_500)}*)`,
      `items/extra/${inside}x${")".repeat(14)}`,
      "kind,".repeat(2_000),
      "\u0001,\u{1F600},kind",
      `items/extra/${"x".repeat(7_900)}`,
    ];
    // A star and two names at each level, the names with levels of their own below: what doubles with each level.
    let doubling = "x";
    for (let level = 0; level < 11; level += 1) doubling = `*(${doubling}),a(${level % 2 ? "b" : "c"}/d),b(*/e)`;
    texts.push(`items/extra(${doubling})`);

    for (const fields of texts) {
      const begun = performance.now();
      try {
        readSelection(fields, Reply);
      } catch (error) {
        expect(error).toMatchObject({ reason: "invalidParameter", location: "fields" });
        expect((error as Error).message.length).toBeLessThan(200);
      }
      expect(performance.now() - begun).toBeLessThan(200);
    }
    expect(refusalOf("k".repeat(8_001))).toBe("Invalid field selection: it is longer than 8000 characters.");
    expect(refusalOf(`items/extra${"/a".repeat(15)}`)).toBe("Invalid field selection: it nests deeper than 16 levels.");
    expect(refusalOf(`items/extra${"/a".repeat(14)}`)).toBe("");
    const names = Array.from({ length: 400 }, (_, i) => `n${i}/x`).join();
    expect(refusalOf(`items/extra(${names},${Array.from({ length: 100 }, (_, i) => `*/y${i}`).join()})`)).toBe(
      "Invalid field selection: it is too complex.",
    );
  });

  it("may name every field of a list of events, each by its full path", () => {
    const paths = (schema: object, prefix: string): string[] => {
      const { properties, items } = schema as { properties?: Record<string, object>; items?: object };
      if (items) return paths(items, prefix);
      return Object.entries(properties ?? {}).flatMap(([name, child]) => [
        `${prefix}${name}`,
        ...paths(child, `${prefix}${name}/`),
      ]);
    };
    const all = paths(EventsReply, "").join();

    expect(all.length).toBeGreaterThan(1_500);
    expect(all.length).toBeLessThan(5_000);
    expect(() => readSelection(all, EventsReply)).not.toThrow();
  });
});

describe("an answer", () => {
  let api: Api;
  let person: Person;
  beforeAll(async () => {
    api = await startApi();
    person = await api.person();
  });
  afterAll(() => api.stop());

  it("has the selected fields only, of lists, of single things and of what a write made", async () => {
    const calendar = await newCalendar(person);
    const guests = [{ email: ana.email }, { email: ben.email }];
    await calendar.insert({ ...at("2026-03-02T09:00:00"), summary: "one", attendees: guests });
    await calendar.insert({ ...on("2026-03-03"), summary: "two" });
    const fields = "kind,nextPageToken,items(summary,start/dateTime,attendees(email))";

    const listed = await person.get(`${calendar.path}?${queryOf({ fields })}`);
    expect(listed.body).toEqual({
      kind: "calendar#events",
      items: expect.arrayContaining([
        { summary: "one", start: { dateTime: "2026-03-02T09:00:00Z" }, attendees: guests },
        { summary: "two", start: {} },
      ]),
    });
    const made = await person.post(`${calendar.path}?fields=id,status`, { ...on("2026-03-04"), summary: "three" });
    expect(made.body).toEqual({ id: expect.any(String), status: "confirmed" });
    const got = await person.get(`${calendar.path}/${made.body.id}?fields=*`);
    expect(got.body).toMatchObject({ kind: "calendar#event", summary: "three" });
    expect((await person.get("/v1/users/me?fields=email")).body).toEqual({ email: person.email });
    expect((await person.get("/v1/users/me?fields=kind&fields=email")).body).toEqual({ email: person.email });
    expect((await person.get("/v1/users/me?fields=")).body).toMatchObject({ kind: "calendar#user" });
    expect((await person.delete(`${calendar.path}/${made.body.id}?fields=id`)).status).toBe(204);
  });

  it("may be asked for any field that Google's has, set or not", () => {
    const source = readFileSync("node_modules/@googleapis/calendar/build/v3.d.ts", "utf8");
    /** The fields of one of Google's types with those of the types in it, as a selection. */
    const fieldsOf = (type: string): string => {
      const [, body = ""] = new RegExp(`export interface Schema\\$${type} \\{([\\s\\S]*?)\\n {4}\\}`).exec(source) ?? [];
      const fields = [...body.matchAll(/^ {8}(\w+)\??: (?:Array<)?(?:Schema\$(\w+))?/gm)].map(([, name, inner]) =>
        inner ? `${name}(${fieldsOf(inner)})` : name,
      );
      // Whether Google still lists the members of a large group: there is nothing of the kind here.
      return fields.filter((name) => name !== "asyncOperation").join();
    };
    const types: Record<string, string> = {
      "events.list": "Events",
      "events.get": "Event",
      "calendars.get": "Calendar",
      "calendarList.list": "CalendarList",
      "acl.list": "Acl",
      "settings.list": "Settings",
      "colors.get": "Colors",
      "freebusy.query": "FreeBusyResponse",
    };
    expect(fieldsOf("Events").length).toBeGreaterThan(1_000);

    for (const { description } of api.endpoints) {
      const type = types[description.id];
      if (type && description.reply) expect(readSelection(fieldsOf(type), description.reply)?.named.size).toBeGreaterThan(2);
    }
  });

  it("to what gcal_sync, the client of Home Assistant, asks for has it all", async () => {
    const calendar = await newCalendar(person);
    await calendar.insert({ ...at("2026-03-02T09:00:00"), summary: "one" });
    const event =
      "id,iCalUID,summary,start,end,description,location,transparency,status,eventType,visibility,attendees,attendeesOmitted,recurrence,recurringEventId,originalStartTime,reminders";

    const { body } = await person.get(
      `${calendar.path}?${queryOf({ fields: `kind,nextPageToken,nextSyncToken,items(${event})`, maxResults: 1000 })}`,
    );

    expect(body).toEqual({
      kind: "calendar#events",
      nextSyncToken: expect.any(String),
      items: [expect.objectContaining({ summary: "one", status: "confirmed", eventType: "default" })],
    });
  });

  it("keeps its ETag, and 304, when the body's is not selected", async () => {
    const path = "/calendar/v3/calendars/primary";
    const whole = await person.get(path);

    const part = await person.get(`${path}?fields=summary`);

    expect(part.body).toEqual({ summary: whole.body.summary });
    expect(part.headers.get("etag")).toBe(whole.body.etag);
    expect((await person.get(`${path}?fields=summary`, { "If-None-Match": whole.body.etag })).status).toBe(304);
  });

  it("to a wrong selection is a refusal in full, and nothing was written", async () => {
    const calendar = await newCalendar(person);

    const refused = await person.post(`${calendar.path}?fields=id,foo`, on("2026-03-02"));

    expect(refused.status).toBe(400);
    expect(refused.body).toEqual({
      error: {
        code: 400,
        message: "Invalid field selection foo",
        errors: [
          {
            domain: "global",
            reason: "invalidParameter",
            message: "Invalid field selection foo",
            locationType: "parameter",
            location: "fields",
          },
        ],
      },
    });
    expect((await calendar.list()).items).toEqual([]);
    const missing = await person.get(`${calendar.path}/nothing?fields=id`);
    expect(missing).toMatchObject({ status: 404, body: { error: { code: 404, message: "Not Found" } } });
    expect((await calendar.post("import?fields=(", on("2026-03-02"))).reason).toBe("invalidParameter");
  });

  it("is one line, or indented for people to read", async () => {
    const raw = async (query: string) =>
      (await fetch(`${api.url}/v1/users/me?${query}`, { headers: { "X-API-Key": person.key } })).text();

    expect(await raw("fields=email,id")).toBe(`{"id":"${person.id}","email":"${person.email}"}`);
    expect(await raw("fields=email&prettyPrint=true")).toBe(`{\n  "email": "${person.email}"\n}`);
    expect(await raw("fields=email&prettyPrint=false")).toBe(`{"email":"${person.email}"}`);
    expect(await raw("fields=email&prettyPrint=&alt=")).toBe(`{"email":"${person.email}"}`);
  });

  it.each(["/calendar/v3/users/me/calendarList", "/v1/users/me", "/v1/calendars/primary/export.ics"])(
    "of %s is JSON, or what it always is, and no other form",
    async (path) => {
      expect((await person.get(`${path}?alt=json`)).status).toBe(200);
      for (const [name, value, message] of [
        ["alt", "media", "Invalid value for alt: it must be json."],
        ["alt", "JSON", "Invalid value for alt: it must be json."],
        ["prettyPrint", "1", "Invalid value for prettyPrint: it must be a boolean."],
      ] as const) {
        const refused = await person.get(`${path}?${name}=${value}`);
        expect(refused).toMatchObject({ status: 400, reason: "invalidParameter", body: { error: { message } } });
        expect(refused.body.error.errors[0]).toMatchObject({ location: name, locationType: "parameter" });
      }
    },
  );

  it("that is a text has nothing to select from", async () => {
    const { status, body } = await person.get("/v1/calendars/primary/export.ics?fields=nothing/at(all");

    expect(status).toBe(200);
    expect(body).toContain("BEGIN:VCALENDAR");
  });
});
