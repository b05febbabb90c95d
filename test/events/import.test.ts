import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, idsOf, newCalendar, on, startsOf } from "#test/support/events.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi();
  person = await api.person();
});
afterAll(() => api.stop());

const iCalUID = "meeting-1@elsewhere.example";
const organizer = { email: "Boss@elsewhere.example", displayName: "Boss" };
const meeting = { iCalUID, organizer, summary: "meeting", ...at("2026-03-09T09:00:00") };

describe("an imported event", () => {
  it("keeps its UID and its organizer, and has an id of its own", async () => {
    const calendar = await newCalendar(person);

    const { status, body } = await calendar.post("import", { ...meeting, id: "ignored", status: "tentative", sequence: 3 });

    expect(status).toBe(200);
    expect(body).toMatchObject({
      iCalUID,
      organizer,
      summary: "meeting",
      status: "tentative",
      sequence: 3,
      creator: { email: person.email },
    });
    expect(body.organizer).not.toHaveProperty("self");
    expect(body.id).toMatch(/^[a-v0-9]{26}$/);
  });

  it("is brought up to date when it comes again, and keeps its id", async () => {
    const calendar = await newCalendar(person);
    const first = await calendar.post("import", meeting);

    const again = await calendar.post("import", { iCalUID, summary: "moved", sequence: 1, ...on("2026-03-10") });

    expect(again.body).toMatchObject({
      id: first.body.id,
      summary: "moved",
      start: { date: "2026-03-10" },
      sequence: 1,
      organizer,
    });
    expect(again.body.creator).toEqual(first.body.creator);
    expect(again.body.created).toBe(first.body.created);
    expect(idsOf((await calendar.list()).items)).toEqual([first.body.id]);
  });

  it("comes once when it is imported many times at once", async () => {
    const calendar = await newCalendar(person);

    const answers = await Promise.all(Array.from({ length: 10 }, () => calendar.post("import", meeting)));

    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
    expect((await calendar.list()).items).toHaveLength(1);
  });

  it("comes back when it had been deleted", async () => {
    const calendar = await newCalendar(person);
    const { body } = await calendar.post("import", meeting);
    await calendar.delete(body.id);

    expect((await calendar.post("import", meeting)).body).toMatchObject({ id: body.id, status: "confirmed" });
  });

  it("is in each calendar on its own", async () => {
    const [one, other] = [await newCalendar(person), await newCalendar(person)];
    const ids = [await one.post("import", meeting), await other.post("import", meeting)].map(({ body }) => body.id);

    expect(new Set(ids).size).toBe(2);
  });

  it("is refused when the calendar has a newer version", async () => {
    const calendar = await newCalendar(person);
    await calendar.post("import", { ...meeting, sequence: 5 });

    const refused = await calendar.post("import", { ...meeting, sequence: 4, summary: "old" });

    expect(refused).toMatchObject({ status: 400, reason: "invalid" });
    expect(refused.body.error.message).toMatch(/^Invalid sequence value\./);
    expect((await calendar.list()).items).toMatchObject([{ summary: "meeting" }]);
    expect((await calendar.post("import", { ...meeting, summary: "new" })).body).toMatchObject({ summary: "new", sequence: 5 });
  });

  it("needs a UID, and is of the type default", async () => {
    const calendar = await newCalendar(person);

    const { iCalUID: _, ...anonymous } = meeting;
    for (const body of [anonymous, { ...meeting, iCalUID: "" }, { ...meeting, iCalUID: null }]) {
      const refused = await calendar.post("import", body);
      expect(refused.body.error.errors[0]).toMatchObject({ reason: "required", location: "iCalUID" });
    }
    const typed = await calendar.post("import", { ...meeting, eventType: "focusTime" });
    expect(typed.body.error.errors[0]).toMatchObject({ reason: "invalid", location: "eventType" });
    expect((await calendar.list()).items).toEqual([]);
  });
});

