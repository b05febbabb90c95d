import { type Answer, type Api, type Person, startApi } from "#test/support/api.ts";
import { at, type Item, newCalendar, on } from "#test/support/events.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi();
  person = await api.person();
});
afterAll(() => api.stop());

const path = "/calendar/v3/freeBusy";
const week = { timeMin: "2026-03-02T00:00:00Z", timeMax: "2026-03-09T00:00:00Z" };
const ask = (ids: readonly string[], more: object = {}, who = person): Promise<Answer> =>
  who.post(path, { ...week, items: ids.map((id) => ({ id })), ...more });
const errorsOf = (reason: string) => ({ busy: [], errors: [{ domain: "global", reason }] });

/** The busy times of one calendar as `start/end`. */
const busyOf = async (id: string, more: object = {}, who = person): Promise<string[]> => {
  const { status, body } = await ask([id], more, who);
  expect(status).toBe(200);
  expect(body.calendars[id]).not.toHaveProperty("errors");
  return body.calendars[id].busy.map(({ start, end }: { start: string; end: string }) => `${start}/${end}`);
};
const day = (number: number, time: string) => `2026-03-0${number}T${time}:00Z`;
const hours = (number: number, from: string, to: string) => `${day(number, from)}/${day(number, to)}`;

describe("an answer", () => {
  it("says for each calendar when it is busy: in order, what overlaps or touches as one, cut at the window's ends", async () => {
    const { id, insert } = await newCalendar(person);
    for (const body of [
      at("2026-03-04T09:00:00"),
      at("2026-03-03T10:30:00"),
      at("2026-03-03T10:00:00"),
      at("2026-03-03T11:30:00"),
      at("2026-03-05T08:00:00", "UTC", 240),
      at("2026-03-05T09:00:00", "UTC", 30),
      at("2026-03-01T23:00:00", "UTC", 120),
      at("2026-03-08T23:00:00", "UTC", 120),
      at("2026-03-01T22:00:00", "UTC", 60),
      at("2026-03-06T09:00:00", "UTC", 0),
    ]) {
      await insert(body);
    }

    const { status, body } = await ask([id]);

    expect(status).toBe(200);
    expect(body).toEqual({
      kind: "calendar#freeBusy",
      timeMin: "2026-03-02T00:00:00.000Z",
      timeMax: "2026-03-09T00:00:00.000Z",
      calendars: {
        [id]: {
          busy: [
            { start: day(2, "00:00"), end: day(2, "01:00") },
            { start: day(3, "10:00"), end: day(3, "12:30") },
            { start: day(4, "09:00"), end: day(4, "10:00") },
            { start: day(5, "08:00"), end: day(5, "12:00") },
            { start: day(8, "23:00"), end: "2026-03-09T00:00:00Z" },
          ],
        },
      },
    });
  });

  it("writes its times in the zone that was asked for", async () => {
    const { id, insert } = await newCalendar(person);
    await insert(at("2026-03-08T05:30:00", "UTC", 120));

    expect(await busyOf(id, { timeZone: "America/New_York" })).toEqual(["2026-03-08T00:30:00-05:00/2026-03-08T03:30:00-04:00"]);
  });

  it("has the calendars under the ids that were asked for, each once", async () => {
    const self = await api.person();
    await self.post("/calendar/v3/calendars/primary/events", at("2026-03-03T10:00:00"));

    const { body } = await ask(["primary", self.email, self.email.toUpperCase(), "primary"], {}, self);

    expect(Object.keys(body.calendars)).toEqual(["primary", self.email, self.email.toUpperCase()]);
    for (const { busy } of Object.values<Item>(body.calendars)) {
      expect(busy).toEqual([{ start: day(3, "10:00"), end: day(3, "11:00") }]);
    }
  });

  it("is empty without calendars", async () => {
    for (const more of [{}, { items: [] }, { items: null }]) {
      expect((await person.post(path, { ...week, ...more })).body).toMatchObject({ kind: "calendar#freeBusy", calendars: {} });
    }
  });

  it("has an error in the place of a calendar that is not there, or not theirs to know of", async () => {
    const { id } = await newCalendar(person);
    const stranger = await api.person();

    const { status, body } = await ask([id, stranger.email, "nobody@example.org", "__proto__"]);

    expect(status).toBe(200);
    expect(body.calendars[id]).toEqual({ busy: [] });
    for (const other of [stranger.email, "nobody@example.org"]) expect(body.calendars[other]).toEqual(errorsOf("notFound"));
    expect(Object.keys(body.calendars)).toHaveLength(4);
    expect(body).not.toHaveProperty("groups");
  });

  it("is given to whoever may at least know when somebody is busy", async () => {
    const [owner, reader] = [await api.person(), await api.person()];
    await owner.post("/calendar/v3/calendars/primary/events", at("2026-03-03T10:00:00"));
    const acl = `/calendar/v3/calendars/${owner.email}/acl`;
    await owner.post(acl, { role: "freeBusyReader", scope: { type: "user", value: reader.email } });

    expect(await busyOf(owner.email, {}, reader)).toEqual([hours(3, "10:00", "11:00")]);

    await owner.delete(`${acl}/user:${reader.email}`);
    expect((await ask([owner.email], {}, reader)).body.calendars[owner.email]).toEqual(errorsOf("notFound"));
  });
});

