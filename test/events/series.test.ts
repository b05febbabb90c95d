import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, type Item, idsOf, newCalendar, on, startsOf, type TestCalendar } from "#test/support/events.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi();
  person = await api.person();
});
afterAll(() => api.stop());

const newYork = "America/New_York";

/** A weekly series at nine in New York, over the clock change of 8 March 2026. */
const weekly = {
  id: "standup",
  summary: "standup",
  ...at("2026-03-02T09:00:00", newYork),
  recurrence: ["RRULE:FREQ=WEEKLY;COUNT=4"],
};
const [first, second, third, fourth] = ["20260302T140000Z", "20260309T130000Z", "20260316T130000Z", "20260323T130000Z"].map(
  (key) => `standup_${key}`,
) as [string, string, string, string];

const withWeekly = async (more: object = {}): Promise<TestCalendar> => {
  const calendar = await newCalendar(person, newYork);
  await calendar.insert({ ...weekly, ...more });
  return calendar;
};

const instancesOf = async (calendar: TestCalendar, query = {}, id = "standup"): Promise<Item[]> =>
  (await calendar.list(query, `${id}/instances`)).items;

const told = (items: readonly Item[]): string[] => items.map(({ id, status }) => `${id} ${status}`);

describe("a series", () => {
  it("is listed as itself, or as its instances, which keep their wall clock when clocks change in spring", async () => {
    const calendar = await withWeekly();

    const { items: series } = await calendar.list();
    const { items } = await calendar.list({ singleEvents: true });

    expect(series).toMatchObject([{ id: "standup", recurrence: weekly.recurrence, start: { timeZone: newYork } }]);
    expect(idsOf(items)).toEqual([first, second, third, fourth]);
    expect(startsOf(items)).toEqual([
      "2026-03-02T09:00:00-05:00",
      "2026-03-09T09:00:00-04:00",
      "2026-03-16T09:00:00-04:00",
      "2026-03-23T09:00:00-04:00",
    ]);
    for (const item of items) {
      expect(item).toMatchObject({
        recurringEventId: "standup",
        originalStartTime: item.start,
        iCalUID: series[0].iCalUID,
        etag: series[0].etag,
        summary: "standup",
      });
      expect(item).not.toHaveProperty("recurrence");
    }
    expect(await instancesOf(calendar)).toEqual(items);
  });

  it("keeps its wall clock when clocks change in autumn, and its end too", async () => {
    const calendar = await newCalendar(person, newYork);
    await calendar.insert({
      start: { dateTime: "2026-10-31T22:00:00", timeZone: newYork },
      end: { dateTime: "2026-11-01T06:00:00", timeZone: newYork },
      recurrence: ["RRULE:FREQ=DAILY;COUNT=2"],
    });

    const { items } = await calendar.list({ singleEvents: true });

    expect(startsOf(items)).toEqual(["2026-10-31T22:00:00-04:00", "2026-11-01T22:00:00-05:00"]);
    expect(items.map(({ end }) => end.dateTime)).toEqual(["2026-11-01T06:00:00-05:00", "2026-11-02T06:00:00-05:00"]);
  });

  it("whose start and end are in different zones lasts equally long each time", async () => {
    const calendar = await newCalendar(person);
    await calendar.insert({
      start: { dateTime: "2026-03-07T20:00:00", timeZone: newYork },
      end: { dateTime: "2026-03-08T08:00:00", timeZone: "Europe/Berlin" },
      recurrence: ["RRULE:FREQ=WEEKLY;COUNT=2"],
    });

    const { items } = await calendar.list({ singleEvents: true });

    expect(items.map(({ start, end }) => [start.dateTime, end.dateTime, end.timeZone])).toEqual([
      ["2026-03-08T01:00:00Z", "2026-03-08T07:00:00Z", "Europe/Berlin"],
      ["2026-03-15T00:00:00Z", "2026-03-15T06:00:00Z", "Europe/Berlin"],
    ]);
  });

  it("has its instance an hour later on the day that clocks skip its time, under that id", async () => {
    const calendar = await newCalendar(person, newYork);
    await calendar.insert({ id: "gap00", ...at("2026-03-07T02:30:00", newYork), recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] });

    const { items } = await calendar.list({ singleEvents: true });

    expect(startsOf(items)).toEqual(["2026-03-07T02:30:00-05:00", "2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"]);
    expect(items[1].end.dateTime).toBe("2026-03-08T04:30:00-04:00");
    expect((await calendar.get("gap00_20260308T073000Z")).body).toEqual(items[1]);
  });

  it("that begins at a time clocks skip stays what it is when a client writes back what it read", async () => {
    const calendar = await newCalendar(person, newYork);
    const made = await calendar.insert({ ...at("2026-03-08T02:30:00", newYork), recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });

    await calendar.put(made.id, made);
    await calendar.patch(made.id, { summary: "x", start: made.start, end: made.end });

    const { items } = await calendar.list({ singleEvents: true });
    expect(startsOf(items)).toEqual(["2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"]);
    expect(items[0].sequence).toBe(0);
  });

  it("of whole days has whole days, by their dates in every zone", async () => {
    const calendar = await newCalendar(person, "Pacific/Kiritimati");
    await calendar.insert({ id: "dates", ...on("2026-03-07", 2), recurrence: ["RRULE:FREQ=WEEKLY;UNTIL=20260321"] });

    const { items } = await calendar.list({ singleEvents: true, timeZone: newYork });

    expect(items.map(({ id, start, end }) => [id, start.date, end.date])).toEqual([
      ["dates_20260307", "2026-03-07", "2026-03-09"],
      ["dates_20260314", "2026-03-14", "2026-03-16"],
      ["dates_20260321", "2026-03-21", "2026-03-23"],
    ]);
    expect((await calendar.get("dates_20260314")).body).toMatchObject({ originalStartTime: { date: "2026-03-14" } });
    expect((await calendar.get("dates_20260315")).status).toBe(404);
    expect((await calendar.get("dates_20260314T000000Z")).status).toBe(404);
  });

  it.each([
    [["RRULE:FREQ=DAILY;UNTIL=20260304T140000Z"], ["02", "03", "04"]],
    [["RRULE:FREQ=DAILY;UNTIL=20260304T135959Z"], ["02", "03"]],
    [["RRULE:FREQ=DAILY;UNTIL=20260304"], ["02", "03", "04"]],
    [
      ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=America/New_York:20260303T090000"],
      ["02", "04"],
    ],
    [
      ["RRULE:FREQ=DAILY;COUNT=2", "RDATE:20260310T130000Z"],
      ["02", "03", "10"],
    ],
    [
      ["RRULE:FREQ=DAILY;COUNT=4", "EXRULE:FREQ=DAILY;INTERVAL=2;COUNT=2"],
      ["03", "05"],
    ],
    [["RDATE;TZID=America/New_York:20260305T090000,20260306T090000"], ["02", "05", "06"]],
    [["rrule:freq=daily;count=2"], ["02", "03"]],
  ])("takes the lines of RFC 5545, %j", async (recurrence, days) => {
    const calendar = await withWeekly({ recurrence });

    const { items } = await calendar.list({ singleEvents: true });

    expect(startsOf(items).map((start) => start.slice(8, 10))).toEqual(days);
    expect((await calendar.get("standup")).body.recurrence).toEqual(recurrence);
  });

  it("takes lines with the line ends that text has", async () => {
    const calendar = await withWeekly({ recurrence: ["RRULE:FREQ=DAILY;COUNT=2\r\n"] });

    expect((await calendar.list({ singleEvents: true })).items).toHaveLength(2);
    expect((await calendar.get("standup")).body.recurrence).toEqual(["RRULE:FREQ=DAILY;COUNT=2"]);
  });

  it("with periods has instances of their own lengths, also where one was changed", async () => {
    const calendar = await withWeekly({ recurrence: ["RDATE;VALUE=PERIOD:20260310T130000Z/P20D"] });
    await calendar.patch("standup_20260310T130000Z", { summary: "changed" });

    const { items } = await calendar.list({
      singleEvents: true,
      timeMin: "2026-03-29T00:00:00Z",
      timeMax: "2026-03-30T00:00:00Z",
    });

    expect(items.map(({ summary }) => summary)).toEqual(["changed"]);
  });
});