describe("an imported instance", () => {
  const series = { ...meeting, recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"] };
  const moved = {
    iCalUID,
    summary: "moved",
    originalStartTime: { dateTime: "2026-03-16T09:00:00Z" },
    ...at("2026-03-17T12:00:00"),
  };

  it("takes its place in the series with its UID", async () => {
    const calendar = await newCalendar(person);
    const { body: master } = await calendar.post("import", series);

    const { body } = await calendar.post("import", moved);

    expect(body).toMatchObject({
      id: `${master.id}_20260316T090000Z`,
      recurringEventId: master.id,
      iCalUID,
      originalStartTime: { dateTime: "2026-03-16T09:00:00Z" },
    });
    const { items } = await calendar.list({ singleEvents: true });
    expect(startsOf(items)).toEqual(["2026-03-09T09:00:00Z", "2026-03-17T12:00:00Z", "2026-03-23T09:00:00Z"]);
    const again = await calendar.post("import", { ...moved, summary: "moved again" });
    expect(again.body).toMatchObject({ id: body.id, summary: "moved again" });
    expect(idsOf((await calendar.list()).items)).toEqual([master.id, body.id]);
  });

  it("stays where it is when its series comes again", async () => {
    const calendar = await newCalendar(person);
    await calendar.post("import", series);
    await calendar.post("import", moved);

    await calendar.post("import", { ...series, summary: "renamed" });

    const { items } = await calendar.list({ singleEvents: true });
    expect(items.map(({ summary }) => summary)).toEqual(["renamed", "moved", "renamed"]);
  });

  it("can be a cancelled one", async () => {
    const calendar = await newCalendar(person);
    await calendar.post("import", series);

    expect((await calendar.post("import", { ...moved, status: "cancelled" })).body.status).toBe("cancelled");

    expect(startsOf((await calendar.list({ singleEvents: true })).items)).toEqual([
      "2026-03-09T09:00:00Z",
      "2026-03-23T09:00:00Z",
    ]);
  });

  it("whose series is not here is an event on its own", async () => {
    const calendar = await newCalendar(person);

    const { body } = await calendar.post("import", moved);

    expect(body).not.toHaveProperty("recurringEventId");
    expect(idsOf((await calendar.list({ singleEvents: true })).items)).toEqual([body.id]);
    expect((await calendar.post("import", { ...moved, summary: "again" })).body).toMatchObject({ id: body.id, summary: "again" });
  });

  it("that came before its series takes its place when that comes", async () => {
    const calendar = await newCalendar(person);
    const { body: alone } = await calendar.post("import", moved);
    const mirror = await calendar.list({ singleEvents: true });

    const { body: master } = await calendar.post("import", series);

    const { items } = await calendar.list({ singleEvents: true });
    expect(items.map(({ summary }) => summary)).toEqual(["meeting", "moved", "meeting"]);
    expect(items[1]).toMatchObject({ id: `${master.id}_20260316T090000Z`, recurringEventId: master.id });
    const told = await calendar.list({ singleEvents: true, syncToken: mirror.nextSyncToken as string });
    expect(told.items.find(({ id }) => id === alone.id)).toMatchObject({ status: "cancelled" });
  });

  it("for which its series has no place is kept, and shown when it has one", async () => {
    const calendar = await newCalendar(person);
    const { body: master } = await calendar.post("import", series);
    const late = { ...moved, summary: "late", originalStartTime: { dateTime: "2026-03-30T09:00:00Z" } };

    expect((await calendar.post("import", late)).body.status).toBe("cancelled");
    expect((await calendar.list({ singleEvents: true })).items).toHaveLength(3);
    await calendar.patch(master.id, { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=4"] });

    const { items } = await calendar.list({ singleEvents: true });
    expect(items.map(({ summary }) => summary)).toEqual(["meeting", "meeting", "late", "meeting"]);
  });
});
