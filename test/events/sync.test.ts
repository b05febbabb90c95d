import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, type Item, newCalendar, on, queryOf, type TestCalendar } from "#test/support/events.ts";
import { randomWriter } from "./random-writer.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi();
  person = await api.person();
});
afterAll(() => api.stop());

/** A program that keeps a copy of a calendar by sync tokens: it puts each item in the place of what it had under that id. */
class Mirror {
  readonly calendar: TestCalendar;
  readonly query: Record<string, string | boolean>;
  readonly events = new Map<string, Item>();
  token: string | undefined;

  constructor(calendar: TestCalendar, query: Record<string, string | boolean> = {}) {
    this.calendar = calendar;
    this.query = query;
  }

  /** Follows the changes; answers the items that were told. */
  async sync(maxResults = 2_500): Promise<Item[]> {
    const { singleEvents = false } = this.query;
    const query = this.token ? { syncToken: this.token, singleEvents } : this.query;
    const { items, nextSyncToken } = await this.calendar.list({ ...query, maxResults });
    for (const item of items) this.events.set(item.id, item);
    expect(nextSyncToken).toBeDefined();
    this.token = nextSyncToken;
    return items;
  }

  /** What there is, by id: deleted events are not, and exceptions live as long as their series. */
  state(): Record<string, Item> {
    return standing([...this.events.values()]);
  }
}

const standing = (items: readonly Item[]): Record<string, Item> =>
  Object.fromEntries(
    items
      .filter(({ status }) => status !== "cancelled")
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((item) => [item.id, item]),
  );

const takenOut = (items: readonly Item[]): string[] =>
  items.filter(({ status, recurringEventId }) => status === "cancelled" && recurringEventId).map(({ id }) => id);

const summaries = (items: readonly Item[]) => items.map(({ summary, status }) => `${summary} ${status}`).sort();