describe("a calendar is busy", () => {
  it("through tentative events, but not through transparent, declined or cancelled ones", async () => {
    const { id, insert, delete: remove } = await newCalendar(person);
    await insert({ ...at("2026-03-03T10:00:00"), status: "tentative" });
    await insert({ ...at("2026-03-03T12:00:00"), transparency: "transparent" });
    await insert({ ...at("2026-03-03T14:00:00"), attendees: [{ email: id, responseStatus: "declined" }] });
    await insert({ ...at("2026-03-03T16:00:00"), attendees: [{ email: id, responseStatus: "needsAction" }] });
    await remove((await insert(at("2026-03-03T18:00:00"))).id);
    await insert({ ...at("2026-03-03T20:00:00"), attendees: [{ email: "other@example.org", responseStatus: "declined" }] });

    expect(await busyOf(id)).toEqual([hours(3, "10:00", "11:00"), hours(3, "16:00", "17:00"), hours(3, "20:00", "21:00")]);
  });

  it("on the whole days of its own zone", async () => {
    const { id, insert } = await newCalendar(person, "America/New_York");
    await insert(on("2026-03-07", 2));
    await insert({ ...on("2026-03-04"), transparency: "transparent" });

    // The second of the days has 23 hours.
    expect(await busyOf(id, { timeMax: "2026-03-12T00:00:00Z" })).toEqual(["2026-03-07T05:00:00Z/2026-03-09T04:00:00Z"]);
    expect(await busyOf(id, { timeMin: "2026-03-09T03:00:00Z", timeMax: "2026-03-12T00:00:00Z" })).toEqual([
      "2026-03-09T03:00:00Z/2026-03-09T04:00:00Z",
    ]);
    expect(await busyOf(id, { timeMin: "2026-03-09T04:00:00Z", timeMax: "2026-03-12T00:00:00Z" })).toEqual([]);
  });

  it("through each instance of a series, where it has been moved to, and not where one is cancelled or transparent", async () => {
    const { id, insert, patch, delete: remove } = await newCalendar(person, "Europe/Berlin");
    const daily = await insert({ ...at("2026-02-20T10:00:00", "Europe/Berlin"), recurrence: ["RRULE:FREQ=DAILY"] });
    const instance = (number: number) => `${daily.id}_2026030${number}T090000Z`;
    await remove(instance(3));
    await patch(instance(4), at("2026-03-04T15:00:00"));
    await patch(instance(5), { transparency: "transparent" });
    await patch(instance(6), at("2026-03-20T15:00:00"));
    await patch(`${daily.id}_20260315T090000Z`, at("2026-03-07T20:00:00"));

    expect(await busyOf(id)).toEqual([
      hours(2, "09:00", "10:00"),
      hours(4, "15:00", "16:00"),
      hours(7, "09:00", "10:00"),
      hours(7, "20:00", "21:00"),
      hours(8, "09:00", "10:00"),
    ]);
    await patch(daily.id, { transparency: "transparent" });
    expect(await busyOf(id)).not.toContain(hours(2, "09:00", "10:00"));
  });

  it("through long instances that began long before, and not in the place of one that was cancelled then", async () => {
    const { id, insert, delete: remove } = await newCalendar(person);
    const sabbatical = await insert({ ...on("2024-12-01", 100), recurrence: ["RRULE:FREQ=YEARLY"] });
    const trip = await insert({ ...on("2025-12-30", 70), recurrence: ["RRULE:FREQ=YEARLY"] });
    await remove(`${trip.id}_20251230`);

    expect(await busyOf(id)).toEqual(["2026-03-02T00:00:00Z/2026-03-09T00:00:00Z"]);
    await remove(`${sabbatical.id}_20251201`);
    expect(await busyOf(id)).toEqual([]);
  });

  it("when the list of its events says so, whatever they are", async () => {
    let seed = 7;
    const pick = <T>(values: readonly T[]): T => {
      seed = (seed * 48_271) % 2_147_483_647;
      return values[seed % values.length] as T;
    };
    const zones = ["UTC", "America/New_York", "Asia/Kolkata", "Pacific/Apia"];
    const calendars = await Promise.all(zones.map((zone) => newCalendar(person, zone)));
    const date = () => `2026-0${pick([2, 3, 4])}-${pick(["01", "05", "08", "14", "22", "28"])}`;
    for (const calendar of calendars) {
      for (let count = 0; count < 30; count += 1) {
        const time = pick([
          () => at(`${date()}T${pick(["00:30", "02:30", "09:00", "23:30"])}:00`, pick(zones), pick([0, 15, 60, 1_005, 9_000])),
          () => on(date(), pick([1, 2, 40])),
        ])();
        const rule = pick(["", "", "RRULE:FREQ=DAILY;COUNT=20", "RRULE:FREQ=WEEKLY;BYDAY=MO,SU", "RRULE:FREQ=MONTHLY"]);
        const made = await calendar.insert({
          ...time,
          ...(rule && { recurrence: [rule] }),
          transparency: pick(["opaque", "opaque", "transparent"]),
        });
        if (!rule) continue;
        const instances = await calendar.get(`${made.id}/instances?maxResults=3`);
        await calendar.patch(
          pick<Item>(instances.body.items).id,
          pick([time, { status: "cancelled" }, { transparency: "transparent" }]),
        );
      }
    }

    for (const [timeMin, timeMax] of [
      ["2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"],
      ["2026-03-08T06:45:00Z", "2026-03-08T07:15:00Z"],
      ["2026-01-01T12:00:00-08:00", "2027-01-01T00:00:00Z"],
    ] as const) {
      const { body } = await ask(
        calendars.map(({ id }) => id),
        { timeMin, timeMax },
      );
      for (const [index, calendar] of calendars.entries()) {
        const { items } = await calendar.list({ singleEvents: true, timeMin, timeMax, maxResults: 2_500 });
        const zone = zones[index] as string;
        const spans = items
          .filter(({ transparency }) => transparency !== "transparent")
          .map(({ start, end }) => [start, end].map((time) => instantOf(time, zone)) as [number, number]);
        const busy = body.calendars[calendar.id].busy.map((one: Item) => [Date.parse(one.start), Date.parse(one.end)]);
        expect(busy).toEqual(union(spans, Date.parse(timeMin), Date.parse(timeMax)));
      }
    }
  });
});

