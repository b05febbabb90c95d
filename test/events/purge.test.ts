import { purgeDeleted } from "#lib/domain/purge.ts";
import { openDatabase } from "#lib/sql/database.ts";
import { type Api, startApi } from "#test/support/api.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const events = "/calendar/v3/calendars/primary/events";
const lunch = { summary: "Lunch", start: { dateTime: "2026-03-02T12:00:00Z" }, end: { dateTime: "2026-03-02T13:00:00Z" } };
const series = { ...lunch, start: { ...lunch.start, timeZone: "UTC" }, recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] };

const purge = async () => {
  const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
  const purged = await purgeDeleted(db, Date.now() + 1_000, Date.now());
  await db.close();
  return purged.events;
};

it("lets go of deleted events, and tells clients that had not heard of them to read all again", async () => {
  const ana = await api.person();
  const kept = await ana.post(events, lunch);
  const gone = await ana.post(events, lunch);
  const before = await ana.get(events);
  await ana.delete(`${events}/${gone.body.id}`);
  const after = await ana.get(`${events}?syncToken=${before.body.nextSyncToken}`);

  expect(await purge()).toBe(1);

  const late = await ana.get(`${events}?syncToken=${before.body.nextSyncToken}`);
  expect(late).toMatchObject({ status: 410, reason: "fullSyncRequired" });
  expect(late.body.error.errors[0]).toMatchObject({ domain: "calendar", location: "syncToken" });
  expect(late.body.error.message).toBe("Sync token is no longer valid, a full sync is required.");
  expect(await ana.get(`${events}?syncToken=${after.body.nextSyncToken}`)).toMatchObject({ status: 200, body: { items: [] } });
  expect((await ana.get(`${events}?showDeleted=true`)).body.items).toMatchObject([{ id: kept.body.id }]);
});

it("keeps what a series needs: its cancelled instances do not come back", async () => {
  const ana = await api.person();
  const daily = await ana.post(events, series);
  await ana.delete(`${events}/${daily.body.id}_20260303T120000Z`);
  const window = "singleEvents=true&timeMin=2026-03-01T00:00:00Z&timeMax=2026-04-01T00:00:00Z";

  await purge();
  expect((await ana.get(`${events}?${window}`)).body.items).toHaveLength(2);

  await ana.delete(`${events}/${daily.body.id}`);
  expect(await purge()).toBeGreaterThanOrEqual(2);
  expect(await ana.get(`${events}/${daily.body.id}`)).toMatchObject({ status: 404 });
});

it("refuses to list what was updated since a time of which it may have let go", async () => {
  const ana = await api.person();
  const gone = await ana.post(events, lunch);
  await ana.delete(`${events}/${gone.body.id}`);
  const since = `${events}?updatedMin=2020-01-01T00:00:00Z`;
  expect((await ana.get(since)).body.items).toHaveLength(1);

  await purge();

  const refused = await ana.get(since);
  expect(refused).toMatchObject({ status: 410, reason: "updatedMinTooLongAgo" });
  expect(refused.body.error.message).toBe("The requested minimum modification time lies too far in the past.");
  expect((await ana.get(`${events}?updatedMin=2100-01-01T00:00:00Z`)).body.items).toEqual([]);
});
