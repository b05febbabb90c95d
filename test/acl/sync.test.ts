import { purgeDeleted } from "#lib/domain/purge.ts";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { aclPath, locationOf, Mirror, makeCalendar, readAll, share, standing } from "#test/support/sharing.ts";

let api: Api;
let owner: Person;
beforeAll(async () => {
  api = await startApi();
  owner = await api.person();
});
afterAll(() => api.stop());

const user = (name: string) => ({ type: "user", value: `${name}@example.net` });
const rulePath = (calendar: string, name: string) => `${aclPath(calendar)}/user:${name}@example.net`;
const told = (items: { id: string; role: string }[]) => items.map(({ id, role }) => `${id.slice(5, -12)} ${role}`);

describe("a sync token of rules", () => {
  it("tells what has changed since, in the order of the changes, and always what was taken away", async () => {
    const calendar = await makeCalendar(owner);
    for (const name of ["kept", "changed", "gone"]) await share(owner, calendar, user(name), "reader");
    const mirror = new Mirror(owner, aclPath(calendar));
    await mirror.sync();

    await owner.delete(rulePath(calendar, "gone"));
    await share(owner, calendar, user("new"), "writer");
    await owner.patch(rulePath(calendar, "changed"), { role: "owner" });

    expect(told(await mirror.sync())).toEqual(["gone none", "new writer", "changed owner"]);
    expect(await mirror.sync()).toEqual([]);
    expect(mirror.state()).toEqual(standing((await readAll(owner, aclPath(calendar))).items));
  });

  it("is not disturbed by writes to the events", async () => {
    const calendar = await makeCalendar(owner);
    const mirror = new Mirror(owner, aclPath(calendar));
    await mirror.sync();

    await owner.post(`/calendar/v3/calendars/${calendar}/events`, { start: { date: "2026-03-09" }, end: { date: "2026-03-10" } });

    expect(await mirror.sync()).toEqual([]);
  });

  it("comes with the last page alone; what is written between pages is told", async () => {
    const calendar = await makeCalendar(owner);
    for (const name of ["a", "b", "c", "d", "e"]) await share(owner, calendar, user(name), "reader");
    const first = await owner.get(`${aclPath(calendar)}?maxResults=2`);
    expect(first.body.nextSyncToken).toBeUndefined();

    await owner.patch(rulePath(calendar, "a"), { role: "writer" });
    await share(owner, calendar, user("aa"), "reader");
    await owner.delete(rulePath(calendar, "e"));
    const rest = [];
    let { nextPageToken, nextSyncToken } = first.body;
    while (nextPageToken) {
      const { body } = await owner.get(`${aclPath(calendar)}?maxResults=2&pageToken=${nextPageToken}`);
      rest.push(...body.items);
      ({ nextPageToken, nextSyncToken } = body);
    }
    const after = await readAll(owner, aclPath(calendar), { syncToken: nextSyncToken });

    const ids = [...first.body.items, ...rest].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(told(after.items)).toEqual(["a writer", "aa reader", "e none"]);
  });

  it.each(["garbage", "AAAA", ""])("that is none, %j, is refused, or means none", async (token) => {
    const refused = await owner.get(`${aclPath(owner.email)}?syncToken=${token}`);

    expect(refused).toMatchObject(
      token ? { status: 400, reason: "invalid", body: { error: { message: "Invalid sync token value." } } } : { status: 200 },
    );
  });

  it("is good for its own list only", async () => {
    const [one, other] = [await makeCalendar(owner), await makeCalendar(owner)];
    const { nextSyncToken } = await readAll(owner, aclPath(one));
    const events = (await owner.get(`/calendar/v3/calendars/${one}/events`)).body.nextSyncToken;

    for (const [calendar, token] of [
      [other, nextSyncToken],
      [one, events],
    ]) {
      expect(await owner.get(`${aclPath(calendar)}?syncToken=${token}`)).toMatchObject({ status: 400, reason: "invalid" });
    }
  });

  it("cannot be used to leave out what was taken away", async () => {
    const { nextSyncToken } = await readAll(owner, aclPath(owner.email));

    const refused = await owner.get(`${aclPath(owner.email)}?syncToken=${nextSyncToken}&showDeleted=false`);

    expect(refused).toMatchObject({ status: 400, reason: "invalid" });
    expect(locationOf(refused)).toBe("showDeleted");
    expect((await owner.get(`${aclPath(owner.email)}?syncToken=${nextSyncToken}&showDeleted=true`)).status).toBe(200);
  });

  it("from before a purge is refused, one from after it is not, and what is younger stays", async () => {
    const calendar = await makeCalendar(owner);
    for (const name of ["old", "young"]) await share(owner, calendar, user(name), "reader");
    const before = await readAll(owner, aclPath(calendar));
    await owner.delete(rulePath(calendar, "old"));
    const after = await readAll(owner, aclPath(calendar));
    await owner.delete(rulePath(calendar, "young"));

    const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
    const purge = () => purgeDeleted(db, Date.now() - 60_000, Date.now());
    expect(await purge()).toMatchObject({ rules: 0 });
    await db.query(sql.type(row())`
      update acl_rules set updated_at = updated_at - interval '1 day' where calendar_id = ${calendar} and id like 'user:old@%'
    `);
    expect(await purge()).toMatchObject({ rules: 1 });
    await db.close();

    const late = await owner.get(`${aclPath(calendar)}?syncToken=${before.nextSyncToken}`);
    expect(late).toMatchObject({ status: 410, reason: "fullSyncRequired" });
    expect(late.body.error.message).toBe("Sync token is no longer valid, a full sync is required.");
    const { items } = await readAll(owner, aclPath(calendar), { syncToken: after.nextSyncToken as string });
    expect(told(items)).toEqual(["young none"]);
    expect((await readAll(owner, aclPath(calendar), { showDeleted: true })).items).toHaveLength(2);
  });
});

