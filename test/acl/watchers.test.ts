import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { changesQueue } from "#lib/sql/queue.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { aclPath, calendarPath, entryPath, listPath, makeCalendar, share } from "#test/support/sharing.ts";

let api: Api;
let db: Database;
let owner: Person;
let guest: Person;
beforeAll(async () => {
  api = await startApi();
  db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
  [owner, guest] = [await api.person(), await api.person()];
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

let channels = 0;
/** Opens a channel without its first message. */
const watch = async (person: Person, kind: string, calendarId: string | null = null) => {
  channels += 1;
  await db.query(sql.type(row())`
    insert into channels (id, user_id, kind, calendar_id, resource_id, resource_uri, address, expires_at)
    values (${`channel${channels}`}, ${person.id}, ${kind}, ${calendarId}, '', '', 'https://example.net', now() + '1 day')
  `);
};

/** What was put into the queue since it was asked last. */
const told = async (): Promise<string[]> => {
  const jobs = await db.any(sql.type(row<{ kind: string; state: string }>())`
    delete from pgboss.job where name = ${changesQueue} returning data->'resource'->>'kind' as kind, data->>'state' as state
  `);
  return jobs.map(({ kind, state }) => `${kind} ${state}`).sort();
};

describe("those who watch", () => {
  it("the rules of a calendar are told of each change, and of the calendar's end", async () => {
    const calendar = await makeCalendar(owner);
    await watch(owner, "acl", calendar);
    const rule = `${aclPath(calendar)}/user:${guest.email}`;
    await told();

    for (const change of [
      () => share(owner, calendar, guest, "reader"),
      () => owner.patch(rule, { role: "writer" }),
      () => owner.put(rule, { role: "reader" }),
      () => owner.delete(rule),
      () =>
        api.call("POST", `${calendarPath(calendar)}/transferOwnership?newDataOwner=${guest.email}&useAdminAccess=true`, {
          key: api.adminKey,
        }),
    ]) {
      await change();
      expect(await told()).toEqual(["acl exists"]);
    }
    await owner.get(aclPath(calendar));
    expect(await owner.delete(`${aclPath(calendar)}/user:nobody@example.net`)).toMatchObject({ status: 404 });
    expect(await told()).toEqual([]);
    await guest.delete(calendarPath(calendar));
    expect(await told()).toEqual(["acl not_exists"]);
  });

  it("a list are told of what its user does with it, and of what others take out of it", async () => {
    const calendar = await makeCalendar(owner);
    await share(owner, calendar, guest, "reader");
    await watch(guest, "calendarList");
    await told();

    for (const change of [
      () => guest.post(listPath, { id: calendar }),
      () => guest.patch(entryPath(calendar), { hidden: true }),
      () => guest.put(entryPath(calendar), {}),
      () => guest.delete(entryPath(calendar)),
      () => guest.post(listPath, { id: calendar }),
      () => owner.delete(`${aclPath(calendar)}/user:${guest.email}`),
      () => makeCalendar(guest),
    ]) {
      await change();
      expect(await told()).toEqual(["calendarList exists"]);
    }
    await owner.delete(calendarPath(calendar));
    await makeCalendar(owner);
    expect(await told()).toEqual([]);
  });

  it("settings are told of each change", async () => {
    await watch(guest, "settings");
    await told();

    await guest.put("/v1/users/me/settings/weekStart", { value: "1" });
    expect(await told()).toEqual(["settings exists"]);
    await guest.put("/v1/users/me/settings/weekStart", { value: "9" });
    await owner.put("/v1/users/me/settings/weekStart", { value: "1" });
    expect(await told()).toEqual([]);
  });
});
