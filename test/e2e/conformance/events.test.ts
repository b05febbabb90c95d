/** Facts 22 to 28: what an event is. Its ids, times, numbers, what stays of it when it is deleted, and how it is changed. */
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
  calendarId = await newCalendarOf(client, "America/New_York");
});
afterAll(() => api.stop());

const newYork = "America/New_York";
const morning = timed("2026-03-09T09:00:00", newYork);
const insert = async (more: object = {}) =>
  (await client.events.insert({ calendarId, requestBody: { ...morning, ...more } })).data;
const get = async (eventId: string) => (await client.events.get({ calendarId, eventId })).data;
const patch = async (eventId: string, requestBody: object) =>
  (await client.events.patch({ calendarId, eventId, requestBody })).data;

describe("a deleted event", () => {
  fact(22, "can still be read, as cancelled; deleting it again is 410", async () => {
    const { id } = await insert();
    const eventId = id as string;
    expect((await client.events.delete({ calendarId, eventId })).status).toBe(204);

    expect(await get(eventId)).toMatchObject({ id, status: "cancelled" });
    expect(await refusalOf(client.events.delete({ calendarId, eventId }))).toEqual({
      status: 410,
      domain: "global",
      reason: "deleted",
      message: "Resource has been deleted",
    });
  });

  fact(25, "guarantees its id; a cancelled instance its id, its series, its original start and its status", async () => {
    const { id } = await insert({ recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
    const eventId = `${id}_20260310T130000Z`;
    await client.events.delete({ calendarId, eventId });

    expect(await get(eventId)).toMatchObject({
      id: eventId,
      recurringEventId: id,
      originalStartTime: { dateTime: "2026-03-10T09:00:00-04:00", timeZone: newYork },
      status: "cancelled",
    });
  });
});

describe("an event's id", () => {
  fact(23, "may be the client's: 5 to 1,024 letters a to v and digits, once per calendar", async () => {
    for (const id of ["abcde", "0v9", "v".repeat(1_024)].filter((one) => one.length >= 5)) {
      expect((await insert({ id })).id).toBe(id);
    }
    const other = await newCalendarOf(client);
    expect((await client.events.insert({ calendarId: other, requestBody: { ...morning, id: "abcde" } })).status).toBe(200);
    expect(await refusalOf(insert({ id: "abcde" }))).toEqual({
      status: 409,
      domain: "global",
      reason: "duplicate",
      message: "The requested identifier already exists.",
    });
    for (const id of ["abcd", "w2345", "ABCDE", "a_b-c", "v".repeat(1_025), "čabcd"]) {
      expect(await refusalOf(insert({ id }))).toMatchObject({ status: 400, reason: "invalid", location: "id" });
    }
    const text = /^Invalid resource id value\./;
    expect(await refusalOf(insert({ id: "abcd" }))).toMatchObject({ message: expect.stringMatching(text) });
  });

  fact(23, "is not its iCalUID, which all instances of a series share and which stays the same", async () => {
    const { id, iCalUID } = await insert({ recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
    expect(iCalUID).toMatch(new RegExp(`^${id}@[a-z.-]+$`));
    const { data } = await client.events.instances({ calendarId, eventId: id as string });
    expect(data.items?.map((item) => item.iCalUID)).toEqual([iCalUID, iCalUID]);
    expect(new Set(data.items?.map((item) => item.id)).size).toBe(2);
    const found = await client.events.list({ calendarId, iCalUID: iCalUID as string });
    expect(found.data.items).toMatchObject([{ id }]);
    expect((await insert({ iCalUID: "chosen@x.example" })).iCalUID).toBe("chosen@x.example");
  });

  fact(24, "of an instance is its series' and its original start, in UTC, or as a date", async () => {
    const timedSeries = await insert({ recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
    const days = { start: { date: "2026-03-09" }, end: { date: "2026-03-10" }, recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] };
    const daySeries = await insert(days);
    const idsOf = async (eventId: string) =>
      (await client.events.instances({ calendarId, eventId })).data.items?.map(({ id }) => id);

    expect(await idsOf(timedSeries.id as string)).toEqual([
      `${timedSeries.id}_20260309T130000Z`,
      `${timedSeries.id}_20260310T130000Z`,
    ]);
    expect(await idsOf(daySeries.id as string)).toEqual([`${daySeries.id}_20260309`, `${daySeries.id}_20260310`]);
  });
});

describe("an instance that nobody has written", () => {
  fact(25, "can be got, patched, updated and deleted by its id, and keeps its place in the series", async () => {
    const { id } = await insert({ recurrence: ["RRULE:FREQ=DAILY;COUNT=4"], summary: "daily" });
    const [first, second, third, fourth] = [9, 10, 11, 12].map((day) => `${id}_202603${day < 10 ? `0${day}` : day}T130000Z`);

    expect(await get(first as string)).toMatchObject({ id: first, recurringEventId: id, summary: "daily" });
    expect(await patch(second as string, { summary: "patched" })).toMatchObject({ id: second, summary: "patched" });
    const moved = { ...timed("2026-03-20T09:00:00", newYork), recurringEventId: "x", originalStartTime: { date: "2026-01-01" } };
    const { data } = await client.events.update({ calendarId, eventId: third as string, requestBody: moved });
    expect(data).toMatchObject({ id: third, recurringEventId: id, start: { dateTime: "2026-03-20T09:00:00-04:00" } });
    expect(data.originalStartTime).toEqual({ dateTime: "2026-03-11T09:00:00-04:00", timeZone: newYork });
    await client.events.delete({ calendarId, eventId: fourth as string });
    const { data: left } = await client.events.instances({ calendarId, eventId: id as string });
    expect(left.items?.map((item) => [item.id, item.summary])).toEqual([
      [first, "daily"],
      [second, "patched"],
      [third, undefined],
    ]);
  });
});

describe("an event's times", () => {
  fact(25, "and words that cannot change are its type, and whether it is a private copy", async () => {
    const { id } = await insert({ eventType: "focusTime", privateCopy: true });
    expect(await patch(id as string, { privateCopy: false })).toMatchObject({ privateCopy: true });
    const refusal = await refusalOf(patch(id as string, { eventType: "outOfOffice" }));
    expect(refusal).toMatchObject({ status: 400, reason: "invalid", location: "eventType" });
    const ofGmail = await refusalOf(insert({ eventType: "fromGmail" }));
    expect(ofGmail).toMatchObject({ status: 400, reason: "invalid", location: "eventType" });
  });

  fact(
    26,
    "are dates or times, not both, with an exclusive end; without an offset a zone is needed, and in a series always",
    async () => {
      const day = await insert({ start: { date: "2026-03-09" }, end: { date: "2026-03-10" } });
      expect([day.start, day.end]).toEqual([{ date: "2026-03-09" }, { date: "2026-03-10" }]);
      expect((await insert(morning)).start).toEqual({ dateTime: "2026-03-09T09:00:00-04:00", timeZone: newYork });
      const refused = async (more: object) => {
        const { status, reason, location } = await refusalOf(insert(more));
        return [status, reason, location];
      };
      const both = { date: "2026-03-09", dateTime: "2026-03-09T09:00:00Z" };
      expect(await refused({ start: both })).toEqual([400, "invalid", "start"]);
      expect(await refused({ start: { date: "2026-03-09" } })).toEqual([400, "invalid", "end"]);
      expect(await refused({ start: { dateTime: "2026-03-09T08:00:00" } })).toEqual([400, "invalid", "start.dateTime"]);
      const recurrence = ["RRULE:FREQ=DAILY"];
      expect(await refused({ start: { dateTime: "2026-03-09T08:00:00Z" }, recurrence })).toEqual([
        400,
        "required",
        "start.timeZone",
      ]);
      expect(await refused({ start: morning.end, end: morning.start })).toEqual([400, "timeRangeEmpty", "end"]);
    },
  );

  fact(26, "recur by RRULE, EXRULE, RDATE and EXDATE lines; DTSTART and DTEND lines are refused", async () => {
    const { id } = await insert({
      recurrence: [
        "RRULE:FREQ=DAILY;COUNT=4",
        "EXRULE:FREQ=DAILY;INTERVAL=3;COUNT=2",
        "EXDATE;TZID=America/New_York:20260310T090000",
        "RDATE;TZID=America/New_York:20260401T090000",
      ],
    });
    const { data } = await client.events.instances({ calendarId, eventId: id as string });
    expect(startsOf(data.items ?? [])).toEqual(["2026-03-11T09:00:00-04:00", "2026-04-01T09:00:00-04:00"]);
    for (const line of ["DTSTART:20260309T090000Z", "DTEND:20260309T100000Z"]) {
      const refusal = await refusalOf(insert({ recurrence: ["RRULE:FREQ=DAILY", line] }));
      expect(refusal).toMatchObject({ status: 400, reason: "invalid", location: "recurrence" });
    }
  });
});

describe("a change", () => {
  fact(27, "with a lower sequence is refused in the words that clients know", async () => {
    const { id } = await insert({ sequence: 3 });
    expect(await refusalOf(patch(id as string, { sequence: 2 }))).toMatchObject({
      status: 400,
      reason: "invalid",
      message: expect.stringMatching(/^Invalid sequence value\./),
      location: "sequence",
    });
    expect((await patch(id as string, { sequence: 3, summary: "x" })).sequence).toBe(3);
    expect((await patch(id as string, { sequence: 7 })).sequence).toBe(7);
    expect((await patch(id as string, timed("2026-03-10T09:00:00", newYork))).sequence).toBe(8);
  });

  fact(28, "by patch keeps what it does not name, removes what it names null, and replaces lists whole", async () => {
    const shared = { a: "1", b: "2" };
    const attendees = [{ email: "a@x.example" }, { email: "b@x.example" }];
    const { id } = await insert({ summary: "s", location: "l", attendees, extendedProperties: { shared } });

    const changed = await patch(id as string, {
      location: null,
      attendees: [{ email: "c@x.example" }],
      extendedProperties: { shared: { b: null, c: "3" } },
    });

    expect(changed).toMatchObject({ summary: "s", extendedProperties: { shared: { a: "1", c: "3" } } });
    expect(changed).not.toHaveProperty("location");
    expect(changed.extendedProperties?.shared).not.toHaveProperty("b");
    expect(changed.attendees?.map(({ email }) => email)).toEqual(["c@x.example"]);
  });

  fact(28, "by update replaces all, also with what is not there", async () => {
    const { id } = await insert({
      summary: "s",
      location: "l",
      visibility: "private",
      extendedProperties: { private: { a: "1" } },
    });
    const { data } = await client.events.update({ calendarId, eventId: id as string, requestBody: morning });
    for (const name of ["summary", "location", "visibility", "extendedProperties"]) expect(data).not.toHaveProperty(name);
  });

  fact(28, "of reminders alone does not change when the event was updated", async () => {
    const { id, updated } = await insert();
    const reminders = { useDefault: false, overrides: [{ method: "popup", minutes: 5 }] };
    expect(await patch(id as string, { reminders })).toMatchObject({ updated, reminders });
    expect((await patch(id as string, { summary: "x" })).updated).not.toBe(updated);
  });
});