describe("an instance", () => {
  it("can be read by its id, though nobody has written it, and only where the rule puts one", async () => {
    const calendar = await withWeekly();

    expect((await calendar.get(second)).body).toMatchObject({ id: second, start: { dateTime: "2026-03-09T09:00:00-04:00" } });
    for (const id of [
      "standup_20260309T140000Z",
      "standup_20260330T130000Z",
      "standup_20260309",
      "standup_20269999",
      `${second}_20260309`,
    ]) {
      expect(await calendar.get(id)).toMatchObject({ status: 404, reason: "notFound" });
    }
  });

  it("that is changed stands on its own, in its place and under its id", async () => {
    const calendar = await withWeekly();

    const patched = await calendar.patch(second, { summary: "moved", ...at("2026-03-10T15:00:00", newYork) });

    expect(patched.body).toMatchObject({
      id: second,
      recurringEventId: "standup",
      originalStartTime: { dateTime: "2026-03-09T09:00:00-04:00", timeZone: newYork },
      start: { dateTime: "2026-03-10T15:00:00-04:00" },
      iCalUID: "standup@calendar-api.internal",
      sequence: 1,
    });
    expect((await calendar.get(second)).body).toEqual(patched.body);
    await calendar.patch("standup", { summary: "series" });
    const { items } = await calendar.list({ singleEvents: true });
    expect(items.map(({ summary }) => summary)).toEqual(["series", "moved", "series", "series"]);
    const { items: rows } = await calendar.list();
    expect(idsOf(rows)).toEqual(["standup", second]);
  });

  it("moves into a window and out of one", async () => {
    const calendar = await withWeekly();
    await calendar.patch(second, at("2026-05-01T09:00:00", newYork));
    await calendar.patch(third, at("2026-03-01T09:00:00", newYork));
    const starts = async (timeMin: string, timeMax: string) => {
      const window = { timeMin: `${timeMin}T00:00:00Z`, timeMax: `${timeMax}T00:00:00Z` };
      const listed = (await calendar.list({ singleEvents: true, ...window })).items;
      expect(await instancesOf(calendar, window)).toEqual(listed);
      return startsOf(listed).map((start) => start.slice(0, 10));
    };

    expect(await starts("2026-03-09", "2026-03-10")).toEqual([]);
    expect(await starts("2026-05-01", "2026-05-02")).toEqual(["2026-05-01"]);
    expect(await starts("2026-02-01", "2026-03-03")).toEqual(["2026-03-01", "2026-03-02"]);
    expect(await starts("2026-02-01", "2026-06-01")).toEqual(["2026-03-01", "2026-03-02", "2026-03-23", "2026-05-01"]);
  });

  it("that is deleted is gone from its series, told as cancelled where series are listed, and can come back", async () => {
    const calendar = await withWeekly();

    expect((await calendar.delete(second)).status).toBe(204);

    expect(idsOf((await calendar.list({ singleEvents: true })).items)).toEqual([first, third, fourth]);
    expect(told((await calendar.list({ singleEvents: true, showDeleted: true })).items)).toContain(`${second} cancelled`);
    expect(told((await calendar.list()).items)).toEqual(["standup confirmed", `${second} cancelled`]);
    expect((await calendar.get(second)).body).toMatchObject({
      status: "cancelled",
      recurringEventId: "standup",
      originalStartTime: { dateTime: "2026-03-09T09:00:00-04:00" },
    });
    expect(idsOf(await instancesOf(calendar))).toEqual([first, third, fourth]);
    expect(idsOf(await instancesOf(calendar, { showDeleted: true }))).toEqual([first, second, third, fourth]);
    expect(await calendar.delete(second)).toMatchObject({ status: 410, reason: "deleted" });
    expect((await calendar.patch(second, { status: "confirmed" })).status).toBe(200);
    expect(idsOf((await calendar.list({ singleEvents: true })).items)).toEqual([first, second, third, fourth]);
  });

  it("is replaced as a whole event is, and keeps its place", async () => {
    const calendar = await withWeekly({ location: "here" });
    const { body } = await calendar.get(second);

    const replaced = await calendar.put(second, { ...body, summary: "replaced", location: undefined });

    expect(replaced.body).toMatchObject({
      id: second,
      summary: "replaced",
      originalStartTime: body.originalStartTime,
      start: body.start,
    });
    expect(replaced.body).not.toHaveProperty("location");
    expect((await calendar.put(second, on("2026-03-12"))).body).toMatchObject({ id: second, start: { date: "2026-03-12" } });
  });

  it("has its series' ETag until it is changed", async () => {
    const calendar = await withWeekly();
    const { etag } = (await calendar.get("standup")).body;

    const changed = await calendar.patch(second, { summary: "x" }, { "If-Match": etag });
    expect(changed.status).toBe(200);
    expect(await calendar.patch(second, { summary: "y" }, { "If-Match": etag })).toMatchObject({ status: 412 });
    expect(await calendar.delete(second, { "If-Match": etag })).toMatchObject({ status: 412 });
    expect((await calendar.delete(second, { "If-Match": changed.body.etag })).status).toBe(204);
    expect((await calendar.delete(third, { "If-Match": '"0"' })).status).toBe(412);
    expect((await calendar.delete(third, { "If-Match": etag })).status).toBe(204);
  });

  it("has no rule of its own", async () => {
    const calendar = await withWeekly();

    const refused = await calendar.patch(second, { recurrence: ["RRULE:FREQ=DAILY"] });

    expect(refused.body.error.errors[0]).toMatchObject({ reason: "invalid", location: "recurrence" });
    expect((await calendar.patch(second, { recurrence: [], summary: "x" })).status).toBe(200);
  });
});

