import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, type Item, idsOf, newCalendar, on, queryOf, startsOf, type TestCalendar } from "#test/support/events.ts";
import { randomWriter } from "./random-writer.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi();
  person = await api.person();
});
afterAll(() => api.stop());

const namesOf = (items: readonly Item[]): string[] => items.map(({ summary }) => summary).sort();

/** The same answer to a window whether series are expanded or not: its names. */
const inWindow = async (calendar: TestCalendar, timeMin: string, timeMax: string): Promise<string[]> => {
  const lists = await Promise.all(
    [{}, { singleEvents: true }, { singleEvents: true, orderBy: "updated" }, { orderBy: "updated" }].map((query) =>
      calendar.list({ ...query, timeMin, timeMax }),
    ),
  );
  const [names, ...others] = lists.map(({ items }) => namesOf(items));
  for (const other of others) expect(other).toEqual(names);
  return names as string[];
};

describe("a list's window", () => {
  it("has events that end after timeMin and start before timeMax, both exclusive", async () => {
    const calendar = await newCalendar(person);
    await calendar.insert({ summary: "ends at timeMin", ...at("2026-03-09T08:00:00") });
    await calendar.insert({ summary: "ends a second later", ...at("2026-03-09T08:00:01") });
    await calendar.insert({ summary: "spans it all", ...at("2026-03-08T00:00:00", "UTC", 5 * 1_440) });
    await calendar.insert({ summary: "starts a second before timeMax", ...at("2026-03-09T09:59:59") });
    await calendar.insert({ summary: "starts at timeMax", ...at("2026-03-09T10:00:00") });

    const names = await inWindow(calendar, "2026-03-09T09:00:00Z", "2026-03-09T10:00:00Z");

    expect(names).toEqual(["ends a second later", "spans it all", "starts a second before timeMax"]);
  });

  it("has a mark in time inside of it, but not one on either edge, single or in a series", async () => {
    const calendar = await newCalendar(person);
    for (const [summary, time] of [
      ["at timeMin", "09:00"],
      ["inside", "09:30"],
      ["at timeMax", "10:00"],
    ] as const) {
      await calendar.insert({ summary, ...at(`2026-03-09T${time}:00`, "UTC", 0) });
      await calendar.insert({
        summary: `${summary}, in a series`,
        ...at(`2026-03-08T${time}:00`, "UTC", 0),
        recurrence: ["RRULE:FREQ=DAILY;COUNT=3"],
      });
    }

    const names = await inWindow(calendar, "2026-03-09T09:00:00Z", "2026-03-09T10:00:00Z");

    expect(names).toEqual(["inside", "inside, in a series"]);
  });

  it.each([
    ["UTC", "2026-03-09T00:00:00Z", "2026-03-10T00:00:00Z"],
    ["America/New_York", "2026-03-09T04:00:00Z", "2026-03-10T04:00:00Z"],
    ["Asia/Kolkata", "2026-03-08T18:30:00Z", "2026-03-09T18:30:00Z"],
    ["Pacific/Kiritimati", "2026-03-08T10:00:00Z", "2026-03-09T10:00:00Z"],
  ])("counts all-day events from midnight to midnight in the calendar's zone, %s", async (zone, midnight, nextMidnight) => {
    const calendar = await newCalendar(person, zone);
    for (const [summary, date, days] of [
      ["eve", "2026-03-08", 1],
      ["day", "2026-03-09", 1],
      ["after", "2026-03-10", 1],
      ["long", "2026-03-01", 30],
    ] as const) {
      await calendar.insert({ summary, ...on(date, days) });
    }
    await calendar.insert({ summary: "series", ...on("2026-03-02"), recurrence: ["RRULE:FREQ=WEEKLY"] });
    const moved = (instant: string, seconds: number) => new Date(Date.parse(instant) + seconds * 1_000).toISOString();

    expect(await inWindow(calendar, midnight, nextMidnight)).toEqual(["day", "long", "series"]);
    expect(await inWindow(calendar, moved(midnight, -1), nextMidnight)).toEqual(["day", "eve", "long", "series"]);
    expect(await inWindow(calendar, midnight, moved(nextMidnight, 1))).toEqual(["after", "day", "long", "series"]);
    expect(await inWindow(calendar, moved(midnight, 3_600), moved(midnight, 3_601))).toEqual(["day", "long", "series"]);
  });

  it("knows that a day whose midnight the clocks skip begins after the gap", async () => {
    const calendar = await newCalendar(person, "Asia/Beirut"); // 2026-03-29 begins at 01:00+03:00
    await calendar.insert({ summary: "day", ...on("2026-03-29") });
    await calendar.insert({ summary: "eve", ...on("2026-03-28") });
    const begin = "2026-03-28T22:00:00Z";

    expect(await inWindow(calendar, "2026-03-28T12:00:00Z", begin)).toEqual(["eve"]);
    expect(await inWindow(calendar, begin, "2026-03-29T12:00:00Z")).toEqual(["day"]);
  });

  it("ignores milliseconds and takes offsets, also with a plus that was not encoded", async () => {
    const calendar = await newCalendar(person);
    await calendar.insert({ summary: "event", ...at("2026-03-09T09:00:00") });

    const found = await calendar.get("?timeMin=2026-03-09T10:59:59+01:00&timeMax=2026-03-09T12:00:00%2B01:00");
    const early = await calendar.get("?timeMax=2026-03-09T09:00:00.999Z");

    expect(namesOf(found.body.items)).toEqual(["event"]);
    expect(early.body.items).toEqual([]);
  });

  it.each([
    ["timeMin", "2026-03-09T09:00:00", "invalidParameter"],
    ["timeMax", "2026-03-09", "invalidParameter"],
    ["updatedMin", "yesterday", "invalidParameter"],
    ["timeMin", "2026-02-30T00:00:00Z", "invalidParameter"],
    ["timeMin", "0000-01-01T00:00:00Z", "invalidParameter"],
    ["timeMin", "10000-01-01T00:00:00Z", "invalidParameter"],
  ])("refuses %s=%s", async (name, value, reason) => {
    const calendar = await newCalendar(person);

    const refused = await calendar.get(`?${name}=${value}`);

    expect(refused).toMatchObject({ status: 400, reason });
    expect(refused.body.error.errors[0]).toMatchObject({ location: name, locationType: "parameter" });
  });

  it.each([
    ["timeMin=2026-03-09T09:00:00Z&timeMax=2026-03-09T09:00:00Z"],
    ["timeMin=2026-03-09T09:00:00.900Z&timeMax=2026-03-09T09:00:00Z"],
    ["timeMin=2026-03-09T10:00:00Z&timeMax=2026-03-09T09:00:00Z"],
  ])("is not empty: %s", async (query) => {
    const calendar = await newCalendar(person);

    expect(await calendar.get(`?${query}`)).toMatchObject({ status: 400, reason: "timeRangeEmpty" });
  });

  it.each(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])("may reach to the ends of time, %s", async (value) => {
    const calendar = await newCalendar(person, "Pacific/Kiritimati");
    await calendar.insert({ summary: "endless", ...on("2026-03-09"), recurrence: ["RRULE:FREQ=YEARLY"] });

    for (const name of ["timeMin", "timeMax", "updatedMin"]) {
      const query = queryOf({ [name]: value, singleEvents: true, maxResults: 3 });
      expect((await calendar.get(`?${query}`)).status).toBe(200);
      expect((await calendar.get(`?${queryOf({ [name]: value })}`)).status).toBe(200);
    }
  });
});

