import { type Api, type Person, startApi } from "#test/support/api.ts";
import { locationOf, Mirror, readAll } from "#test/support/sharing.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi();
  person = await api.person({ timeZone: "Europe/Berlin" });
});
afterAll(() => api.stop());

const path = "/calendar/v3/users/me/settings";
const set = (who: Person, id: string, value: unknown) => who.put(`/v1/users/me/settings/${id}`, { value });

describe("settings", () => {
  it("have their usual values, and the zone that the user was made with", async () => {
    const { items } = await readAll(person, path);

    expect(Object.fromEntries(items.map(({ id, value }) => [id, value]))).toEqual({
      autoAddHangouts: "false",
      dateFieldOrder: "MDY",
      defaultEventLength: "60",
      format24HourTime: "false",
      hideInvitations: "false",
      hideWeekends: "false",
      locale: "en",
      remindOnRespondedEventsOnly: "false",
      showDeclinedEvents: "true",
      timezone: "Europe/Berlin",
      useKeyboardShortcuts: "true",
      weekStart: "0",
    });
    expect(items.map(({ id }) => id)).toEqual(items.map(({ id }) => id).sort());
    for (const item of items) expect(item).toMatchObject({ kind: "calendar#setting", etag: expect.any(String) });
    expect((await person.get(path)).body).toMatchObject({ kind: "calendar#settings", etag: expect.any(String) });
  });

  it("come in pages of any size", async () => {
    const whole = (await readAll(person, path)).items;
    for (const maxResults of [1, 5, 11, 12, 13, 9_999]) {
      expect((await readAll(person, path, { maxResults })).items).toEqual(whole);
    }
  });

  it("are read one by one, with an ETag", async () => {
    const someone = await api.person();
    const read = await someone.get(`${path}/weekStart`);
    expect(read.body).toEqual({ kind: "calendar#setting", etag: read.headers.get("etag"), id: "weekStart", value: "0" });
    expect((await someone.get(`${path}/weekStart`, { "If-None-Match": read.body.etag })).status).toBe(304);

    const changed = await set(someone, "weekStart", "1");

    expect(changed).toMatchObject({ status: 200, body: { kind: "calendar#setting", id: "weekStart", value: "1" } });
    expect(changed.body.etag).not.toBe(read.body.etag);
    expect((await someone.get(`${path}/weekStart`, { "If-None-Match": read.body.etag })).body).toEqual(changed.body);
    expect(await someone.get(`${path}/colour`)).toMatchObject({ status: 404, reason: "notFound" });
  });

  it.each([
    ["dateFieldOrder", "YMD", "YMD"],
    ["defaultEventLength", "25", "25"],
    ["locale", "pt_BR", "pt_BR"],
    ["timezone", "asia/tokyo", "Asia/Tokyo"],
    ["weekStart", "6", "6"],
    ["hideWeekends", "true", "true"],
  ])("take a value they can have: %s %s", async (id, value, kept) => {
    expect((await set(person, id, value)).body).toMatchObject({ id, value: kept });
    expect((await person.get(`${path}/${id}`)).body.value).toBe(kept);
  });

  it.each<[string, unknown]>([
    ["dateFieldOrder", "DYM"],
    ["defaultEventLength", "0"],
    ["defaultEventLength", "1.5"],
    ["locale", "xx"],
    ["timezone", "Mars/Olympus"],
    ["weekStart", "2"],
    ["weekStart", 1],
    ["hideWeekends", true],
    ["hideWeekends", "yes"],
  ])("refuse a value they cannot have: %s %j", async (id, value) => {
    const refused = await set(person, id, value);

    expect(refused).toMatchObject({ status: 400, reason: "invalid" });
    expect(locationOf(refused)).toBe("value");
  });

  it("are changed by their user and by administrators", async () => {
    const [one, other] = [await api.person(), await api.person()];
    const own = `/v1/users/${one.id}/settings/weekStart`;

    expect(await other.put(own, { value: "1" })).toMatchObject({ status: 404, reason: "notFound" });
    expect((await one.put(own, { value: "1" })).status).toBe(200);
    expect((await api.call("PUT", own, { key: api.adminKey, body: { value: "6" } })).status).toBe(200);
    expect((await one.get(`${path}/weekStart`)).body.value).toBe("6");
    expect(await set(one, "colour", "red")).toMatchObject({ status: 404, reason: "notFound" });
    expect((await other.get(`${path}/weekStart`)).body.value).toBe("0");
  });

  it("tell a client that syncs what has changed, and nothing of the calendar list", async () => {
    const someone = await api.person();
    const mirror = new Mirror(someone, path);
    await mirror.sync();

    await set(someone, "weekStart", "1");
    await set(someone, "locale", "de");
    await someone.post("/calendar/v3/calendars", { summary: "x" });
    expect((await mirror.sync()).map(({ id, value }) => `${id} ${value}`)).toEqual(["weekStart 1", "locale de"]);
    expect(await mirror.sync(1)).toEqual([]);

    const entries = (await someone.get("/calendar/v3/users/me/calendarList")).body.nextSyncToken;
    for (const token of ["garbage", entries]) {
      expect(await someone.get(`${path}?syncToken=${token}`)).toMatchObject({ status: 400, reason: "invalid" });
    }
    expect(await person.get(`${path}?syncToken=${mirror.token}`)).toMatchObject({ status: 400, reason: "invalid" });
  });

  it("keep a mirror equal to a new list while dozens write at once", async () => {
    const someone = await api.person();
    const mirror = new Mirror(someone, path);
    let writing = true;
    const following = (async () => {
      while (writing) await mirror.sync(2);
      await mirror.sync(2);
    })();

    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, index) =>
        index % 2 === 0
          ? set(someone, "defaultEventLength", `${index + 1}`)
          : set(someone, "weekStart", ["0", "1", "6"][index % 3] as string),
      ),
    );
    writing = false;
    await following;

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(mirror.state()).toEqual((await readAll(someone, path)).items);
  });
});