/** A start or end as an instant; of a day, by trial, the first instant that has its date in the zone. */
const instantOf = ({ dateTime, date }: Item, timeZone: string): number => {
  if (dateTime) return Date.parse(dateTime);
  const format = new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" });
  let instant = Date.parse(`${date}T00:00:00Z`) - 16 * 3_600_000;
  while (format.format(instant) < date) instant += quarter;
  return instant;
};

const quarter = 900_000;

/** Quarter of an hour by quarter of an hour, so that it shares no thought with what it checks. */
const union = (spans: readonly [number, number][], from: number, to: number): number[][] => {
  const taken = new Uint8Array((to - from) / quarter);
  for (const [start, end] of spans) taken.fill(1, Math.max(0, (start - from) / quarter), Math.max(0, (end - from) / quarter));
  const merged: number[][] = [];
  for (const [index, isTaken] of taken.entries()) {
    const [at, last] = [from + index * quarter, merged.at(-1)];
    if (!isTaken) continue;
    if (last?.[1] === at) last[1] = at + quarter;
    else merged.push([at, at + quarter]);
  }
  return merged;
};

describe("a group", () => {
  const newGroup = async (name: string, members: readonly string[]): Promise<string> => {
    const id = `${name}@example.org`;
    await api.call("POST", "/v1/groups", { key: api.adminKey, body: { email: id } });
    for (const email of members) await api.call("PUT", `/v1/groups/${id}/members/${email}`, { key: api.adminKey });
    return id;
  };

  it("stands for the primary calendars of its members, of which each may be read or not", async () => {
    const [ana, bob] = [await api.person(), await api.person()];
    await ana.post("/calendar/v3/calendars/primary/events", at("2026-03-03T10:00:00"));
    const team = await newGroup("team", [ana.email, bob.email, "guest@elsewhere.org"]);

    const { body } = await ask([team.toUpperCase()], {}, ana);

    const members = [ana.email, "guest@elsewhere.org", bob.email].sort();
    expect(body.groups).toEqual({ [team.toUpperCase()]: { calendars: members } });
    expect(body.calendars).toEqual({
      [ana.email]: { busy: [{ start: day(3, "10:00"), end: day(3, "11:00") }] },
      [bob.email]: errorsOf("notFound"),
      "guest@elsewhere.org": errorsOf("notFound"),
    });

    const acl = `/calendar/v3/calendars/${bob.email}/acl`;
    await bob.post(acl, { role: "freeBusyReader", scope: { type: "group", value: team } });
    expect((await ask([team], {}, ana)).body.calendars[bob.email]).toEqual({ busy: [] });
  });

  it("is expanded when it is no larger than asked for", async () => {
    const members = ["a", "b", "c"].map((name) => `${name}@elsewhere.org`);
    const team = await newGroup("three", [...members, person.email]);
    const empty = await newGroup("empty", []);

    expect((await ask([team], { groupExpansionMax: 4 })).body.groups[team].calendars).toHaveLength(4);
    const { body } = await ask([team], { groupExpansionMax: 3 });
    expect(body).toMatchObject({ calendars: {} });
    expect(body.groups).toEqual({ [team]: { calendars: [], errors: [{ domain: "global", reason: "groupTooBig" }] } });

    const asAdmin = await api.call("POST", path, { key: api.adminKey, body: { ...week, items: [{ id: empty }, { id: team }] } });
    expect(asAdmin.body.groups).toMatchObject({ [empty]: { calendars: [] }, [team]: { calendars: expect.any(Array) } });
  });

  it("is not there for those outside of it", async () => {
    const team = await newGroup("secret", ["a@elsewhere.org"]);

    const { body } = await ask([team]);

    expect(body.calendars).toEqual({ [team]: errorsOf("notFound") });
    expect(body).not.toHaveProperty("groups");
  });
});

