import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, type Item, newCalendar, on, startsOf, type TestCalendar } from "#test/support/events.ts";

let api: Api;
let person: Person;
let calendar: TestCalendar;
beforeAll(async () => {
  api = await startApi();
  person = await api.person();
});
beforeEach(async () => {
  calendar = await newCalendar(person, "Europe/Berlin");
});
afterAll(() => api.stop());

const split = (id: string, body?: object, headers?: Record<string, string>) =>
  person.post(`/v1/calendars/${encodeURIComponent(calendar.id)}/events/${id}/split`, body, headers);

const instances = async (id?: string): Promise<Item[]> =>
  (await calendar.list({ singleEvents: true, orderBy: "startTime", timeMax: "2028-01-01T00:00:00Z" })).items.filter(
    (item) => id === undefined || item.recurringEventId === id,
  );

const times = async (id?: string) => startsOf(await instances(id));

describe("splitting a series", () => {
  it("ends it before an instance and begins a new one there, with the changes", async () => {
    const made = await calendar.insert({
      ...at("2026-03-02T09:00:00", "Europe/Berlin"),
      summary: "Weekly",
      colorId: "4",
      recurrence: ["RRULE:FREQ=WEEKLY;COUNT=6"],
    });
    const whole = await times();

    const answer = await split(`${made.id}_20260323T080000Z`, { summary: "Weekly, new", location: "Room 2" });

    expect(answer).toMatchObject({
      status: 200,
      body: {
        kind: "calendar#split",
        before: { id: made.id, summary: "Weekly", recurrence: ["RRULE:FREQ=WEEKLY;UNTIL=20260323T075959Z"] },
        after: {
          id: `${made.id}_R20260323T080000`,
          summary: "Weekly, new",
          location: "Room 2",
          colorId: "4",
          recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"],
          start: { dateTime: "2026-03-23T09:00:00+01:00", timeZone: "Europe/Berlin" },
        },
      },
    });
    expect(answer.body.after.iCalUID).not.toBe(made.iCalUID);
    expect(await times()).toEqual(whole);
    expect((await instances(answer.body.after.id)).map(({ summary }) => summary)).toEqual(Array(3).fill("Weekly, new"));
  });

  it("takes changed and cancelled instances over to the new series, and leaves earlier ones", async () => {
    const made = await calendar.insert({
      ...at("2026-03-02T09:00:00"),
      summary: "Daily",
      recurrence: ["RRULE:FREQ=DAILY;COUNT=8"],
    });
    await calendar.patch(`${made.id}_20260303T090000Z`, { summary: "Early" });
    await calendar.patch(`${made.id}_20260306T090000Z`, { summary: "Late", ...at("2026-03-06T20:00:00") });
    await calendar.delete(`${made.id}_20260307T090000Z`);
    const before = (await instances()).map(({ summary, start }) => `${summary} ${start.dateTime}`);
    const synced = await calendar.list({ singleEvents: true });

    const { body } = await split(`${made.id}_20260305T090000Z`);

    expect((await instances()).map(({ summary, start }) => `${summary} ${start.dateTime}`)).toEqual(before);
    expect(await instances(body.after.id)).toMatchObject(
      [
        { summary: "Daily" },
        { id: `${body.after.id}_20260306T090000Z`, summary: "Late" },
        { summary: "Daily" },
        { summary: "Daily" },
      ].slice(0, 4),
    );

    // A client that syncs ends with what a new list shows.
    const held = new Map(synced.items.map((item) => [item.id, item]));
    for (const item of (await calendar.list({ syncToken: synced.nextSyncToken as string })).items) {
      if (item.status === "cancelled") held.delete(item.id);
      else held.set(item.id, item);
    }
    expect([...held.keys()].sort()).toEqual((await calendar.list({ singleEvents: true })).items.map(({ id }) => id).sort());
  });

  it("splits at an instance that was changed itself, by its place in the rule", async () => {
    const made = await calendar.insert({ ...at("2026-03-02T09:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=4"] });
    await calendar.patch(`${made.id}_20260304T090000Z`, { summary: "Moved", ...at("2026-03-10T09:00:00") });
    const { body } = await split(`${made.id}_20260304T090000Z`);
    expect(await times(made.id)).toEqual(["2026-03-02T10:00:00+01:00", "2026-03-03T10:00:00+01:00"]);
    expect(await times(body.after.id)).toEqual(["2026-03-05T10:00:00+01:00", "2026-03-10T10:00:00+01:00"]);
  });

  it.each([
    ["all days", on("2026-03-02"), ["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=7"], 3],
    [
      "two weeks apart, mid-week",
      at("2026-03-02T09:00:00", "Europe/Berlin"),
      ["RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;COUNT=7"],
      3,
    ],
    ["across a change of clocks", at("2026-03-20T02:30:00", "Europe/Berlin"), ["RRULE:FREQ=DAILY;COUNT=20"], 9],
    [
      "with dates added and taken away",
      at("2026-03-02T09:00:00", "Europe/Berlin"),
      [
        "RRULE:FREQ=DAILY;COUNT=6",
        "RDATE;TZID=Europe/Berlin:20260301T090000,20260320T090000",
        "EXDATE;VALUE=DATE:20260303,20260306",
      ],
      3,
    ],
    [
      "of dates alone",
      at("2026-03-02T09:00:00", "Europe/Berlin"),
      ["RDATE;TZID=Europe/Berlin:20260305T090000,20260309T090000"],
      1,
    ],
    ["until a day", at("2026-03-02T09:00:00", "Europe/Berlin"), ["RRULE:FREQ=MONTHLY;BYDAY=-1FR;UNTIL=20261231"], 4],
    ["without an end", at("2026-01-31T09:00:00", "Europe/Berlin"), ["RRULE:FREQ=MONTHLY;BYMONTHDAY=31"], 2],
    ["at its last instance", at("2026-03-02T09:00:00", "Europe/Berlin"), ["RRULE:FREQ=DAILY;COUNT=3"], 2],
  ])("keeps every instance of a series %s", async (_, when, recurrence, place) => {
    const made = await calendar.insert({ ...when, recurrence });
    const whole = await instances();
    const { status, body } = await split(whole[place].id);
    expect(status).toBe(200);
    expect(await times()).toEqual(startsOf(whole));
    expect(await times(made.id)).toHaveLength(place);
    expect(await times(body.after.id)).toHaveLength(whole.length - place);
  });

  it("can be done again in either half", async () => {
    const made = await calendar.insert({ ...at("2026-03-02T09:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=9"] });
    const whole = await times();
    const first = (await split(`${made.id}_20260305T090000Z`)).body.after;
    const second = (await split(`${first.id}_20260308T090000Z`)).body.after;
    expect(second.id).toBe(`${made.id}_R20260308T090000`);
    expect((await split(`${made.id}_20260304T090000Z`)).status).toBe(200);
    expect(await times()).toEqual(whole);
  });

  it("moves the following instances when the changes say so", async () => {
    const made = await calendar.insert({ ...at("2026-03-02T09:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=4"] });
    await split(`${made.id}_20260304T090000Z`, at("2026-03-04T15:00:00"));
    expect(await times()).toEqual([
      "2026-03-02T10:00:00+01:00",
      "2026-03-03T10:00:00+01:00",
      "2026-03-04T16:00:00+01:00",
      "2026-03-05T16:00:00+01:00",
    ]);
  });

  it("gives guests both series, with their answers and what they have made their own", async () => {
    const guest = await api.person();
    const primary = "/calendar/v3/calendars/primary/events";
    const made = await calendar.insert({
      ...at("2026-03-02T09:00:00"),
      recurrence: ["RRULE:FREQ=DAILY;COUNT=4"],
      attendees: [{ email: guest.email }],
    });
    await guest.patch(`${primary}/${made.id}`, { colorId: "9", attendees: [{ email: guest.email, responseStatus: "accepted" }] });
    const { body } = await split(`${made.id}_20260304T090000Z`, { summary: "New" });
    const copy = await guest.get(`${primary}/${body.after.id}`);
    expect(copy.body).toMatchObject({ summary: "New", colorId: "9", attendees: [{ responseStatus: "accepted", self: true }] });
    const list = await guest.get(`${primary}?singleEvents=true&orderBy=startTime`);
    expect(startsOf(list.body.items)).toEqual(
      (await instances()).map(({ start }) => start.dateTime.replace("10:00:00+01:00", "09:00:00Z")),
    );
    expect(await guest.post(`/v1/calendars/primary/events/${made.id}_20260303T090000Z/split`)).toMatchObject({
      status: 403,
      reason: "forbiddenForNonOrganizer",
    });
  });

  it("refuses what cannot be split, leaving it as it was", async () => {
    const made = await calendar.insert({ ...at("2026-03-02T09:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=4"] });
    const single = await calendar.insert(at("2026-03-02T09:00:00"));
    const tied = await calendar.insert({
      ...at("2026-03-02T09:00:00"),
      recurrence: ["RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5", "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=5"],
    });
    await calendar.delete(`${made.id}_20260305T090000Z`);
    for (const id of [made.id, single.id, `${made.id}_20260302T090000Z`, `${tied.id}_20260304T090000Z`]) {
      expect(await split(id)).toMatchObject({
        status: 400,
        reason: "invalid",
        body: { error: { errors: [{ location: "eventId" }] } },
      });
    }
    expect(await split(`${made.id}_20260305T090000Z`)).toMatchObject({ status: 410, reason: "deleted" });
    expect(await split(`${made.id}_20260309T090000Z`)).toMatchObject({ status: 404 });
    expect(await split(`${made.id}_20260303T090000Z`, { sumary: "x" })).toMatchObject({ status: 400 });
    expect(await split(`${made.id}_20260303T090000Z`, { recurrence: ["RRULE:FREQ=NEVER"] })).toMatchObject({ status: 400 });
    expect(await split(`${made.id}_20260303T090000Z`, {}, { "If-Match": '"1"' })).toMatchObject({ status: 412 });
    expect((await calendar.get(made.id)).body).toEqual(made);
    expect((await calendar.get(tied.id)).body).toEqual(tied);
  });
});