describe("pages", () => {
  /** Singles, all-day events and series whose starts coincide, some of them changed or deleted. */
  const fill = async (): Promise<TestCalendar> => {
    const calendar = await newCalendar(person, "America/New_York");
    for (const [id, body] of Object.entries({
      aaaaa: at("2026-03-09T00:00:00", "America/New_York"),
      bbbbb: on("2026-03-09"),
      ccccc: on("2026-03-09", 3),
      ddddd: at("2026-03-09T04:00:00", "UTC", 0),
      eeeee: at("2026-03-08T23:00:00", "America/New_York", 180),
      fffff: { ...at("2026-03-07T00:00:00", "America/New_York"), recurrence: ["RRULE:FREQ=DAILY;COUNT=6"] },
      ggggg: { ...on("2026-03-07", 2), recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] },
      hhhhh: { ...at("2026-03-09T00:00:00", "America/New_York", 0), recurrence: ["RRULE:FREQ=HOURLY;COUNT=7"] },
      iiiii: { ...at("2026-03-01T00:00:00", "America/New_York"), recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] },
    })) {
      await calendar.insert({ id, summary: id, ...body });
    }
    await calendar.patch("fffff_20260309T040000Z", at("2026-03-09T12:00:00", "America/New_York"));
    await calendar.patch("fffff_20260310T040000Z", { summary: "renamed" });
    await calendar.delete("ggggg_20260309");
    await calendar.delete("hhhhh_20260309T060000Z");
    await calendar.delete("aaaaa");
    await calendar.delete("iiiii");
    return calendar;
  };
  let calendar: TestCalendar;
  beforeAll(async () => {
    calendar = await fill();
  });

  it.each([
    [{}, 11],
    [{ showDeleted: true }, 13],
    [{ orderBy: "updated", showDeleted: true }, 13],
    [{ singleEvents: true }, 20],
    [{ singleEvents: true, orderBy: "startTime" }, 20],
    [{ singleEvents: true, orderBy: "startTime", showDeleted: true }, 26],
    [{ singleEvents: true, orderBy: "updated" }, 20],
    [{ singleEvents: true, orderBy: "updated", showDeleted: true }, 26],
    [{ singleEvents: true, timeMin: "2026-03-09T04:00:00Z", timeMax: "2026-03-10T04:00:00Z" }, 10],
    [{ timeMin: "2026-03-09T04:00:00Z", timeMax: "2026-03-10T04:00:00Z" }, 9],
    [{ singleEvents: true, q: "ggggg" }, 4],
  ])("of any size make up the whole list: %j", async (query: Record<string, string | boolean>, count) => {
    const whole = await calendar.list({ ...query, maxResults: 2_500 });
    expect(whole.pages).toBe(1);
    expect(idsOf(whole.items).length).toBe(count);
    expect(new Set(idsOf(whole.items)).size).toBe(count);

    for (let maxResults = 1; maxResults <= count + 1; maxResults += 1) {
      const paged = await calendar.list({ ...query, maxResults });
      expect(idsOf(paged.items)).toEqual(idsOf(whole.items));
    }
  });

  it("in the order of starts never go back, and events that start together come by id", async () => {
    const { items } = await calendar.list({ singleEvents: true, orderBy: "startTime" });

    const placeOf = ({ start, id }: Item) => [
      start.dateTime ? Date.parse(start.dateTime) : Date.parse(`${start.date}T00:00:00-0${start.date < "2026-03-09" ? 5 : 4}:00`),
      id,
    ];
    const places = items.map(placeOf) as [number, string][];
    expect(places).toEqual(places.toSorted(([a, x], [b, y]) => a - b || (x < y ? -1 : 1)));
  });

  it("in the order of updates never go back", async () => {
    const { items } = await calendar.list({ orderBy: "updated", showDeleted: true });

    const updates = items.map(({ updated }) => updated);
    expect(updates).toEqual(updates.toSorted());
  });

  it("cannot be continued with another query, list or calendar", async () => {
    const { body } = await calendar.get("?maxResults=2&singleEvents=true");
    const pageToken = body.nextPageToken as string;
    const other = await newCalendar(person);

    for (const refused of await Promise.all([
      calendar.get(`?${queryOf({ pageToken })}`),
      calendar.get(`?${queryOf({ pageToken, singleEvents: true, q: "x" })}`),
      calendar.get(`fffff/instances?${queryOf({ pageToken })}`),
      other.get(`?${queryOf({ pageToken, singleEvents: true })}`),
      calendar.get("?pageToken=garbage"),
      calendar.get(`?${queryOf({ pageToken: `${pageToken}A` })}`),
    ])) {
      expect(refused).toMatchObject({ status: 400, reason: "invalid" });
      expect(refused.body.error.message).toMatch(/^Invalid page token value/);
      expect(refused.body.error.errors[0].location).toBe("pageToken");
    }
    const renamed = await calendar.get(`?${queryOf({ pageToken, singleEvents: true, maxResults: 5, timeZone: "Asia/Tokyo" })}`);
    expect(renamed.body.items).toHaveLength(5);
  });

  it("are cut to the greatest size, and refused below one", async () => {
    expect((await calendar.get("?maxResults=9999")).status).toBe(200);
    for (const size of ["0", "-1", "many", "1.5", ""]) {
      const refused = await calendar.get(`?maxResults=${size}`);
      expect(refused).toMatchObject({ status: 400, reason: "invalidParameter" });
      expect(refused.body.error.errors[0].location).toBe("maxResults");
    }
  });

  it("have 250 items when nothing is said, and at most 2500", async () => {
    const busy = await newCalendar(person);
    await busy.insert({ ...at("2026-03-09T00:00:00", "UTC", 1), recurrence: ["RRULE:FREQ=MINUTELY;COUNT=3000"] });

    expect((await busy.get("?singleEvents=true")).body.items).toHaveLength(250);
    expect((await busy.get("?singleEvents=true&maxResults=9999")).body.items).toHaveLength(2_500);
  });

  it("are not short because many series have nothing in the window", async () => {
    const busy = await newCalendar(person);
    for (let index = 10; index < 30; index += 1) {
      await busy.insert({ id: `series${index}`, ...on(`2020-01-${index}`), recurrence: ["RRULE:FREQ=YEARLY"] });
    }

    const { body } = await busy.get("?maxResults=5&timeMin=2026-01-25T12:00:00Z&timeMax=2026-01-27T12:00:00Z");

    expect(idsOf(body.items)).toEqual(["series25", "series26", "series27"]);
    expect(body.nextPageToken).toBeUndefined();
  });

  it("of a series with an instance every second for ever come at once", async () => {
    const busy = await newCalendar(person);
    await busy.insert({ id: "second", ...at("2020-01-01T00:00:00", "UTC", 0), recurrence: ["RRULE:FREQ=SECONDLY"] });
    const started = performance.now();

    for (const query of ["singleEvents=true", "singleEvents=true&orderBy=updated", ""]) {
      const first = await busy.get(`?${query}`);
      const second = await busy.get(`?${query}&pageToken=${first.body.nextPageToken ?? ""}`);
      expect([first.status, second.status]).toEqual([200, 200]);
    }
    const window = "timeMin=2026-03-09T09:00:00Z&timeMax=2026-03-09T09:00:03Z";
    const { items } = (await busy.get(`?singleEvents=true&${window}`)).body;
    expect(idsOf(items)).toEqual(["second_20260309T090001Z", "second_20260309T090002Z"]);
    expect((await busy.get(`second/instances?${window}`)).body.items).toHaveLength(3);
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});

