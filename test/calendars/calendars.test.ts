import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, idsOf, newCalendar, on, startsOf } from "#test/support/events.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi();
  person = await api.person({ timeZone: "Europe/Berlin" });
});
afterAll(() => api.stop());

const calendars = "/calendar/v3/calendars";
const pathOf = (id: string) => `${calendars}/${encodeURIComponent(id)}`;
const make = async (body: object = {}) => (await person.post(calendars, { summary: "Team", ...body })).body;

describe("a calendar", () => {
  it("is made with what the client says, and read by its id, however that is encoded", async () => {
    const said = { summary: "Team", description: "Ours", location: "Here", timeZone: "America/New_York" };

    const made = await person.post(calendars, said);

    expect(made).toMatchObject({ status: 200, body: { kind: "calendar#calendar", ...said } });
    expect(made.body.id).toMatch(/^c_[0-9a-f]{32}@group\.calendar-api\.internal$/);
    for (const path of [pathOf(made.body.id), `${calendars}/${made.body.id}`, pathOf(made.body.id.toUpperCase())]) {
      const read = await person.get(path);
      expect(read.body).toEqual(made.body);
      expect(read.headers.get("etag")).toBe(made.body.etag);
    }
  });

  it("keeps what it only keeps of Google's fields, and ignores all others", async () => {
    const made = await make({ autoAcceptInvitations: true, id: "chosen", etag: '"0"', surprise: 1 });

    expect(made).toMatchObject({ autoAcceptInvitations: true });
    expect(made.id).not.toBe("chosen");
    expect(made).not.toHaveProperty("surprise");
  });

  it("is in UTC when nothing is said, and knows zones in any case", async () => {
    expect((await make()).timeZone).toBe("UTC");
    expect((await make({ timeZone: "asia/KOLKATA" })).timeZone).toBe("Asia/Kolkata");
  });

  it.each<[string, unknown, string, string]>([
    ["no summary", { description: "x" }, "required", "summary"],
    ["an empty summary", { summary: "" }, "required", "summary"],
    ["a summary that is null", { summary: null }, "required", "summary"],
    ["a summary that is a number", { summary: 1 }, "invalid", "summary"],
    ["a long summary", { summary: "x".repeat(1_001) }, "invalid", "summary"],
    ["a long description", { summary: "x", description: "x".repeat(8_193) }, "invalid", "description"],
    ["an unknown zone", { summary: "x", timeZone: "Mars/Olympus" }, "invalid", "timeZone"],
    ["an offset for a zone", { summary: "x", timeZone: "+01:00" }, "invalid", "timeZone"],
    ["a NUL", { summary: "a\0b" }, "invalid", "summary"],
  ])("with %s is refused", async (_, body, reason, location) => {
    const { id } = await make({ summary: "stays" });

    for (const refused of [await person.post(calendars, body), await person.put(pathOf(id), body)]) {
      expect(refused).toMatchObject({ status: 400, reason });
      expect(refused.body.error.errors[0].location).toBe(location);
    }
    expect((await person.get(pathOf(id))).body.summary).toBe("stays");
  });

  it("keeps in a patch what the patch does not name, and loses what it names null", async () => {
    const { id } = await make({ description: "Ours", location: "Here", timeZone: "Asia/Tokyo", autoAcceptInvitations: true });

    const { body } = await person.patch(pathOf(id), { summary: "New", location: null });

    expect(body).toMatchObject({ summary: "New", description: "Ours", timeZone: "Asia/Tokyo", autoAcceptInvitations: true });
    expect(body).not.toHaveProperty("location");
    expect((await person.get(pathOf(id))).body).toEqual(body);
    expect((await person.patch(pathOf(id), {})).body).toMatchObject({ summary: "New", description: "Ours" });
  });

  it("loses in a replacement what that does not have, but not its zone", async () => {
    const { id } = await make({ description: "Ours", timeZone: "Asia/Tokyo", autoAcceptInvitations: true });

    const { body } = await person.put(pathOf(id), { summary: "New" });

    expect(body).toMatchObject({ summary: "New", timeZone: "Asia/Tokyo" });
    for (const name of ["description", "autoAcceptInvitations"]) expect(body).not.toHaveProperty(name);
  });

  it("has an ETag of its own, which its events leave alone", async () => {
    const { id, etag } = await make();
    await person.post(`${pathOf(id)}/events`, on("2026-03-09"));
    expect((await person.get(pathOf(id), { "If-None-Match": etag })).status).toBe(304);

    const changed = await person.patch(pathOf(id), { summary: "New" }, { "If-Match": etag });
    expect(changed.status).toBe(200);
    expect(changed.body.etag).not.toBe(etag);
    for (const refused of [
      await person.patch(pathOf(id), { summary: "Stale" }, { "If-Match": etag }),
      await person.put(pathOf(id), { summary: "Stale" }, { "If-Match": etag }),
      await person.delete(pathOf(id), { "If-Match": etag }),
    ]) {
      expect(refused).toMatchObject({ status: 412, reason: "conditionNotMet" });
    }
    expect((await person.get(pathOf(id), { "If-None-Match": etag })).body.summary).toBe("New");
    expect((await person.delete(pathOf(id), { "If-Match": changed.body.etag })).status).toBe(204);
  });

  it("is gone with everything in it when it is deleted", async () => {
    const calendar = await newCalendar(person);
    const { id } = await calendar.insert({ ...on("2026-03-09"), recurrence: ["RRULE:FREQ=DAILY"] });
    await calendar.patch(`${id}_20260310`, { summary: "x" });
    await calendar.patch(id, { recurrence: ["RRULE:FREQ=WEEKLY"] });

    expect(await person.delete(pathOf(calendar.id))).toMatchObject({ status: 204, body: undefined });

    expect(await person.get(pathOf(calendar.id))).toMatchObject({ status: 404, reason: "notFound" });
    expect(await calendar.get(id)).toMatchObject({ status: 404, reason: "notFound" });
    expect(await person.delete(pathOf(calendar.id))).toMatchObject({ status: 404, reason: "notFound" });
  });

  it("of another person is not found: that it exists is none of the caller's business", async () => {
    const { id } = await make();
    const other = await api.person();

    for (const one of [id, person.email]) {
      for (const answer of [
        await other.get(pathOf(one)),
        await other.patch(pathOf(one), { summary: "Mine" }),
        await other.put(pathOf(one), { summary: "Mine" }),
        await other.delete(pathOf(one)),
        await other.post(`${pathOf(one)}/clear`),
        await other.get(`${pathOf(one)}/events`),
      ]) {
        expect(answer).toMatchObject({
          status: 404,
          reason: "notFound",
          body: (await other.get(pathOf("nobody@example.org"))).body,
        });
      }
    }
  });

  it("shows its own zone's hours, also those of events that were there before its zone changed", async () => {
    const calendar = await newCalendar(person, "UTC");
    await calendar.insert(at("2026-03-09T12:00:00"));
    await calendar.insert({ ...on("2026-03-09"), summary: "day" });

    await person.patch(pathOf(calendar.id), { timeZone: "Asia/Tokyo" });

    const { items } = await calendar.list({
      singleEvents: true,
      timeMin: "2026-03-08T15:00:00Z",
      timeMax: "2026-03-09T15:00:00Z",
    });
    expect(startsOf(items)).toEqual(["2026-03-09", "2026-03-09T21:00:00+09:00"]);
  });
});