describe("a list with deleted instances and series (showDeleted, singleEvents)", () => {
  it.each([
    [{}, ["standup confirmed", `${second} confirmed`, `${third} cancelled`]],
    [
      { showDeleted: true },
      ["gone0 cancelled", "gone0_20260310 cancelled", "standup confirmed", `${second} confirmed`, `${third} cancelled`],
    ],
    [{ singleEvents: true }, [`${first} confirmed`, `${second} confirmed`, `${fourth} confirmed`]],
    [
      { singleEvents: true, showDeleted: true },
      [
        `${first} confirmed`,
        "gone0_20260309 cancelled",
        `${second} confirmed`,
        "gone0_20260310 cancelled",
        "gone0_20260311 cancelled",
        `${third} cancelled`,
        `${fourth} confirmed`,
      ],
    ],
  ])("%j shows them as Google does", async (query, expected) => {
    const calendar = await withWeekly();
    await calendar.patch(second, { summary: "changed" });
    await calendar.delete(third);
    await calendar.insert({ id: "gone0", ...on("2026-03-09"), recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] });
    await calendar.patch("gone0_20260310", { summary: "changed" });
    await calendar.delete("gone0");

    // Exceptions of a deleted series are no exceptions any more, but deleted events.
    expect(told((await calendar.list(query)).items)).toEqual(expected);
  });
});