describe("a calendar written at random", () => {
  /** Midnight in New York, in 2026 before November. */
  const midnight = (date: string) => Date.parse(`${date}T00:00:00-0${date <= "2026-03-08" ? 5 : 4}:00`);
  const instantOf = ({ dateTime, date }: Item["start"]) => (dateTime ? Date.parse(dateTime) : midnight(date));

  it.each([1, 2])("shows in any window, in pages of any size, what lies in it (seed %i)", async (seed) => {
    const calendar = await newCalendar(person, "America/New_York");
    const { random, write } = randomWriter(calendar, seed);
    for (let writes = 0; writes < 100; writes += 1) await write();
    const until = "2026-10-01T00:00:00Z";

    for (const query of [{ singleEvents: true }, { singleEvents: true, showDeleted: true }]) {
      const whole = await calendar.list({ ...query, timeMax: until, maxResults: 2_500 });
      for (let round = 0; round < 25; round += 1) {
        const from = Date.parse("2026-02-20T00:00:00Z") + random(24 * 4 * 60) * 900_000;
        const to = from + (1 + random(24 * 4 * 10)) * 900_000;
        const window = { timeMin: new Date(from).toISOString(), timeMax: new Date(to).toISOString() };
        const expected = whole.items.filter(({ start, end }) => instantOf(end) > from && instantOf(start) < to);

        const { items } = await calendar.list({ ...query, ...window, maxResults: 1 + random(20) });

        expect(items).toEqual(expected);
      }
    }
  });
});

