import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, type Item, newCalendar } from "#test/support/events.ts";
import { findEverywhere, type Someone, someone } from "./someone.ts";

let api: Api;
let db: Database;
beforeAll(async () => {
  api = await startApi({ pushAllowLoopback: true });
  db = await openDatabase(api.databaseUrl, { poolSize: 2, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

const primary = "/calendar/v3/calendars/primary/events";
const own = (id: string) => `/calendar/v3/calendars/${encodeURIComponent(id)}`;
const list = "/calendar/v3/users/me/calendarList";
const lunch = { summary: "Lunch", ...at("2026-03-09T12:00:00") };
const series = { ...lunch, summary: "Daily", recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] };
const window = "singleEvents=true&timeMin=2026-01-01T00:00:00Z&timeMax=2027-01-01T00:00:00Z";
const pseudonymous = /^erased-[0-9a-f]{24}@erased\.invalid$/;

const erase = (id: string) => api.call("DELETE", `/v1/users/${id}`, { key: api.adminKey });
const channel = (marker: string) => ({
  id: randomUUID(),
  type: "web_hook",
  address: `http://127.0.0.1:9999/${marker}`,
  token: marker,
});
const isIntact = async () => (await api.call("GET", "/v1/audit/verify", { key: api.adminKey })).body.intact;

/** What an event is besides who takes part, and the numbers of its version. */
const withoutPeople = ({ attendees, organizer, creator, etag, updated, source, ...rest }: Item) => rest;
const itemsOf = async (person: Person, path = primary): Promise<Item[]> => (await person.get(`${path}?${window}`)).body.items;
const peopleIn = (item: Item) => [item.organizer, item.creator, ...(item.attendees ?? [])];

/** Lets a person leave what can be left, everywhere it can be. */
const live = async (ana: Someone, ben: Person) => {
  const { marker, email } = ana;
  const from = { "X-Forwarded-For": "203.0.113.77" };
  await ana.put("/v1/users/me/settings/weekStart", { value: "1" });
  await ana.post("/v1/users/me/keys", { name: `second ${marker}`, ipRanges: ["203.0.113.0/24", "127.0.0.0/8"] });
  await ana.patch(own("primary"), { summary: `Of ${marker}`, description: marker, location: marker }, from);
  expect(await ana.post(`${primary}/watch`, channel(marker))).toMatchObject({ status: 200 });

  const meeting = await ana.post(
    primary,
    {
      ...lunch,
      source: { title: marker, url: `https://x.example/${marker}` },
      attendees: [{ email, displayName: `A ${marker}`, responseStatus: "accepted", comment: marker }, { email: ben.email }],
    },
    { "Idempotency-Key": marker },
  );
  const daily = await ana.post(primary, { ...series, attendees: [{ email: ben.email }] });
  await ana.patch(`${primary}/${daily.body.id}_20260310T120000Z`, { summary: "Once" });
  await ana.patch(`${primary}/${daily.body.id}`, { ...at("2026-03-09T13:00:00") });
  const gone = await ana.post(primary, { ...lunch, summary: `Secret ${marker}` });
  await ana.delete(`${primary}/${gone.body.id}`);

  // On others' calendars: invited, once with other letters, and as one who made the event.
  const shared = await newCalendar(ben);
  await ben.post(`${own(shared.id)}/acl`, { scope: { type: "user", value: email }, role: "writer" });
  await ana.post(list, { id: shared.id, summaryOverride: marker });
  const guest = { email: email.toUpperCase(), displayName: `Guest ${marker}`, comment: marker, responseStatus: "tentative" };
  const invited = await ben.post(primary, { ...lunch, summary: "Ben's", attendees: [guest] });
  const other = await ana.post(`${shared.path}?conferenceDataVersion=1`, {
    ...lunch,
    summary: "Made by another",
    source: { title: marker, url: "https://y.example" },
    conferenceData: { parameters: { address: email }, entryPoints: [{ uri: `mailto:${email}` }] },
  });
  expect(other.body.conferenceData.entryPoints).toHaveLength(1);
  const past = await ben.post(shared.path, { ...series, summary: "Was once", attendees: [guest] });
  await ben.patch(`${shared.path}/${past.body.id}`, { ...at("2026-03-09T15:00:00"), attendees: [] });
  const cancelled = await ben.post(primary, { ...lunch, summary: "Called off", attendees: [guest] });
  await ben.delete(`${primary}/${cancelled.body.id}`);

  // What others have of them.
  await ana.post(`${own("primary")}/acl`, { scope: { type: "user", value: ben.email }, role: "writer" });
  await ben.post(list, { id: email, summaryOverride: marker });
  expect(await ben.post(`${own(email)}/events/watch`, channel(marker))).toMatchObject({ status: 200 });
  await ben.post("/v1/users/me/keys", { name: "for one calendar", calendars: [email] });
  const moved = await ben.post(primary, { ...lunch, summary: "Moved" });
  await ben.post(`${primary}/${moved.body.id}/move?destination=${encodeURIComponent(email)}`);
  await api.call("POST", "/v1/groups", { key: api.adminKey, body: { email: `g-${marker.slice(1)}@example.net` } });
  await api.call("PUT", `/v1/groups/g-${marker.slice(1)}@example.net/members/${email}`, { key: api.adminKey });
  return { meeting: meeting.body, invited: invited.body, shared };
};

describe("erasing somebody", () => {
  it("leaves no trace of them in any table, and others' events as they were save for a pseudonym", async () => {
    const ana = await someone(api);
    const ben = await api.person();
    const { invited, shared } = await live(ana, ben);
    const before = await itemsOf(ben);
    const beforeShared = await itemsOf(ben, shared.path);
    const { nextSyncToken: token } = (await ben.get(primary)).body;
    const rules = (await ben.get(`${own(shared.id)}/acl`)).body;
    const entries = (await ben.get(list)).body;
    expect((await findEverywhere(db, ana.marker)).length).toBeGreaterThan(20);

    const answer = await erase(ana.id);

    expect(answer).toMatchObject({ status: 204, body: undefined });
    expect(await findEverywhere(db, ana.marker)).toEqual([]);
    expect(await findEverywhere(db, "203.0.113.77")).toEqual([]);
    expect(await isIntact()).toBe(true);
    const after = await itemsOf(ben);
    expect(after.map(withoutPeople)).toEqual(before.map(withoutPeople));
    expect((await itemsOf(ben, shared.path)).map(withoutPeople).map(({ conferenceData, ...rest }) => rest)).toEqual(
      beforeShared.map(withoutPeople).map(({ conferenceData, ...rest }: Item) => rest),
    );
    const strangers = after
      .flatMap(peopleIn)
      .map(({ email }) => email)
      .filter((email) => email !== ben.email);
    expect(new Set(strangers).size).toBe(1);
    expect(strangers[0]).toMatch(pseudonymous);
    expect((await ben.get(`${primary}/${invited.id}`)).body.attendees).toEqual([
      { email: strangers[0], responseStatus: "tentative" },
    ]);
    expect((await ben.get(`${primary}?q=${ana.marker}`)).body.items).toEqual([]);

    // Who syncs hears of all of it.
    const told = (await ben.get(`${primary}?syncToken=${token}`)).body.items as Item[];
    expect(told.map(({ summary }) => summary)).toEqual(expect.arrayContaining(["Ben's", "Lunch", "Daily"]));
    expect(await ben.get(`${own(shared.id)}/acl?syncToken=${rules.nextSyncToken}`)).toMatchObject({ status: 410 });
    expect(await ben.get(`${list}?syncToken=${entries.nextSyncToken}`)).toMatchObject({ status: 410 });
    expect(await ana.get(primary)).toMatchObject({ status: 401 });
    expect(await erase(ana.id)).toMatchObject({ status: 404, reason: "notFound" });
  });

  it("lets guests go on with what they were invited to: an event of their own", async () => {
    const [ana, ben] = [await someone(api), await api.person()];
    const made = await ana.post(primary, { ...lunch, attendees: [{ email: ben.email }] });
    await erase(ana.id);

    const answered = await ben.patch(`${primary}/${made.body.id}`, {
      attendees: [{ email: ben.email, responseStatus: "accepted" }],
    });

    expect(answered).toMatchObject({
      status: 200,
      body: { status: "confirmed", organizer: { email: expect.stringMatching(pseudonymous) } },
    });
    expect(await ben.patch(`${primary}/${made.body.id}`, { summary: "Without her" })).toMatchObject({ status: 200 });
  });

  it("gives calendars that have another owner to the first of them, and deletes the others", async () => {
    const [ana, ben, cleo] = [await someone(api), await api.person(), await api.person()];
    const [joint, alone] = [await newCalendar(ana), await newCalendar(ana)];
    for (const { email } of [cleo, ben]) {
      await ana.post(`${own(joint.id)}/acl`, { scope: { type: "user", value: email }, role: "owner" });
    }
    await ana.post(`${own(alone.id)}/acl`, { scope: { type: "user", value: ben.email }, role: "writer" });
    await ben.post(list, { id: alone.id });
    const kept = await joint.insert(lunch);
    const copied = await alone.insert({ ...lunch, summary: "From alone", attendees: [{ email: ben.email }] });

    expect(await ana.delete("/v1/users/me")).toMatchObject({ status: 204 });

    expect((await cleo.get(own(joint.id))).body).toMatchObject({ dataOwner: cleo.email });
    expect((await cleo.get(`${own(joint.id)}/acl`)).body.items.map(({ id }: Item) => id).sort()).toEqual(
      [`user:${cleo.email}`, `user:${ben.email}`].sort(),
    );
    expect((await cleo.get(`${own(joint.id)}/events/${kept.id}`)).body.creator.email).toMatch(pseudonymous);
    expect(await ben.get(own(alone.id))).toMatchObject({ status: 404 });
    expect((await ben.get(list)).body.items.map(({ id }: Item) => id)).not.toContain(alone.id);
    const copy = (await ben.get(`${primary}/${copied.id}`)).body;
    expect(copy).toMatchObject({ status: "confirmed", summary: "From alone" });
    expect(copy.organizer.email).toMatch(pseudonymous);
    expect(await findEverywhere(db, ana.marker)).toEqual([]);
    expect(await isIntact()).toBe(true);
  });

  it("lets their address be used anew, by somebody with nothing of theirs", async () => {
    const ana = await someone(api);
    await ana.post(primary, lunch);
    await erase(ana.id);

    const again = await api.call("POST", "/v1/users", { key: api.adminKey, body: { email: ana.email } });

    expect(again.status).toBe(201);
    const key = await api.call("POST", `/v1/users/${again.body.id}/keys`, { key: api.adminKey, body: { name: "new" } });
    expect((await api.call("GET", primary, { key: key.body.key })).body.items).toEqual([]);
  });

  it("is for administrators and for themselves, with a key that reaches everything, and never for the last administrator", async () => {
    const [ana, ben] = [await someone(api), await api.person()];
    const limited = await ana.post("/v1/users/me/keys", { name: "one", calendars: ["primary"] });
    const reader = await ana.post("/v1/users/me/keys", { name: "reads", scopes: ["events.write", "calendars.write"] });

    expect(await ben.delete(`/v1/users/${ana.id}`)).toMatchObject({ status: 404 });
    expect(await api.call("DELETE", "/v1/users/me", { key: limited.body.key })).toMatchObject({ status: 404 });
    expect(await api.call("DELETE", "/v1/users/me", { key: reader.body.key })).toMatchObject({
      status: 403,
      reason: "insufficientPermissions",
    });
    expect(await api.call("DELETE", "/v1/users/me", { key: api.adminKey })).toMatchObject({
      status: 403,
      reason: "cannotDeleteLastAdministrator",
    });
    expect(await ana.get("/v1/users/me")).toMatchObject({ status: 200 });
  });

  it("under an Idempotency-Key is done once and answers the same again, and a self-erasure leaves no answer behind", async () => {
    const [ana, ben] = [await someone(api), await someone(api)];
    const headers = { "Idempotency-Key": randomUUID() };
    const send = () => api.call("DELETE", `/v1/users/${ana.id}`, { key: api.adminKey, headers });

    expect(await send()).toMatchObject({ status: 204 });
    const again = await send();

    expect(again.status).toBe(204);
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await ben.delete("/v1/users/me", { "Idempotency-Key": randomUUID() })).toMatchObject({ status: 204 });
    expect(await findEverywhere(db, ben.marker)).toEqual([]);
  });

  it("goes on where it was interrupted", async () => {
    const [ana, ben] = [await someone(api), await api.person()];
    await live(ana, ben);
    await db.query(
      sql.type(row())`update users set erased_as = 'erased-000000000000000000000000@erased.invalid' where id = ${ana.id}`,
    );
    expect(await api.call("GET", `/v1/users/${ana.id}`, { key: api.adminKey })).toMatchObject({ status: 404 });

    expect(await erase(ana.id)).toMatchObject({ status: 204 });

    expect(await findEverywhere(db, ana.marker)).toEqual([]);
    expect((await findEverywhere(db, "erased-000000000000000000000000")).length).toBeGreaterThan(0);
  });
});

describe("erasing somebody while", () => {
  it("their keys write fails nothing with 5xx and leaves nothing behind", async () => {
    const [ana, ben] = [await someone(api), await api.person()];
    await ana.post(`${own("primary")}/acl`, { scope: { type: "user", value: ben.email }, role: "writer" });
    let isDone = false;
    const statuses = new Set<number>();
    const keepWriting = async (write: () => Promise<{ readonly status: number }>) => {
      while (!isDone) statuses.add((await write()).status);
    };
    const guests = { attendees: [{ email: ben.email }, { email: ana.email, displayName: ana.marker }] };
    const writers = [
      keepWriting(() => ana.post(primary, { ...lunch, ...guests, summary: "Under way" })),
      keepWriting(() => ana.post("/calendar/v3/calendars", { summary: ana.marker })),
      keepWriting(() => ana.post("/v1/users/me/keys", { name: ana.marker })),
      keepWriting(() => ben.post(`${own(ana.email)}/events`, { ...lunch, summary: "By Ben" })),
    ];

    const answer = await erase(ana.id);
    isDone = true;
    await Promise.all(writers);

    expect(answer.status).toBe(204);
    expect([...statuses].filter((status) => status >= 500)).toEqual([]);
    expect(statuses).toContain(401);
    expect(await findEverywhere(db, ana.marker)).toEqual([]);
    expect(await isIntact()).toBe(true);
  });

  it("another process still takes their key for valid, takes what it writes away too", async () => {
    const [ana, ben] = [await someone(api), await api.person()];
    const { id } = (await ben.post(primary, lunch)).body;
    const erasing = erase(ana.id);
    await delay(1_000);
    await db.query(sql.type(row())`
      update events set change = change + 1, data = jsonb_set(data, '{details,creator}', jsonb_build_object('email', ${ana.email}::text))
      where calendar_id = ${ben.email} and id = ${id}
    `);
    await db.query(sql.type(row())`
      insert into calendars (id, owner_id, summary, time_zone, created_at, updated_at)
      values (${`late-${ana.id}`}, ${ana.id}, ${ana.marker}, 'UTC', now(), now())
    `);

    expect(await erasing).toMatchObject({ status: 204 });

    expect(await findEverywhere(db, ana.marker)).toEqual([]);
  });

  it("somebody else is erased who invited them, and was invited by them, ends with both gone", async () => {
    const pairs = Array.from({ length: 3 }, async () => {
      const [ana, ben, cleo] = [await someone(api), await someone(api), await api.person()];
      for (const [one, other] of [
        [ana, ben],
        [ben, ana],
      ] as const) {
        for (let index = 0; index < 5; index += 1) {
          await one.post(primary, { ...lunch, attendees: [{ email: other.email }, { email: cleo.email }] });
        }
        const calendar = await newCalendar(one);
        await one.post(`${own(calendar.id)}/acl`, { scope: { type: "user", value: other.email }, role: "owner" });
      }
      return [ana, ben, cleo] as const;
    });
    const people = await Promise.all(pairs);

    const answers = await Promise.all(people.flatMap(([ana, ben]) => [erase(ana.id), erase(ben.id)]));

    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 204));
    for (const [ana, ben, cleo] of people) {
      expect(await findEverywhere(db, ana.marker)).toEqual([]);
      expect(await findEverywhere(db, ben.marker)).toEqual([]);
      expect(await itemsOf(cleo)).toHaveLength(10);
    }
  });
});