it("refuses page tokens that are none, of another list or of another query", async () => {
  const [one, other] = [await makeCalendar(owner), await makeCalendar(owner)];
  await share(owner, one, user("a"), "reader");
  const { nextPageToken } = (await owner.get(`${aclPath(one)}?maxResults=1`)).body;

  for (const refused of [
    await owner.get(`${aclPath(one)}?pageToken=x`),
    await owner.get(`${aclPath(other)}?pageToken=${nextPageToken}`),
    await owner.get(`${aclPath(one)}?showDeleted=true&pageToken=${nextPageToken}`),
  ]) {
    expect(refused).toMatchObject({ status: 400, reason: "invalid" });
    expect(locationOf(refused)).toBe("pageToken");
  }
});

it("keeps a mirror equal to a new list while dozens write at once", async () => {
  const calendar = await makeCalendar(owner);
  const mirror = new Mirror(owner, aclPath(calendar));
  let writing = true;
  const following = (async () => {
    while (writing) await mirror.sync(3);
    await mirror.sync(3);
  })();

  const statuses = await Promise.all(
    Array.from({ length: 48 }, async (_, index) => {
      await share(owner, calendar, user(`${index}`), "reader");
      const patched = await owner.patch(rulePath(calendar, `${index}`), { role: "writer" });
      const deleted = index % 3 === 0 ? await owner.delete(rulePath(calendar, `${index}`)) : undefined;
      if (index % 6 === 0) await share(owner, calendar, user(`${index}`), "freeBusyReader");
      return [patched.status, deleted?.status ?? 204];
    }),
  );
  writing = false;
  await following;

  expect(new Set(statuses.map(String))).toEqual(new Set(["200,204"]));
  const fresh = standing((await readAll(owner, aclPath(calendar))).items);
  expect(fresh).toHaveLength(1 + 48 - 8);
  expect(mirror.state()).toEqual(fresh);
});
