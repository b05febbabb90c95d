/** Facts 17 to 21: what events.list and events.instances show of a stretch of time, and how. */
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { type Client, clientOf, fact, newCalendarOf, refusalOf, startsOf, timed } from "./client.ts";

let api: Api;
let ana: Person;
let client: Client;
let calendarId: string;
beforeAll(async () => {
  api = await startApi();
  ana = await api.person();
  client = clientOf(api, ana);
});
afterAll(() => api.stop());
beforeEach(async () => {
  calendarId = await newCalendarOf(client);
});

const insert = async (requestBody: object) => (await client.events.insert({ calendarId, requestBody })).data;
const list = async (query: object) => (await client.events.list({ calendarId, ...query })).data.items ?? [];
const daily = (count = 3) => ({ ...timed("2026-03-09T09:00:00"), recurrence: [`RRULE:FREQ=DAILY;COUNT=${count}`] });

describe("a window", () => {
  fact(17, "has what ends after timeMin and starts before timeMax, both exclusive and to the second", async () => {
    await insert(timed("2026-03-09T09:00:00"));
    const count = async (query: object) => (await list(query)).length;

    expect(await count({ timeMin: "2026-03-09T10:00:00Z" })).toBe(0);
    expect(await count({ timeMin: "2026-03-09T09:59:59.999Z" })).toBe(1);
    expect(await count({ timeMin: "2026-03-09T10:00:00.999Z" })).toBe(0);
    expect(await count({ timeMax: "2026-03-09T09:00:00Z" })).toBe(0);
    expect(await count({ timeMax: "2026-03-09T10:00:01+01:00" })).toBe(1);
    expect(await count({ timeMin: "2026-03-09T10:59:59+01:00", timeMax: "2026-03-09T10:30:00Z" })).toBe(1);
  });

  fact(17, "needs offsets, and an end after its beginning", async () => {
    for (const name of ["timeMin", "timeMax", "updatedMin"]) {
      const refusal = await refusalOf(list({ [name]: "2026-03-09T09:00:00" }));
      expect(refusal).toMatchObject({ status: 400, reason: "invalidParameter", location: name });
    }
    for (const timeMax of ["2026-03-09T09:00:00Z", "2026-03-09T08:00:00Z"]) {
      expect(await refusalOf(list({ timeMin: "2026-03-09T09:00:00Z", timeMax }))).toEqual({
        status: 400,
        domain: "calendar",
        reason: "timeRangeEmpty",
        message: "The specified time range is empty.",
        locationType: "parameter",
        location: "timeMax",
      });
    }
  });

  fact(17, "of a series' instances has what ends at timeMin too", async () => {
    const { id } = await insert(daily());
    const asked = { calendarId, eventId: id as string, timeMin: "2026-03-10T10:00:00Z" };

    expect(startsOf((await client.events.instances(asked)).data.items ?? [])).toEqual([
      "2026-03-10T09:00:00Z",
      "2026-03-11T09:00:00Z",
    ]);
    expect(startsOf(await list({ singleEvents: true, timeMin: asked.timeMin }))).toEqual(["2026-03-11T09:00:00Z"]);
  });
});

describe("a series", () => {
  fact(18, "is listed as itself and its exceptions, or with singleEvents as its instances, never as both", async () => {
    const { id } = await insert(daily());
    const { id: single } = await insert(timed("2026-03-10T07:00:00"));
    await client.events.patch({ calendarId, eventId: `${id}_20260310T090000Z`, requestBody: timed("2026-03-10T06:00:00") });

    expect((await list({})).map((event) => event.id).sort()).toEqual([id, `${id}_20260310T090000Z`, single].sort());
    const instances = await list({ singleEvents: true, orderBy: "startTime" });
    expect(instances.map((event) => event.id)).toEqual([
      `${id}_20260309T090000Z`,
      `${id}_20260310T090000Z`,
      single,
      `${id}_20260311T090000Z`,
    ]);
    expect(instances.every(({ recurrence }) => recurrence === undefined)).toBe(true);
  });

  fact(18, "can be ordered by start only as its instances; by update both ways; otherwise the order is stable", async () => {
    const { id } = await insert(daily());
    const { id: later } = await insert(timed("2026-03-08T09:00:00"));
    expect(await refusalOf(list({ orderBy: "startTime" }))).toMatchObject({
      status: 400,
      reason: "invalid",
      location: "orderBy",
    });
    expect(await refusalOf(list({ orderBy: "length" }))).toMatchObject({ status: 400, reason: "invalidParameter" });

    await client.events.patch({ calendarId, eventId: id as string, requestBody: { summary: "newer" } });
    expect((await list({ orderBy: "updated" })).map((event) => event.id)).toEqual([later, id]);
    expect(startsOf(await list({ orderBy: "updated", singleEvents: true }))).toHaveLength(4);
    expect(await list({})).toEqual(await list({}));
  });

  fact(19, "shows its cancelled instances where it is listed itself, and all of its instances once it is deleted", async () => {
    const { id } = await insert(daily(2));
    const cancelled = `${id}_20260310T090000Z`;
    await client.events.delete({ calendarId, eventId: cancelled });
    const shown = async (query: object) => (await list(query)).map((event) => [event.id, event.status]);

    expect(await shown({})).toEqual([
      [id, "confirmed"],
      [cancelled, "cancelled"],
    ]);
    expect(await shown({ singleEvents: true })).toEqual([[`${id}_20260309T090000Z`, "confirmed"]]);

    await client.events.delete({ calendarId, eventId: id as string });
    expect(await shown({ showDeleted: true, singleEvents: true })).toEqual([
      [`${id}_20260309T090000Z`, "cancelled"],
      [cancelled, "cancelled"],
    ]);
    expect((await shown({ showDeleted: true })).map(([one]) => one)).toContain(id);
  });
});