describe("a query", () => {
  it.each<[string, object, string, string]>([
    ["without timeMin", { timeMin: undefined }, "required", "timeMin"],
    ["without timeMax", { timeMax: null }, "required", "timeMax"],
    ["from no time", { timeMin: "yesterday" }, "invalidParameter", "timeMin"],
    ["without an offset", { timeMax: "2026-03-09T00:00:00" }, "invalidParameter", "timeMax"],
    ["of no time", { timeMax: week.timeMin }, "timeRangeEmpty", "timeMax"],
    ["backwards", { timeMax: "2026-03-01T00:00:00Z" }, "timeRangeEmpty", "timeMax"],
    ["in an unknown zone", { timeZone: "Mars/Olympus" }, "invalid", "timeZone"],
    ["with an item that is none", { items: ["primary"] }, "invalid", "items[0]"],
    ["with an item without an id", { items: [{}] }, "required", "items[0].id"],
    ["with an empty id", { items: [{ id: "" }] }, "invalid", "items[0].id"],
    ["with a NUL", { items: [{ id: "a\0b" }] }, "invalid", "items[0].id"],
    ["for groups of none", { groupExpansionMax: 0 }, "invalid", "groupExpansionMax"],
    ["for too many ids", { items: Array.from({ length: 10_001 }, (_, index) => ({ id: `${index}` })) }, "invalid", "items"],
  ])("%s is refused", async (_, more, reason, location) => {
    const refused = await ask(["primary"], more);

    expect(refused).toMatchObject({ status: 400, reason });
    expect(refused.body.error.errors[0].location).toBe(location);
  });

  it("may ask for as many calendars as it likes, and be told to leave some out", async () => {
    const many = Array.from({ length: 10_000 }, (_, index) => `nobody${index}@example.org`);
    const before = performance.now();
    const { status, body } = await ask(["primary", ...many.slice(1)]);

    expect(status).toBe(200);
    expect(Object.keys(body.calendars)).toHaveLength(10_000);
    expect(performance.now() - before).toBeLessThan(5_000);

    const few = await ask(["primary", "nobody@example.org", person.email], { calendarExpansionMax: 2 });
    expect(few.body.calendars).toEqual({
      primary: { busy: expect.any(Array) },
      "nobody@example.org": errorsOf("notFound"),
      [person.email]: errorsOf("tooManyCalendarsRequested"),
    });
  });

  it("for all of time is refused when that has too many events, and soon", async () => {
    const ever = { timeMin: "0001-01-01T00:00:00Z", timeMax: "9999-12-31T23:59:59Z" };
    const yearly = await newCalendar(person);
    await yearly.insert({ ...on("2026-03-02"), recurrence: ["RRULE:FREQ=YEARLY"] });
    const daily = await newCalendar(person);
    for (let count = 0; count < 5; count += 1) {
      await daily.insert({ ...at("2026-03-02T10:00:00", "America/New_York"), recurrence: ["RRULE:FREQ=DAILY;COUNT=49999"] });
    }

    expect(await busyOf(yearly.id, ever)).toHaveLength(9_999 - 2_026 + 1);
    const before = performance.now();
    const refused = await ask([daily.id], ever);
    expect(refused).toMatchObject({ status: 400, reason: "timeRangeTooLong" });
    expect(refused.body.error.errors[0]).toMatchObject({ domain: "calendar", location: "timeMax" });
    expect(performance.now() - before).toBeLessThan(5_000);
  });
});