describe("events.instances", () => {
  it("has what ends at timeMin too, unlike events.list", async () => {
    const calendar = await withWeekly();
    const window = { timeMin: "2026-03-09T14:00:00Z", timeMax: "2026-03-16T13:00:00Z" };

    expect(idsOf(await instancesOf(calendar, window))).toEqual([second]);
    expect(idsOf((await calendar.list({ ...window, singleEvents: true })).items)).toEqual([]);
  });

  it("finds the one instance with an original start, wherever it is now", async () => {
    const calendar = await withWeekly();
    await calendar.patch(second, at("2026-05-01T09:00:00", newYork));
    await calendar.delete(third);
    const find = async (originalStart: string, more = {}) => idsOf(await instancesOf(calendar, { originalStart, ...more }));

    expect(await find("2026-03-09T09:00:00-04:00")).toEqual([second]);
    expect(await find("2026-03-09T13:00:00Z")).toEqual([second]);
    expect(await find("2026-03-16T13:00:00Z")).toEqual([]);
    expect(await find("2026-03-16T13:00:00Z", { showDeleted: true })).toEqual([third]);
    expect(await find("2026-03-17T13:00:00Z")).toEqual([]);
    expect(await find("2026-03-09")).toEqual([]);
    expect(await calendar.get("standup/instances?originalStart=today")).toMatchObject({
      status: 400,
      reason: "invalidParameter",
    });
  });

  it("has pages of any size", async () => {
    const calendar = await withWeekly();
    await calendar.patch(first, at("2026-03-20T09:00:00", newYork));
    const whole = idsOf(await instancesOf(calendar));
    expect(whole).toEqual([second, third, first, fourth]);

    for (const maxResults of [1, 2, 3, 4]) expect(idsOf(await instancesOf(calendar, { maxResults }))).toEqual(whole);
  });

  it("of a deleted series shows its instances to who wants to see deleted ones", async () => {
    const calendar = await withWeekly();
    await calendar.delete("standup");

    expect(await instancesOf(calendar)).toEqual([]);
    expect(told(await instancesOf(calendar, { showDeleted: true }))).toEqual(
      [first, second, third, fourth].map((id) => `${id} cancelled`),
    );
  });

  it("of an event that is no series has none; of one that is not there is not found", async () => {
    const calendar = await withWeekly();
    const { id } = await calendar.insert(on("2026-03-09"));

    expect(await instancesOf(calendar, {}, id)).toEqual([]);
    expect(await instancesOf(calendar, {}, second)).toEqual([]);
    expect(await calendar.get("nowhere/instances")).toMatchObject({ status: 404, reason: "notFound" });
  });
});