describe("a list", () => {
  fact(20, "is searched by q in titles, texts, places, people and places of work", async () => {
    const place = { type: "officeLocation", officeLocation: { label: "harbour" } };
    const home = { type: "customLocation", customLocation: { label: "mountain" } };
    const bodies = [
      { summary: "Budget" },
      { description: "about the forecast" },
      { location: "Zagreb" },
      { attendees: [{ email: "wanda@fish.example", displayName: "Wanda Otter" }] },
      { eventType: "workingLocation", workingLocationProperties: place },
      { eventType: "workingLocation", workingLocationProperties: home },
    ];
    const ids: unknown[] = [];
    for (const body of bodies) ids.push((await insert({ ...timed("2026-03-09T09:00:00"), ...body })).id);
    const found = async (q: string) => (await list({ q })).map(({ id }) => ids.indexOf(id));

    expect(await Promise.all(["budget", "forecast", "zagreb"].map(found))).toEqual([[0], [1], [2]]);
    expect(await Promise.all(["otter", "wanda@fish.example"].map(found))).toEqual([[3], [3]]);
    expect(await Promise.all(["harbour", "mountain"].map(found))).toEqual([[4], [5]]);
    expect(await found("nothing")).toEqual([]);
    const organizer = await client.events.list({ calendarId, q: calendarId });
    expect(organizer.data.items).toHaveLength(bodies.length);
  });

  fact(20, "is filtered by properties name=value, of which several must all hold, and by types", async () => {
    const at = timed("2026-03-09T09:00:00");
    const both = await insert({ ...at, extendedProperties: { private: { a: "b c=d", e: "f" }, shared: { g: "h" } } });
    const one = await insert({ ...at, extendedProperties: { private: { a: "b c=d" } }, eventType: "focusTime" });
    const ids = async (query: object) => (await list(query)).map(({ id }) => id).sort();

    expect(await ids({ privateExtendedProperty: ["a=b c=d"] })).toEqual([both.id, one.id].sort());
    expect(await ids({ privateExtendedProperty: ["a=b c=d", "e=f"] })).toEqual([both.id]);
    expect(await ids({ privateExtendedProperty: ["a=b c=d"], sharedExtendedProperty: ["g=h"] })).toEqual([both.id]);
    expect(await ids({ sharedExtendedProperty: ["a=b c=d"] })).toEqual([]);
    expect(await ids({ eventTypes: ["focusTime", "birthday"] })).toEqual([one.id]);
  });

  fact(21, "writes times in the zone that is asked for, else in the calendar's", async () => {
    const berlin = await newCalendarOf(client, "Europe/Berlin");
    const requestBody = timed("2026-03-09T09:00:00", "America/New_York");
    const { data } = await client.events.insert({ calendarId: berlin, requestBody });
    const timeZone = "Asia/Tokyo";

    expect(data.start).toEqual({ dateTime: "2026-03-09T14:00:00+01:00", timeZone: "America/New_York" });
    const list = await client.events.list({ calendarId: berlin, timeZone });
    expect([list.data.timeZone, list.data.items?.[0]?.start]).toEqual([
      timeZone,
      { dateTime: "2026-03-09T22:00:00+09:00", timeZone: "America/New_York" },
    ]);
    const got = await client.events.get({ calendarId: berlin, eventId: data.id as string, timeZone });
    expect(got.data.start?.dateTime).toBe("2026-03-09T22:00:00+09:00");
  });

  fact(21, "with maxAttendees shows of a longer list of guests only the reader, and says that it does", async () => {
    const attendees = [{ email: "a@x.example" }, { email: ana.email }, { email: "b@x.example" }];
    const { id } = await insert({ ...timed("2026-03-09T09:00:00"), attendees });
    const asked = { calendarId: "primary", eventId: id as string };

    const short = (await client.events.get({ ...asked, maxAttendees: 2 })).data;
    expect([short.attendees, short.attendeesOmitted]).toEqual([
      [expect.objectContaining({ email: ana.email, self: true })],
      true,
    ]);
    const long = (await client.events.get({ ...asked, maxAttendees: 3 })).data;
    expect([long.attendees?.length, long.attendeesOmitted]).toEqual([3, undefined]);
  });
});