describe("the primary calendar", () => {
  it("is everybody's own, under their address or the word primary", async () => {
    const primary = await person.get(`${calendars}/primary`);

    expect(primary.body).toMatchObject({ id: person.email, timeZone: "Europe/Berlin" });
    expect((await person.get(pathOf(person.email))).body).toEqual(primary.body);
    expect((await person.patch(`${calendars}/primary`, { summary: "Me" })).body).toMatchObject({
      id: person.email,
      summary: "Me",
    });
  });

  it("cannot be deleted", async () => {
    for (const id of ["primary", person.email]) {
      expect(await person.delete(pathOf(id))).toMatchObject({ status: 403, reason: "cannotDeletePrimaryCalendar" });
    }
  });

  it("can be cleared, which clients that sync hear of; other calendars cannot", async () => {
    const someone = await api.person();
    const events = `${calendars}/primary/events`;
    await someone.post(events, { id: "single", ...on("2026-03-09") });
    await someone.post(events, { id: "series", ...on("2026-03-09"), recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
    await someone.patch(`${events}/series_20260310`, { summary: "x" });
    const { body } = await someone.get(`${events}?singleEvents=true`);

    const cleared = await someone.post(`${calendars}/primary/clear`);

    expect(cleared).toMatchObject({ status: 204, body: undefined });
    expect((await someone.get(events)).body.items).toEqual([]);
    const told = await someone.get(`${events}?singleEvents=true&syncToken=${body.nextSyncToken}`);
    expect(idsOf(told.body.items).sort()).toEqual(["series_20260309", "series_20260310", "single"]);
    expect(new Set(told.body.items.map(({ status }: { status: string }) => status))).toEqual(new Set(["cancelled"]));
    expect((await someone.post(`${calendars}/primary/clear`)).status).toBe(204);
    const { id } = await make();
    expect(await person.post(`${pathOf(id)}/clear`)).toMatchObject({ status: 400, reason: "invalid" });
  });
});