describe("a change of a series' times", () => {
  it("leaves changed instances that still have their place, cancels the others, and brings them back with their place", async () => {
    const calendar = await withWeekly();
    await calendar.patch(second, { summary: "changed" });
    await calendar.patch(fourth, { summary: "tentative", status: "tentative" });
    await calendar.delete(third);

    await calendar.patch("standup", { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"] });
    expect(told((await calendar.list({ singleEvents: true })).items)).toEqual([`${first} confirmed`, `${second} confirmed`]);
    const refused = await calendar.patch(fourth, { status: "confirmed" });
    expect(refused.body.error.errors[0]).toMatchObject({ reason: "invalid", location: "status" });

    await calendar.patch("standup", { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=5"] });
    const { items } = await calendar.list({ singleEvents: true });
    expect(items.map(({ summary, status }) => `${summary} ${status}`)).toEqual([
      "standup confirmed",
      "changed confirmed",
      "tentative tentative",
      "standup confirmed",
    ]);
  });

  it("does not bring back an instance that somebody has cancelled meanwhile", async () => {
    const calendar = await withWeekly();
    await calendar.patch(fourth, { summary: "changed" });
    await calendar.patch("standup", { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"] });

    await calendar.patch(fourth, { status: "cancelled" });
    await calendar.patch("standup", { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=4"] });

    expect(idsOf((await calendar.list({ singleEvents: true })).items)).toEqual([first, second, third]);
  });

  it("to another time of day moves every instance, and those that had been changed are gone", async () => {
    const calendar = await withWeekly();
    await calendar.patch(second, at("2026-03-09T18:00:00", newYork));

    await calendar.patch("standup", at("2026-03-02T10:00:00", newYork));

    const { items } = await calendar.list({ singleEvents: true });
    expect(startsOf(items).map((start) => start.slice(5, 13))).toEqual(["03-02T10", "03-09T10", "03-16T10", "03-23T10"]);
    expect((await calendar.get(second)).body.status).toBe("cancelled");
  });

  it("into a single event and back makes it one event, then many", async () => {
    const calendar = await withWeekly();
    await calendar.patch(second, { summary: "changed" });

    await calendar.patch("standup", { recurrence: null });
    expect(idsOf((await calendar.list({ singleEvents: true })).items)).toEqual(["standup"]);
    expect((await calendar.get(first)).status).toBe(404);
    await calendar.patch("standup", { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=2"] });

    const { items } = await calendar.list({ singleEvents: true });
    expect(items.map(({ id, summary }) => `${id} ${summary}`)).toEqual([`${first} standup`, `${second} changed`]);
  });

  it("is no change when a client writes back what it read", async () => {
    const calendar = await withWeekly();
    await calendar.patch(second, { summary: "changed" });
    const { body } = await calendar.get("standup");

    const again = await calendar.put("standup", body);

    expect(again.body.sequence).toBe(0);
    const { items } = await calendar.list({ singleEvents: true });
    expect(items.map(({ summary }) => summary)).toEqual(["standup", "changed", "standup", "standup"]);
  });
});

describe("the deletion of a series", () => {
  it("takes all its instances along, and its return brings back those that it took", async () => {
    const calendar = await withWeekly();
    await calendar.patch(second, { summary: "changed" });
    await calendar.delete(third);

    await calendar.delete("standup");
    expect((await calendar.list({ singleEvents: true })).items).toEqual([]);
    expect((await calendar.list()).items).toEqual([]);
    for (const id of [first, second]) expect((await calendar.get(id)).body.status).toBe("cancelled");
    expect(await calendar.delete(first)).toMatchObject({ status: 410, reason: "deleted" });
    expect(await calendar.patch(first, { status: "confirmed" })).toMatchObject({ status: 400, reason: "invalid" });

    await calendar.patch("standup", { status: "confirmed" });
    const { items } = await calendar.list({ singleEvents: true });
    expect(items.map(({ id, summary }) => `${id} ${summary}`)).toEqual([
      `${first} standup`,
      `${second} changed`,
      `${fourth} standup`,
    ]);
  });
});