describe("a list's filters", () => {
  let calendar: TestCalendar;
  beforeAll(async () => {
    calendar = await newCalendar(person);
    const event = (summary: string, more: object = {}) => calendar.insert({ summary, ...at("2026-03-09T09:00:00"), ...more });
    await event("Budget review", { description: "Numbers of the Quarter", location: "Café Zürich" });
    await event("guests", { attendees: [{ email: "Zoe@Example.org", displayName: "Zoë Q" }] });
    await event("series", { description: "budget", recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] });
    await event("red", { extendedProperties: { private: { color: "red", size: "1=1" }, shared: { team: "a" } } });
    await event("blue", { extendedProperties: { private: { color: "blue" }, shared: { team: "a" } } });
    await event("focus", { eventType: "focusTime", focusTimeProperties: { chatStatus: "doNotDisturb" } });
    await event("away", { eventType: "outOfOffice" });
    await event("uid", { iCalUID: "Some-UID@example.org" });
    const label = { type: "customLocation", customLocation: { label: "Summer house" } };
    await event("working", { eventType: "workingLocation", workingLocationProperties: label });
  });

  it.each([
    ["budget", ["Budget review", "series"]],
    ["BUDGET quarter", ["Budget review"]],
    ["zürich", ["Budget review"]],
    ["zu\u0308rich cafe\u0301", ["Budget review"]],
    ["zoe@example", ["guests"]],
    ["zoë", ["guests"]],
    ["summer house", ["working"]],
    ["budget nowhere", []],
    ["100%", []],
    ["' or 1=1 --", []],
  ])("find words in texts and people: q=%s", async (q, expected) => {
    expect(namesOf((await calendar.list({ q })).items)).toEqual(expected);
  });

  it("find the instances of a series by its words", async () => {
    const { items } = await calendar.list({ q: "budget", singleEvents: true });

    expect(namesOf(items)).toEqual(["Budget review", "series", "series", "series"]);
  });

  it("find events by their extended properties, several of which must all hold", async () => {
    const names = async (query: Record<string, readonly string[]>) => namesOf((await calendar.list(query)).items);

    expect(await names({ privateExtendedProperty: ["color=red"] })).toEqual(["red"]);
    expect(await names({ privateExtendedProperty: ["size=1=1"] })).toEqual(["red"]);
    expect(await names({ sharedExtendedProperty: ["team=a"] })).toEqual(["blue", "red"]);
    expect(await names({ sharedExtendedProperty: ["team=a"], privateExtendedProperty: ["color=blue"] })).toEqual(["blue"]);
    expect(await names({ privateExtendedProperty: ["color=red", "color=blue"] })).toEqual([]);
    expect(await names({ privateExtendedProperty: ["team=a"] })).toEqual([]);
    expect(await names({ privateExtendedProperty: ["__proto__=a"] })).toEqual([]);
  });

  it.each(["color", "=red", ""])("refuse a property that is not name=value: %j", async (value) => {
    const refused = await calendar.get(`?privateExtendedProperty=${value}`);

    expect(refused).toMatchObject({ status: 400, reason: "invalid" });
    expect(refused.body.error.errors[0].location).toBe("privateExtendedProperty");
  });

  it("find events by type and by UID", async () => {
    expect(namesOf((await calendar.list({ eventTypes: ["focusTime", "outOfOffice"] })).items)).toEqual(["away", "focus"]);
    expect(namesOf((await calendar.list({ eventTypes: ["default"] })).items)).toHaveLength(6);
    expect(namesOf((await calendar.list({ iCalUID: "Some-UID@example.org" })).items)).toEqual(["uid"]);
    expect(namesOf((await calendar.list({ iCalUID: "some-uid@example.org" })).items)).toEqual([]);
  });

  it("by updatedMin show what changed since, deleted or not", async () => {
    const own = await newCalendar(person);
    await own.insert({ summary: "old", ...on("2026-03-09") });
    const changed = await own.insert({ summary: "changed", ...on("2026-03-09") });
    const gone = await own.insert({ summary: "gone", ...on("2026-03-09") });
    await new Promise((done) => setTimeout(done, 5));
    const since = (await own.patch(changed.id, { location: "x" })).body.updated;
    await own.delete(gone.id);

    for (const showDeleted of [true, false]) {
      expect(namesOf((await own.list({ updatedMin: since, showDeleted })).items)).toEqual(["changed", "gone"]);
    }
  });
});

