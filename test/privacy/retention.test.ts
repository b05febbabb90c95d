import { keepRetention, type RetentionDays } from "#lib/domain/retention.ts";
import { services } from "#lib/entry/services.ts";
import { row, sql } from "#lib/sql/database.ts";
import { type Api, startApi } from "#test/support/api.ts";
import { at, type Item, newCalendar } from "#test/support/events.ts";
import { findEverywhere, someone } from "./someone.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const dayMs = 86_400_000;
const primary = "/calendar/v3/calendars/primary/events";
const forEver: RetentionDays = {
  tombstoneDays: 36_500,
  auditRetentionDays: 36_500,
  eventRetentionDays: Number.POSITIVE_INFINITY,
  usageRetentionDays: 36_500,
};

/** Lets the job run at a time. */
const keep = async (days: Partial<RetentionDays>, now = Date.now()) => {
  const { db, settings } = await services();
  return keepRetention({ db, settings, now: () => now }, { ...forEver, ...days });
};
const isIntact = async () => (await api.call("GET", "/v1/audit/verify", { key: api.adminKey })).body.intact;

describe("retention", () => {
  it("deletes events that ended long ago, series when their last instance has, tells who syncs, and then lets go of them", async () => {
    const ana = await api.person();
    const ben = await api.person();
    const now = Date.parse("2026-06-01T00:00:00Z");
    const insert = async (body: object) => (await ana.post(primary, body)).body as Item;
    const old = await insert({ summary: "Old", ...at("2026-01-05T12:00:00"), attendees: [{ email: ben.email }] });
    const day = await insert({ summary: "Day", start: { date: "2026-01-05" }, end: { date: "2026-01-06" } });
    const ended = await insert({ summary: "Ended", ...at("2026-01-05T12:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] });
    await ana.patch(`${primary}/${ended.id}_20260106T120000Z`, { summary: "Once" });
    const moved = await insert({ summary: "Moved", ...at("2026-01-05T12:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] });
    await ana.patch(`${primary}/${moved.id}_20260106T120000Z`, at("2026-05-30T12:00:00"));
    const endless = await insert({ summary: "Endless", ...at("2026-01-05T12:00:00"), recurrence: ["RRULE:FREQ=DAILY"] });
    const young = await insert({ summary: "Young", ...at("2026-05-20T12:00:00") });
    const { nextSyncToken } = (await ana.get(primary)).body;
    const window = "singleEvents=true&timeMin=2026-01-01T00:00:00Z&timeMax=2026-01-20T00:00:00Z";
    const instances = (await ana.get(`${primary}?${window}`)).body.nextSyncToken;

    expect(await keep({}, now)).toMatchObject({ ended: 0 });
    expect(await keep({ eventRetentionDays: 90 }, now)).toMatchObject({ ended: 4 });
    expect(await keep({ eventRetentionDays: 90 }, now)).toMatchObject({ ended: 0 });

    const left = (await ana.get(primary)).body.items.map(({ id }: Item) => id);
    expect(left.filter((id: string) => !id.includes("_")).sort()).toEqual([moved.id, endless.id, young.id].sort());
    const told = (await ana.get(`${primary}?syncToken=${nextSyncToken}`)).body.items as Item[];
    expect(told.map(({ id, status }) => [id, status]).sort()).toEqual(
      [old.id, day.id, ended.id, `${ended.id}_20260106T120000Z`].map((id) => [id, "cancelled"]).sort(),
    );
    const toldInstances = (await ana.get(`${primary}?${window.split("&")[0]}&syncToken=${instances}`)).body.items as Item[];
    expect(toldInstances.filter(({ recurringEventId }) => recurringEventId === ended.id)).toHaveLength(3);
    expect((await ben.get(primary)).body.items).toEqual([]);
    expect(await isIntact()).toBe(true);

    expect((await keep({ eventRetentionDays: 90, tombstoneDays: 30 }, now + 31 * dayMs)).events).toBeGreaterThanOrEqual(5);
    expect(await ana.get(`${primary}/${old.id}`)).toMatchObject({ status: 404 });
  });

  it("lets the audit log forget who it tells of, and the log stays verifiable", async () => {
    const ana = await someone(api);
    await ana.post(`/calendar/v3/calendars/primary/acl`, { scope: { type: "user", value: "x@example.net" }, role: "reader" });
    const { db } = await services();
    const whole = () => db.one(sql.type(row<{ count: number }>())`select count(*) as count from audit where erasure is null`);
    const entries = (await whole()).count;
    expect(entries).toBeGreaterThan(3);

    expect((await keep({ auditRetentionDays: 400 })).auditEntries).toBe(0);
    expect(await keep({ auditRetentionDays: 400 }, Date.now() + 401 * dayMs)).toMatchObject({ auditEntries: entries });

    expect((await whole()).count).toBe(0);
    expect((await findEverywhere(db, ana.marker)).filter((found) => found.startsWith("public.audit"))).toEqual([]);
    expect(await isIntact()).toBe(true);
    const listed = (await api.call("GET", `/v1/audit?userId=${ana.id}`, { key: api.adminKey })).body.items;
    expect(listed).toContainEqual(expect.objectContaining({ action: "acl.insert", erased: true }));
    expect(JSON.stringify(listed)).not.toContain("127.0.0.1");
  });

  it("ends an erasure that was interrupted", async () => {
    const ana = await someone(api);
    const ben = await api.person();
    const calendar = await newCalendar(ben);
    await calendar.insert({
      summary: "Both",
      ...at("2026-03-09T12:00:00"),
      attendees: [{ email: ana.email, displayName: ana.marker }],
    });
    const { db } = await services();
    await db.query(sql.type(row())`
      update users set erased_as = 'erased-000000000000000000000000@erased.invalid' where id = ${ana.id}
    `);
    expect(await ana.get("/v1/users/me").then(({ status }) => status)).toBe(401);

    expect(await keep({})).toMatchObject({ persons: 1 });

    expect(await findEverywhere(db, ana.marker)).toEqual([]);
    expect(await keep({})).toMatchObject({ persons: 0 });
  });

  it("works in batches: many events that ended, by two processes at once, each once", async () => {
    const ana = await api.person();
    const { id } = (await ana.post(primary, { summary: "Old", ...at("2020-01-05T12:00:00") })).body;
    const { db } = await services();
    await db.query(sql.type(row())`
      insert into events
      select (jsonb_populate_record(e, jsonb_build_object('id', 'many' || n))).*
      from events e cross join generate_series(1, 2499) n where e.calendar_id = ${ana.email} and e.id = ${id}
    `);

    const [one, other] = await Promise.all([
      keep({ eventRetentionDays: 3_650 }, Date.parse("2032-01-01T00:00:00Z")),
      keep({ eventRetentionDays: 3_650 }, Date.parse("2032-01-01T00:00:00Z")),
    ]);

    expect(one.ended + other.ended).toBe(2_500);
    expect((await ana.get(primary)).body.items).toEqual([]);
  });
});