describe("a sync token", () => {
  it("tells only what has changed since, deletions included", async () => {
    const calendar = await newCalendar(person);
    const [kept, changed, gone] = await Promise.all(
      ["kept", "changed", "gone"].map((summary) => calendar.insert({ summary, ...at("2026-03-09T09:00:00") })),
    );
    const mirror = new Mirror(calendar);
    await mirror.sync();

    await calendar.patch(changed.id, { summary: "changed again" });
    await calendar.delete(gone.id);
    await calendar.insert({ summary: "new", ...on("2026-03-10") });
    const told = await mirror.sync();

    expect(summaries(told)).toEqual(["changed again confirmed", "gone cancelled", "new confirmed"]);
    expect(Object.keys(mirror.state())).toContain(kept.id);
    expect(await mirror.sync()).toEqual([]);
  });

  it("comes with the last page alone, and pages of changes lose nothing that is written in between", async () => {
    const calendar = await newCalendar(person);
    const mirror = new Mirror(calendar);
    await mirror.sync();
    const events = [];
    for (const number of [1, 2, 3, 4, 5]) events.push(await calendar.insert({ summary: `${number}`, ...on("2026-03-10") }));
    const first = await person.get(`${calendar.path}?${queryOf({ syncToken: mirror.token as string, maxResults: 2 })}`);
    expect(first.body.nextSyncToken).toBeUndefined();

    await calendar.patch(events[0].id, { summary: "1 again" });
    await calendar.patch(events[4].id, { summary: "5 again" });
    const seen = new Map(first.body.items.map((item: Item) => [item.id, item.summary]));
    const rest = await calendar.list({ syncToken: mirror.token as string, maxResults: 2, pageToken: first.body.nextPageToken });
    for (const item of rest.items) seen.set(item.id, item.summary);
    const after = await calendar.list({ syncToken: rest.nextSyncToken as string });
    for (const item of after.items) seen.set(item.id, item.summary);

    expect([...seen.values()].sort()).toEqual(["1 again", "2", "3", "4", "5 again"]);
  });

  it("of a list that was written to between its pages tells what the list missed", async () => {
    const calendar = await newCalendar(person);
    for (const number of [1, 2, 3, 4]) await calendar.insert({ id: `event${number}`, ...on(`2026-03-1${number}`) });
    const query = { singleEvents: true, maxResults: 2 };
    const first = await person.get(`${calendar.path}?${queryOf(query)}`);

    await calendar.patch("event4", on("2026-03-01"));
    const rest = await calendar.list({ ...query, pageToken: first.body.nextPageToken });
    const told = await calendar.list({ singleEvents: true, syncToken: rest.nextSyncToken as string });

    expect(rest.items.map(({ id }) => id)).toEqual(["event3"]);
    expect(told.items.map(({ id }) => id)).toEqual(["event4"]);
  });

  it("tells a client that keeps instances about every instance of a series that changed", async () => {
    const calendar = await newCalendar(person, "America/New_York");
    const series = await calendar.insert({
      summary: "standup",
      ...at("2026-03-04T09:00:00", "America/New_York"),
      recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3"],
    });
    const mirror = new Mirror(calendar, { singleEvents: true });
    await mirror.sync();

    await calendar.patch(series.id, { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=2"] });
    const shortened = await mirror.sync();
    await calendar.patch(series.id, { recurrence: null });
    const single = await mirror.sync();
    await calendar.patch(series.id, { recurrence: ["RRULE:FREQ=WEEKLY;COUNT=2"] });
    const again = await mirror.sync();
    await calendar.delete(series.id);
    const deleted = await mirror.sync();

    const [first, second, third] = ["20260304T140000Z", "20260311T130000Z", "20260318T130000Z"].map(
      (key) => `${series.id}_${key}`,
    );
    const told = (items: Item[]) => items.map(({ id, status }) => `${id} ${status}`);
    expect(told(shortened)).toEqual([`${first} confirmed`, `${second} confirmed`, `${third} cancelled`]);
    expect(told(single)).toEqual([`${series.id} confirmed`, `${first} cancelled`, `${second} cancelled`]);
    expect(told(again)).toEqual([`${series.id} cancelled`, `${first} confirmed`, `${second} confirmed`]);
    expect(told(deleted)).toEqual([`${first} cancelled`, `${second} cancelled`]);
  });

  it("takes from a client the single event that was deleted and came back as a series", async () => {
    const calendar = await newCalendar(person);
    const { id } = await calendar.insert(on("2026-03-09"));
    const mirror = new Mirror(calendar, { singleEvents: true });
    await mirror.sync();

    await calendar.delete(id);
    await calendar.put(id, { ...on("2026-03-09"), recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
    await mirror.sync();

    expect(Object.keys(mirror.state())).toEqual([`${id}_20260309`, `${id}_20260310`]);
  });

  it("lets a client find out what has left the list's window", async () => {
    const calendar = await newCalendar(person);
    const event = await calendar.insert({ summary: "in", ...at("2026-03-09T09:00:00") });
    const window = { timeMin: "2026-03-01T00:00:00Z", timeMax: "2026-04-01T00:00:00Z" };
    const mirrors = [new Mirror(calendar, window), new Mirror(calendar, { ...window, singleEvents: true })];
    for (const mirror of mirrors) await mirror.sync();

    await calendar.patch(event.id, at("2026-05-09T09:00:00"));

    for (const mirror of mirrors) {
      await mirror.sync();
      expect(mirror.state()).toEqual({});
    }
  });

  it("remembers whether instances were listed when the client does not say it again", async () => {
    const calendar = await newCalendar(person);
    const { nextSyncToken } = await calendar.list({ singleEvents: true });
    const series = await calendar.insert({ ...on("2026-03-09"), recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });

    const told = await calendar.list({ syncToken: nextSyncToken as string });

    expect(told.items.map(({ id }) => id)).toEqual([`${series.id}_20260309`, `${series.id}_20260310`]);
  });

  it.each(["garbage", "AAAA", "a b", "😀"])("that is none, %j, is refused with the text clients know", async (token) => {
    const calendar = await newCalendar(person);

    const refused = await calendar.get(`?syncToken=${encodeURIComponent(token)}`);

    expect(refused).toMatchObject({ status: 400, reason: "invalid", body: { error: { message: "Invalid sync token value." } } });
    expect(refused.body.error.errors[0].location).toBe("syncToken");
  });

  it("of another calendar, or with its bytes changed, is refused", async () => {
    const calendar = await newCalendar(person);
    const { nextSyncToken } = await calendar.list();
    const token = nextSyncToken as string;
    const other = await newCalendar(person);

    expect(await other.get(`?syncToken=${token}`)).toMatchObject({ status: 400, reason: "invalid" });
    expect(await calendar.get(`?syncToken=${token.slice(0, -2)}AA`)).toMatchObject({ status: 400, reason: "invalid" });
    expect(await calendar.get(`?syncToken=${token}`)).toMatchObject({ status: 200 });
  });

  it.each([
    ["iCalUID", "x"],
    ["orderBy", "updated"],
    ["privateExtendedProperty", "a=b"],
    ["q", "x"],
    ["sharedExtendedProperty", "a=b"],
    ["timeMin", "2026-01-01T00:00:00Z"],
    ["timeMax", "2026-01-01T00:00:00Z"],
    ["updatedMin", "2026-01-01T00:00:00Z"],
    ["showDeleted", "false"],
  ])("cannot be used with %s", async (name, value) => {
    const calendar = await newCalendar(person);
    const { nextSyncToken } = await calendar.list();

    const refused = await calendar.get(`?${queryOf({ syncToken: nextSyncToken as string, [name]: value })}`);

    expect(refused).toMatchObject({ status: 400, reason: "invalid" });
    expect(refused.body.error.errors[0].location).toBe(name);
  });

  it("is not given for a list that it could not continue", async () => {
    const calendar = await newCalendar(person);

    expect((await calendar.list({ q: "x" })).nextSyncToken).toBeUndefined();
    expect((await calendar.list({ orderBy: "updated" })).nextSyncToken).toBeUndefined();
    expect((await calendar.list({ timeMin: "2026-01-01T00:00:00Z" })).nextSyncToken).toBeDefined();
  });

  it("asks for a full sync when the calendar's days begin elsewhere", async () => {
    const calendar = await newCalendar(person, "Europe/Berlin");
    const { nextSyncToken } = await calendar.list();
    await person.patch(`/calendar/v3/calendars/${calendar.id}`, { timeZone: "Asia/Tokyo" });

    expect(await calendar.get(`?syncToken=${nextSyncToken}`)).toMatchObject({ status: 410, reason: "fullSyncRequired" });
    expect((await calendar.list()).nextSyncToken).toBeDefined();
  });

  it("asks for a full sync when the years in which endless series are listed have moved on", async () => {
    const calendar = await newCalendar(person);
    const instances = await calendar.list({ singleEvents: true });
    const series = await calendar.list();
    const { now } = Date;
    Date.now = () => now() + 400 * 86_400_000;

    const gone = await calendar.get(`?syncToken=${instances.nextSyncToken}`);
    const valid = await calendar.get(`?syncToken=${series.nextSyncToken}`);
    Date.now = now;

    expect(gone).toMatchObject({ status: 410, reason: "fullSyncRequired" });
    expect(gone.body.error.message).toBe("Sync token is no longer valid, a full sync is required.");
    expect(valid.status).toBe(200);
  });
});

describe("mirrors kept by sync tokens", () => {
  it.each([1, 2, 3])("equal new lists through random writes (seed %i)", async (seed) => {
    const calendar = await newCalendar(person, "America/New_York");
    const { random, write } = randomWriter(calendar, seed);
    const window = { timeMin: "2026-03-10T12:00:00Z", timeMax: "2026-04-20T12:00:00Z" };
    const mirrors = [{}, { singleEvents: true }, window, { ...window, singleEvents: true }].map(
      (query) => new Mirror(calendar, query),
    );

    for (let writes = 0; writes < 200; ) {
      for (let burst = random(20); burst >= 0; burst -= 1, writes += 1) await write();
      for (const mirror of mirrors) {
        await mirror.sync(1 + random(100));
        const fresh = await calendar.list({ ...mirror.query, maxResults: 2_500 });
        expect(mirror.state()).toEqual(standing(fresh.items));
        expect(takenOut([...mirror.events.values()])).toEqual(expect.arrayContaining(takenOut(fresh.items)));
      }
    }
  });

  it("equal a new list after a hundred writers have written at once", async () => {
    const calendar = await newCalendar(person);
    const mirrors = [new Mirror(calendar), new Mirror(calendar, { singleEvents: true })];
    let writing = true;
    const following = mirrors.map(async (mirror) => {
      while (writing) await mirror.sync(7);
      await mirror.sync(7);
    });

    const statuses = await Promise.all(
      Array.from({ length: 100 }, async (_, index) => {
        const series = index % 10 === 0 && { recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] };
        const { id } = await calendar.insert({ ...on("2026-03-09"), ...series });
        const patched = await calendar.patch(id, { summary: `${index}` });
        const deleted = index % 3 === 0 ? await calendar.delete(id) : undefined;
        return [patched.status, deleted?.status ?? 204];
      }),
    );
    writing = false;
    await Promise.all(following);

    expect(new Set(statuses.map(String))).toEqual(new Set(["200,204"]));
    for (const mirror of mirrors) {
      expect(mirror.state()).toEqual(standing((await calendar.list({ ...mirror.query })).items));
    }
  });
});