describe("a list", () => {
  it("shows times in the zone that is asked for, and is about the same events", async () => {
    const calendar = await newCalendar(person, "America/New_York");
    await calendar.insert(at("2026-03-09T09:00:00", "Europe/Berlin"));
    await calendar.insert(on("2026-03-09"));
    const window = { timeMin: "2026-03-09T03:59:00Z", timeMax: "2026-03-09T12:00:00Z", singleEvents: true };

    const own = await calendar.list(window);
    const tokyo = await calendar.list({ ...window, timeZone: "Asia/Tokyo" });

    expect(startsOf(own.items)).toEqual(["2026-03-09", "2026-03-09T04:00:00-04:00"]);
    expect(startsOf(tokyo.items)).toEqual(["2026-03-09", "2026-03-09T17:00:00+09:00"]);
    expect(own.items[1].start.timeZone).toBe("Europe/Berlin");
    const answer = await calendar.get(`?${queryOf({ timeZone: "asia/tokyo" })}`);
    expect(answer.body).toMatchObject({ kind: "calendar#events", timeZone: "Asia/Tokyo", summary: "Test", accessRole: "owner" });
    expect(await calendar.get("?timeZone=Mars/Olympus")).toMatchObject({ status: 400, reason: "invalid" });
  });

  it("has items even when it has none", async () => {
    const calendar = await newCalendar(person);

    expect((await calendar.get("")).body.items).toEqual([]);
  });

  it("shows of long lists of attendees the reader alone", async () => {
    const calendar = await newCalendar(person);
    const attendees = [{ email: "a@example.org" }, { email: calendar.id.toUpperCase() }, { email: "b@example.org" }];
    await calendar.insert({ ...on("2026-03-09"), attendees });

    const [cut] = (await calendar.list({ maxAttendees: 2 })).items;
    const [whole] = (await calendar.list({ maxAttendees: 3 })).items;

    expect(cut.attendees).toMatchObject([{ email: calendar.id, self: true }]);
    expect(cut.attendeesOmitted).toBe(true);
    expect(whole.attendees).toHaveLength(3);
    expect(whole.attendeesOmitted).toBeUndefined();
  });

  it("shows every instance once while they are being moved about", async () => {
    const calendar = await newCalendar(person);
    await calendar.insert({ id: "series", ...at("2026-03-09T09:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] });
    const whole = idsOf((await calendar.list({ singleEvents: true })).items).sort();
    let writing = true;
    const writer = (async () => {
      for (let round = 0; round < 60; round += 1) {
        const id = `series_2026031${round % 4}T090000Z`;
        await calendar.patch(id, at(`2026-03-1${round % 4}T${9 + (round % 7)}:00:00`.replace("T9", "T09")));
        await calendar.patch("series", { recurrence: [`RRULE:FREQ=DAILY;COUNT=${5 + (round % 2)}`] });
      }
      writing = false;
    })();

    const readers = Array.from({ length: 4 }, async () => {
      while (writing) {
        const ids = idsOf((await calendar.list({ singleEvents: true })).items).sort();
        expect(ids.slice(0, 5)).toEqual(whole);
        expect(ids.length).toBeLessThanOrEqual(6);
      }
    });
    await Promise.all([writer, ...readers]);
  });

  it("is ordered by start only where instances are listed", async () => {
    const calendar = await newCalendar(person);

    const refused = await calendar.get("?orderBy=startTime");

    expect(refused).toMatchObject({ status: 400, reason: "invalid" });
    expect(await calendar.get("?orderBy=name")).toMatchObject({ status: 400, reason: "invalidParameter" });
  });

  it("takes empty parameters for none, as clients send them", async () => {
    const calendar = await newCalendar(person);

    const answer = await calendar.get("?q=&pageToken=&syncToken=&iCalUID=");

    expect(answer.body.nextSyncToken).toBeDefined();
  });

  it("takes parameters it does not know for nothing", async () => {
    const calendar = await newCalendar(person);

    expect((await calendar.get("?prettyPrint=true&fields=items&someday=1&alwaysIncludeEmail=true")).status).toBe(200);
  });

  it("has an ETag that If-None-Match knows until something changes", async () => {
    const calendar = await newCalendar(person);
    const { body, headers } = await calendar.get("");
    expect(headers.get("etag")).toBe(body.etag);

    expect((await calendar.get("", { "If-None-Match": body.etag })).status).toBe(304);
    await calendar.insert(on("2026-03-09"));
    expect((await calendar.get("", { "If-None-Match": body.etag })).status).toBe(200);
  });
});
