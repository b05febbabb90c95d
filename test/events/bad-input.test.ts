import { type Answer, type Api, type Person, startApi } from "#test/support/api.ts";
import { at, newCalendar, on, type TestCalendar } from "#test/support/events.ts";

let api: Api;
let person: Person;
let calendar: TestCalendar;
beforeAll(async () => {
  api = await startApi();
  person = await api.person();
  calendar = await newCalendar(person, "America/New_York");
});
afterAll(() => api.stop());

const morning = at("2026-03-09T09:00:00", "America/New_York");
const json = { "Content-Type": "application/json" };

interface Expected {
  readonly status?: number;
  readonly reason?: string;
  readonly location?: string | undefined;
  readonly says?: RegExp;
}

/** A refusal a client's developer can work with: Google's shape, a sentence, the place; and no word of how we are made. */
const expectRefusal = (answer: Answer, { status = 400, reason = "invalid", location, says = /./ }: Expected): void => {
  const { error } = answer.body;
  const [first] = error.errors;
  expect({ status: answer.status, ...first }).toMatchObject({ status, reason, ...(location !== undefined && { location }) });
  expect(error).toEqual({ code: status, message: first.message, errors: [first] });
  expect(first.domain).toMatch(/^(global|calendar)$/);
  expect(first.message).toMatch(says);
  expect(first.message).toMatch(/^[A-Z"].{2,400}$/s);
  expect(first.message).not.toMatch(/\n|^ +at |\/(lib|node_modules)\/|\.ts:|select |PostgreSQL/);
  expect(answer.headers.get("content-type")).toBe("application/json; charset=UTF-8");
};

/** Nothing was written: neither an event nor a change. */
const untouched = async (): Promise<() => Promise<void>> => {
  const before = await calendar.get("?showDeleted=true");
  return async () =>
    expect((await calendar.get("?showDeleted=true")).body).toEqual({ ...before.body, nextSyncToken: expect.any(String) });
};

const nested = (depth: number): unknown => (depth === 0 ? {} : { a: nested(depth - 1) });
const many = <T>(length: number, make: (index: number) => T): T[] => Array.from({ length }, (_, index) => make(index));
const rule = (...recurrence: unknown[]) => ({ ...morning, recurrence });

describe("a body that makes no event", () => {
  it.each<[string, object, Expected]>([
    ["no start", { end: morning.end }, { reason: "required", location: "start" }],
    ["no end", { start: morning.start }, { reason: "required", location: "end" }],
    ["nothing", {}, { reason: "required", location: "start" }],
    ["an empty start", { ...morning, start: {} }, { reason: "required", location: "start" }],
    ["a start that is null", { ...morning, start: null }, { reason: "required", location: "start" }],
    ["a start with null times", { ...morning, start: { dateTime: null, date: null } }, { reason: "required", location: "start" }],
    ["a start that is text", { ...morning, start: "2026-03-09" }, { location: "start", says: /object/ }],
    ["a start that is a list", { ...morning, start: [] }, { location: "start", says: /object/ }],
    ["a date that is a number", { ...morning, start: { date: 20260309 } }, { location: "start.date", says: /string/ }],
    [
      "a date beside a time",
      { ...morning, start: { date: "2026-03-09", dateTime: "2026-03-09T09:00:00Z" } },
      { location: "start", says: /both/ },
    ],
    ["a date at one end", { start: { date: "2026-03-09" }, end: morning.end }, { location: "end", says: /both/ }],
    ["a date at the other end", { start: morning.start, end: { date: "2026-03-09" } }, { location: "end", says: /both/ }],
    ["an end before the start", { start: morning.end, end: morning.start }, { reason: "timeRangeEmpty", location: "end" }],
    [
      "a last day before the first",
      { start: { date: "2026-03-09" }, end: { date: "2026-03-08" } },
      { reason: "timeRangeEmpty", location: "end" },
    ],
    [
      "no offset and no zone",
      { ...morning, start: { dateTime: "2026-03-09T09:00:00" } },
      { location: "start.dateTime", says: /offset/ },
    ],
    ["30 February", { ...morning, start: { date: "2026-02-30" } }, { location: "start.date" }],
    ["29 February 2100", { ...morning, start: { dateTime: "2100-02-29T00:00:00Z" } }, { location: "start.dateTime" }],
    ["an hour 24", { ...morning, start: { dateTime: "2026-03-09T24:00:00Z" } }, { location: "start.dateTime" }],
    ["a minute 60", { ...morning, end: { dateTime: "2026-03-09T09:60:00Z" } }, { location: "end.dateTime" }],
    ["an offset of 25 hours", { ...morning, end: { dateTime: "2026-03-09T09:00:00+25:00" } }, { location: "end.dateTime" }],
    ["the year 0", { start: { date: "0000-01-01" }, end: { date: "0001-01-02" } }, { location: "start.date" }],
    ["the year 10000", { ...morning, end: { date: "10000-01-01" } }, { location: "end.date" }],
    [
      "a moment before the year 1",
      { ...morning, start: { dateTime: "0001-01-01T00:00:00+14:00" } },
      { location: "start.dateTime", says: /years 1 to 9999/ },
    ],
    [
      "a moment after the year 9999",
      { ...morning, end: { dateTime: "9999-12-31T23:59:59-12:00" } },
      { location: "end.dateTime", says: /years 1 to 9999/ },
    ],
    [
      "a day that ends after the year 9999",
      { start: { date: "9999-12-31" }, end: { date: "9999-12-31" } },
      { location: "end.date" },
    ],
    [
      "a time in words",
      { ...morning, start: { dateTime: "tomorrow" } },
      { location: "start.dateTime", says: /2026-03-08T09:00:00/ },
    ],
    [
      "an unknown zone",
      { ...morning, start: { dateTime: "2026-03-09T09:00:00Z", timeZone: "Mars/Olympus" } },
      { location: "start.timeZone", says: /zone/ },
    ],
    [
      "an offset for a zone",
      { ...morning, start: { dateTime: "2026-03-09T09:00:00Z", timeZone: "+05:00" } },
      { location: "start.timeZone" },
    ],
    [
      "a Windows zone",
      { ...morning, start: { dateTime: "2026-03-09T09:00:00Z", timeZone: "W. Europe Standard Time" } },
      { location: "start.timeZone" },
    ],
    [
      "a zone that is a path",
      { ...morning, start: { dateTime: "2026-03-09T09:00:00", timeZone: "../../etc/passwd" } },
      { location: "start.timeZone" },
    ],
    ["a status that is none", { ...morning, status: "maybe" }, { location: "status", says: /confirmed, tentative, cancelled/ }],
    ["a summary that is a number", { ...morning, summary: 1 }, { location: "summary", says: /string/ }],
    ["a summary that is an object", { ...morning, summary: { toString: "x" } }, { location: "summary" }],
    ["a flag in words", { ...morning, guestsCanModify: "true" }, { location: "guestsCanModify", says: /boolean/ }],
    ["a sequence with a fraction", { ...morning, sequence: 1.5 }, { location: "sequence", says: /integer/ }],
    ["a sequence below zero", { ...morning, sequence: -1 }, { location: "sequence", says: /at least 0/ }],
    ["a sequence beyond all numbers", { ...morning, sequence: 1e300 }, { location: "sequence" }],
    ["a summary that is too long", { ...morning, summary: "x".repeat(4_097) }, { location: "summary", says: /4096/ }],
    [
      "a description that is too long",
      { ...morning, description: "x".repeat(65_537) },
      { location: "description", says: /65536/ },
    ],
    [
      "10 000 attendees",
      { ...morning, attendees: many(10_000, (index) => ({ email: `a${index}@example.org` })) },
      { location: "attendees", says: /1000 items/ },
    ],
    ["attendees that are an object", { ...morning, attendees: {} }, { location: "attendees", says: /array/ }],
    ["an attendee that is text", { ...morning, attendees: ["a@example.org"] }, { location: "attendees[0]", says: /object/ }],
    [
      "an attendee without an address",
      { ...morning, attendees: [{ email: "a@example.org" }, { displayName: "x" }] },
      { reason: "required", location: "attendees[1].email" },
    ],
    [
      "an answer that is none",
      { ...morning, attendees: [{ email: "a@b.c", responseStatus: "yes" }] },
      { location: "attendees[0].responseStatus" },
    ],
    [
      "six reminders",
      { ...morning, reminders: { overrides: many(6, () => ({ method: "popup", minutes: 1 })) } },
      { location: "reminders.overrides", says: /5 items/ },
    ],
    [
      "a reminder by letter",
      { ...morning, reminders: { overrides: [{ method: "letter", minutes: 1 }] } },
      { location: "reminders.overrides[0].method" },
    ],
    [
      "a reminder five weeks before",
      { ...morning, reminders: { overrides: [{ method: "popup", minutes: 40_321 }] } },
      { location: "reminders.overrides[0].minutes" },
    ],
    [
      "default reminders and others",
      { ...morning, reminders: { useDefault: true, overrides: [{ method: "popup", minutes: 1 }] } },
      { reason: "cannotUseDefaultRemindersAndSpecifyOverride" },
    ],
    [
      "26 attachments",
      { ...morning, attachments: many(26, () => ({ fileUrl: "https://example.org" })) },
      { location: "attachments", says: /25 items/ },
    ],
    [
      "a property that is a number",
      { ...morning, extendedProperties: { private: { a: 1 } } },
      { location: "extendedProperties.private.a", says: /string/ },
    ],
    [
      "properties that are a list",
      { ...morning, extendedProperties: { shared: ["a"] } },
      { location: "extendedProperties.shared" },
    ],
    ["a type that is none", { ...morning, eventType: "party" }, { location: "eventType" }],
    ["a NUL in a text", { ...morning, summary: "a\0b" }, { location: "summary", says: /NUL/ }],
    [
      "a NUL in a name",
      { ...morning, extendedProperties: { private: { "a\0b": "x" } } },
      { location: "extendedProperties.private", says: /NUL/ },
    ],
    ["a NUL far inside", { ...morning, conferenceData: { a: [{ b: "\0" }] } }, { location: "conferenceData.a[0].b" }],
    [
      "half a character",
      { ...morning, attendees: [{ email: "\ud83d@example.org" }] },
      { location: "attendees[0].email", says: /half a character/ },
    ],
    ["deep nesting", { ...morning, conferenceData: nested(100) }, { reason: "parseError", says: /deep/ }],
  ])("%s is refused", async (_, body, expected) => {
    const expectUntouched = await untouched();

    expectRefusal(await calendar.post("", body), expected);

    await expectUntouched();
  });
});

describe("a recurrence that cannot be", () => {
  it.each<[string, unknown[], RegExp]>([
    ["a part that is none", ["RRULE:FREQ=DAILY;BYFOO=1"], /BYFOO/],
    ["a frequency that is none", ["RRULE:FREQ=FORTNIGHTLY"], /FREQ|FORTNIGHTLY/],
    ["no frequency", ["RRULE:COUNT=3"], /FREQ/],
    ["a weekday that is none", ["RRULE:FREQ=WEEKLY;BYDAY=XX"], /BYDAY/],
    ["a month 13", ["RRULE:FREQ=YEARLY;BYMONTH=13"], /BYMONTH/],
    ["COUNT and UNTIL", ["RRULE:FREQ=DAILY;COUNT=3;UNTIL=20260401"], /UNTIL|COUNT/],
    ["COUNT of zero", ["RRULE:FREQ=DAILY;COUNT=0"], /COUNT/],
    ["INTERVAL of zero", ["RRULE:FREQ=DAILY;INTERVAL=0"], /INTERVAL/],
    ["an UNTIL that is no time", ["RRULE:FREQ=DAILY;UNTIL=tomorrow"], /UNTIL/],
    ["BYSETPOS alone", ["RRULE:FREQ=DAILY;BYSETPOS=1"], /BYSETPOS/],
    ["BYWEEKNO in months", ["RRULE:FREQ=MONTHLY;BYWEEKNO=3"], /BYWEEKNO/],
    ["a numbered weekday in weeks", ["RRULE:FREQ=WEEKLY;BYDAY=2MO"], /BYDAY/],
    ["a DTSTART line", ["DTSTART:20260309T090000Z", "RRULE:FREQ=DAILY"], /DTSTART/],
    ["a DTEND line", ["RRULE:FREQ=DAILY", "DTEND:20260309T090000Z"], /DTEND/],
    ["words", ["every day"], /every day/],
    ["nothing in a line", [""], /line/],
    ["a bare rule", ["FREQ=DAILY"], /FREQ=DAILY/],
    ["an EXDATE that is no date", ["RRULE:FREQ=DAILY", "EXDATE:2026-03-09"], /EXDATE/],
    ["an RDATE in an unknown zone", ["RDATE;TZID=Mars/Olympus:20260309T090000"], /RDATE|TZID|zone/],
    ["eleven rules", many(11, () => "RRULE:FREQ=DAILY"), /rules/],
    [
      "exceptions that leave nothing",
      ["RRULE:FREQ=DAILY;COUNT=1", "EXDATE;TZID=America/New_York:20260309T090000"],
      /no instance/,
    ],
    ["an exception of everything", ["RRULE:FREQ=SECONDLY", "EXRULE:FREQ=SECONDLY"], /instance/],
    ["100 000 dates", [`RDATE:${many(100_000, () => "20260309").join(",")}`], /dates|array|longer/],
  ])("%s is refused with a sentence about it", async (_, recurrence, says) => {
    const expectUntouched = await untouched();

    const started = performance.now();
    const refused = await calendar.post("", rule(...recurrence));

    expectRefusal(refused, { ...(/longer/.test(refused.body.error.message) ? {} : { location: "recurrence" }), says });
    expect(performance.now() - started).toBeLessThan(3_000);
    await expectUntouched();
  });

  it("is refused in a patch and a replacement too, and the event stays what it was", async () => {
    const made = await calendar.insert({ ...morning, summary: "stays" });

    for (const refused of [
      await calendar.patch(made.id, { summary: "x", recurrence: ["RRULE:FREQ=NEVER"] }),
      await calendar.put(made.id, { ...rule("RRULE:FREQ=NEVER") }),
      await calendar.patch(made.id, { summary: "x", end: { date: "2026-03-09" } }),
      await calendar.patch(made.id, { summary: "x", end: { dateTime: "2020-01-01T00:00:00Z" } }),
      await calendar.patch(made.id, { summary: "x", start: null }),
    ]) {
      expect(refused.status).toBe(400);
    }
    expect((await calendar.get(made.id)).body).toEqual(made);
  });

  it.each<[string, unknown, string]>([
    ["a text", "RRULE:FREQ=DAILY", "recurrence"],
    ["numbers", [1], "recurrence[0]"],
    ["nulls", [null], "recurrence[0]"],
    ["lists", [["RRULE:FREQ=DAILY"]], "recurrence[0]"],
    ["1 001 lines", many(1_001, () => "RDATE:20260309T090000Z"), "recurrence"],
    ["a line of 200 001 letters", [`RDATE:${"2".repeat(200_000)}`], "recurrence[0]"],
  ])("is %s", async (_, recurrence, location) => {
    expectRefusal(await calendar.post("", { ...morning, recurrence }), { location });
  });

  it("has no zone to recur in", async () => {
    const start = { dateTime: "2026-03-09T09:00:00Z" };

    const refused = await calendar.post("", { start, end: start, recurrence: ["RRULE:FREQ=DAILY"] });

    expectRefusal(refused, { reason: "required", location: "start.timeZone" });
  });

  it.each([
    ["RRULE:FREQ=MONTHLY;BYMONTHDAY=30;BYMONTH=2"],
    ["RRULE:FREQ=SECONDLY;INTERVAL=999999999"],
    ["RRULE:FREQ=YEARLY;INTERVAL=999999999"],
    ["RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"],
    ["RRULE:FREQ=DAILY;UNTIL=99991231T235959Z"],
    ["RRULE:FREQ=MINUTELY;BYHOUR=3;BYMINUTE=61"],
    [
      `EXDATE:${many(9_000, (index) => new Date(Date.UTC(2026, 2, 10 + index)).toISOString().replaceAll(/[-:]|\.000/g, "")).join(",")}`,
    ],
  ])("almost, %.60s, is answered at once", async (line) => {
    const own = await newCalendar(person);
    const started = performance.now();

    const answer = await own.post("", rule("RRULE:FREQ=YEARLY;COUNT=2", line));
    const list = await own.get("?singleEvents=true&timeMin=2026-01-01T00:00:00Z&timeMax=2026-04-01T00:00:00Z");

    expect([200, 400]).toContain(answer.status);
    expect(list.status).toBe(200);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe("a request that is no good", () => {
  it.each<[string, string, Expected]>([
    ["broken JSON", "{", { reason: "parseError" }],
    ["a trailing comma", '{"summary":"x",}', { reason: "parseError" }],
    ["a list", "[]", { says: /object/ }],
    ["a text", '"x"', { says: /object/ }],
    ["null", "null", { says: /object/ }],
    ["a number", "1", { says: /object/ }],
    ["two values", "{}{}", { reason: "parseError" }],
    [
      "a prototype",
      `{"start":{"date":"2026-03-09"},"end":{"date":"2026-03-10"},"conferenceData":{"__proto__":{"polluted":true}}}`,
      { reason: "parseError" },
    ],
    ["100 000 brackets", "[".repeat(100_000), { reason: "parseError" }],
    ["100 000 nested objects", `${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}`, { reason: "parseError" }],
  ])("with %s for a body is refused", async (_, body, expected) => {
    const expectUntouched = await untouched();

    expectRefusal(await person.post(calendar.path, body, json), expected);

    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    await expectUntouched();
  });

  it("with a body that is too large is refused", async () => {
    const body = JSON.stringify({ ...morning, description: "x".repeat(1_100_000) });

    expectRefusal(await person.post(calendar.path, body, json), { status: 413, reason: "uploadTooLarge" });
  });

  it.each(["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "json"])(
    "with a body of the type %s is refused",
    async (type) => {
      const refused = await person.post(calendar.path, JSON.stringify(morning), { "Content-Type": type });

      expectRefusal(refused, { status: 415, reason: "unsupportedMediaType", location: "Content-Type" });
    },
  );

  it.each(["application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/vnd.google+json"])(
    "is not one with a body of the type %s",
    async (type) => {
      expect((await person.post(calendar.path, JSON.stringify(morning), { "Content-Type": type })).status).toBe(200);
    },
  );

  it.each([
    ["GET", "/calendar/v3/nothing", 404],
    ["GET", "/calendar/v2/calendars/primary", 404],
    ["GET", "/calendar/v3/calendars/primary/events/x/y/z", 404],
    ["POST", "/calendar/v3/calendars/primary", 405],
    ["DELETE", "/calendar/v3/calendars/primary/events", 405],
    ["PATCH", "/calendar/v3/users/me/calendarList", 405],
  ])("%s %s is refused with %i", async (method, path, status) => {
    const refused = await api.call(method, path, { key: person.key });

    expectRefusal(refused, { status, reason: status === 404 ? "notFound" : "httpMethodNotAllowed" });
    if (status === 405) expect(refused.headers.get("allow")).toMatch(/^[A-Z, ]+$/);
  });

  it.each(["%00", "a%00b", "%ff", "%", "%zz"])("has the id %s", async (id) => {
    for (const path of [`${calendar.path}/${id}`, `/calendar/v3/calendars/${id}/events`]) {
      const refused = await fetch(`${api.url}${path}`, { headers: { "X-API-Key": person.key } });
      expect(refused.status).toBe(400);
      expect(await refused.json()).toMatchObject({
        error: { code: 400, errors: [{ reason: expect.stringMatching(/^(invalid|badRequest)$/) }] },
      });
    }
  });

  it.each(["q=%00", "q=%ff", "iCalUID=a%00", "timeZone=%00", "privateExtendedProperty=a=%00", "pageToken=%00", "%00=1"])(
    "has the query %s",
    async (query) => {
      const refused = await calendar.get(`?${query}`);

      expectRefusal(refused, { reason: "invalid" });
    },
  );

  it.each(["singleEvents=yes", "showDeleted=1", "maxAttendees=0", `eventTypes=${"x".repeat(2_001)}`, `q=${"x".repeat(1_001)}`])(
    "has the query %.30s",
    async (query) => {
      const [name] = query.split("=");
      expectRefusal(await calendar.get(`?${query}`), {
        reason: "invalidParameter",
        location: `${name}${name === "eventTypes" ? "[0]" : ""}`,
      });
    },
  );

  it("without a key, or with a wrong one, is refused", async () => {
    expectRefusal(await api.call("GET", calendar.path), { status: 401, reason: "required" });
    expectRefusal(await api.call("GET", calendar.path, { key: "x" }), {
      status: 401,
      reason: "authError",
      location: "Authorization",
    });
  });
});

describe("everything that is odd but well", () => {
  it.each<[string, object]>([
    ["names of an object's own", { extendedProperties: { private: { constructor: "a", toString: "b", hasOwnProperty: "c" } } }],
    [
      "texts that look like something else",
      { summary: "'; drop table events; --", description: "<script>\u2028\u202e</script>", location: "$1 %s {0}" },
    ],
    ["characters beyond the first plane", { summary: "\u{1f469}\u200d\u{1f4bb} \u{10ffff}" }],
    ["nothing but spaces", { summary: "   " }],
    ["an empty summary", { summary: "" }],
    ["numbers of all sizes", { gadget: { a: 1e21, b: -0.5, c: 1e-7 } }],
    ["an empty recurrence", { recurrence: [] }],
    [
      "nulls for everything",
      { summary: null, recurrence: null, attendees: null, status: null, reminders: null, sequence: null, id: null },
    ],
    ["a day of 9999", { ...on("9999-12-30") }],
    ["a thousand years", { start: { date: "1000-01-01" }, end: { date: "2000-01-01" } }],
  ])("%s is kept as it is", async (_, more) => {
    const made = await calendar.insert({ ...morning, ...more });

    const kept = Object.fromEntries(
      Object.entries(more).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)),
    );
    expect((await calendar.get(made.id)).body).toMatchObject(kept);
  });
});
