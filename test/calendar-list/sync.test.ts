import { setTimeout as delay } from "node:timers/promises";
import { endLostEntries } from "#lib/domain/calendar-list/end-lost.ts";
import { purgeDeleted } from "#lib/domain/purge.ts";
import * as calendarList from "#lib/sql/calendar-list.ts";
import { type Connection, openDatabase, row, sql } from "#lib/sql/database.ts";
import * as users from "#lib/sql/users.ts";
import { type Answer, type Api, type Person, startApi } from "#test/support/api.ts";
import {
  aclPath,
  calendarPath,
  entryPath,
  listPath,
  locationOf,
  Mirror,
  makeCalendar,
  readAll,
  share,
  standing,
} from "#test/support/sharing.ts";

let api: Api;
let owner: Person;
beforeAll(async () => {
  api = await startApi();
  owner = await api.person();
});
afterAll(() => api.stop());

/** Somebody with a calendar of the owner's in their list, by this rule. */
const subscriber = async (calendar: string, scope?: object) => {
  const person = await api.person();
  await share(owner, calendar, scope ?? person, "reader");
  expect((await person.post(listPath, { id: calendar })).status).toBe(200);
  const mirror = new Mirror(person, listPath);
  await mirror.sync();
  return { person, mirror };
};

const gone = (id: string) => ({ kind: "calendar#calendarListEntry", etag: expect.any(String), id, deleted: true });
const asAdmin = (method: string, path: string, body?: object) =>
  api.call(method, path, { key: api.adminKey, ...(body && { body }) });

describe("a sync token of a list", () => {
  it("tells changes of entries, hidden and deleted ones too, and none that are the calendar's or the role's alone", async () => {
    const [one, two, three] = [await makeCalendar(owner), await makeCalendar(owner), await makeCalendar(owner)];
    const { person, mirror } = await subscriber(one);
    for (const id of [two, three]) {
      await share(owner, id, person, "reader");
      await person.post(listPath, { id });
    }
    expect((await mirror.sync()).map(({ id }) => id)).toEqual([two, three]);

    await owner.patch(calendarPath(one), { summary: "New" });
    await share(owner, one, person, "writer");
    expect(await mirror.sync()).toEqual([]);

    await person.patch(entryPath(three), { hidden: true });
    await person.delete(entryPath(two));
    const made = await makeCalendar(person);
    expect(await mirror.sync()).toMatchObject([{ id: three, hidden: true }, gone(two), { id: made }]);
    expect(mirror.state().map(({ id }) => id)).toEqual(
      (await readAll(person, listPath, { showHidden: true })).items.map(({ id }) => id),
    );
  });

  it("is not given for a part of the list, and cannot be used for one", async () => {
    const { nextSyncToken } = await readAll(owner, listPath);
    expect((await readAll(owner, listPath, { minAccessRole: "reader" })).nextSyncToken).toBeUndefined();
    expect((await readAll(owner, listPath, { showOwnOrganizationOnly: true })).nextSyncToken).toBeUndefined();
    expect((await readAll(owner, listPath, { showHidden: true })).nextSyncToken).toBeDefined();

    for (const [name, value] of [
      ["minAccessRole", "reader"],
      ["showOwnOrganizationOnly", "true"],
      ["showDeleted", "false"],
      ["showHidden", "false"],
    ]) {
      const refused = await owner.get(`${listPath}?syncToken=${nextSyncToken}&${name}=${value}`);
      expect(refused).toMatchObject({ status: 400, reason: "invalid" });
      expect(locationOf(refused)).toBe(name);
    }
    expect((await owner.get(`${listPath}?syncToken=${nextSyncToken}&showDeleted=true&showHidden=true`)).status).toBe(200);
  });

  it("that is none, or another's, is refused with the text clients know", async () => {
    const { nextSyncToken } = await readAll(owner, listPath);
    const other = await api.person();

    for (const refused of [
      await owner.get(`${listPath}?syncToken=x`),
      await other.get(`${listPath}?syncToken=${nextSyncToken}`),
    ]) {
      expect(refused).toMatchObject({
        status: 400,
        reason: "invalid",
        body: { error: { message: "Invalid sync token value." } },
      });
    }
    const { nextPageToken } = (await owner.get(`${listPath}?maxResults=1`)).body;
    for (const refused of [
      await owner.get(`${listPath}?pageToken=x`),
      await other.get(`${listPath}?pageToken=${nextPageToken}`),
    ]) {
      expect(refused).toMatchObject({ status: 400, reason: "invalid" });
      expect(locationOf(refused)).toBe("pageToken");
    }
    expect(await owner.get(`${listPath}?maxResults=0`)).toMatchObject({ status: 400, reason: "invalidParameter" });
  });

  it("from before a purge is refused, one from after it is not, and what is younger stays", async () => {
    const [old, young] = [await makeCalendar(owner), await makeCalendar(owner)];
    const { person, mirror } = await subscriber(old);
    await share(owner, young, person, "reader");
    await person.post(listPath, { id: young });
    await mirror.sync();
    const before = mirror.token;
    await person.delete(entryPath(old));
    await mirror.sync();
    await person.delete(entryPath(young));

    const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
    const purge = () => purgeDeleted(db, Date.now() - 60_000, Date.now());
    expect(await purge()).toMatchObject({ entries: 0 });
    await db.query(
      sql.type(row())`update calendar_list set updated_at = updated_at - interval '1 day' where calendar_id = ${old}`,
    );
    expect(await purge()).toMatchObject({ entries: 1 });
    await db.close();

    expect(await person.get(`${listPath}?syncToken=${before}`)).toMatchObject({ status: 410, reason: "fullSyncRequired" });
    expect(await mirror.sync()).toEqual([gone(young)]);
    expect((await readAll(person, listPath, { showDeleted: true })).items.map(({ id }) => id).sort()).toEqual(
      [person.email, young].sort(),
    );
  });
});

describe("whoever loses access loses the calendar from their list, and hears of it:", () => {
  it.each(["user", "domain", "default"])("when a rule for a %s is taken away", async (type) => {
    const calendar = await makeCalendar(owner);
    const scope = type === "domain" ? { type, value: "example.org" } : type === "default" ? { type } : undefined;
    const { person, mirror } = await subscriber(calendar, scope);
    const { mirror: stays } = await subscriber(calendar);
    const rule = type === "default" ? "default" : type === "domain" ? "domain:example.org" : `user:${person.email}`;

    await owner.delete(`${aclPath(calendar)}/${rule}`);

    expect(await mirror.sync()).toEqual([gone(calendar)]);
    expect(await stays.sync()).toEqual([]);
    expect(await person.get(entryPath(calendar))).toMatchObject({ status: 404, reason: "notFound" });
    expect(await person.patch(entryPath(calendar), { hidden: true })).toMatchObject({ status: 404 });
    await share(owner, calendar, person, "reader");
    expect(await mirror.sync()).toEqual([]);
    expect((await person.get(entryPath(calendar))).status).toBe(404);
  });

  it("but not while another rule lets them in", async () => {
    const calendar = await makeCalendar(owner);
    const { person, mirror } = await subscriber(calendar);
    await share(owner, calendar, { type: "default" }, "freeBusyReader");

    await owner.delete(`${aclPath(calendar)}/user:${person.email}`);

    expect(await mirror.sync()).toEqual([]);
    expect((await person.get(entryPath(calendar))).body.accessRole).toBe("freeBusyReader");
  });

  it("when they leave a group, or the group is deleted", async () => {
    const group = "readers@example.org";
    const calendar = await makeCalendar(owner);
    await asAdmin("POST", "/v1/groups", { email: group });
    await share(owner, calendar, { type: "group", value: group }, "reader");
    const join = async () => {
      const person = await api.person();
      await asAdmin("PUT", `/v1/groups/${group}/members/${person.email}`);
      await person.post(listPath, { id: calendar });
      const mirror = new Mirror(person, listPath);
      await mirror.sync();
      return { person, mirror };
    };
    const [leaves, stays, byRuleToo] = [await join(), await join(), await join()];
    await share(owner, calendar, byRuleToo.person, "reader");

    await asAdmin("DELETE", `/v1/groups/${group}/members/${leaves.person.email}`);
    expect(await leaves.mirror.sync()).toEqual([gone(calendar)]);
    expect(await stays.mirror.sync()).toEqual([]);

    await asAdmin("DELETE", `/v1/groups/${group}`);
    expect(await stays.mirror.sync()).toEqual([gone(calendar)]);
    expect(await byRuleToo.mirror.sync()).toEqual([]);
    expect((await stays.person.get(calendarPath(calendar))).status).toBe(404);
  });

  it("when the calendar is deleted: all who have it", async () => {
    const calendar = await makeCalendar(owner);
    const subscribers = [await subscriber(calendar), await subscriber(calendar)];
    const own = new Mirror(owner, listPath);
    await own.sync();

    await owner.delete(calendarPath(calendar));

    for (const { mirror } of [...subscribers, { mirror: own }]) expect(await mirror.sync()).toEqual([gone(calendar)]);
    expect((await readAll(owner, listPath, { showDeleted: true })).items).toContainEqual(gone(calendar));
  });
});

it("keeps a mirror equal to a new list while dozens write to it, and others share and unshare", async () => {
  const person = await api.person();
  const mirror = new Mirror(person, listPath);
  let writing = true;
  const following = (async () => {
    while (writing) await mirror.sync(3);
    await mirror.sync(3);
  })();

  const statuses = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => {
      const calendar = await makeCalendar(owner);
      await share(owner, calendar, person, "reader");
      const added = await person.post(listPath, { id: calendar });
      // At the same time: the entry changes, and access to it ends.
      const [changed] = await Promise.all([
        person.patch(entryPath(calendar), { summaryOverride: `${index}` }),
        index % 3 === 0 ? owner.delete(`${aclPath(calendar)}/user:${person.email}`) : undefined,
        index % 3 === 1 ? person.post(listPath, { id: calendar, hidden: index % 2 === 0 }) : undefined,
      ]);
      if (index % 5 === 2) await owner.delete(calendarPath(calendar));
      return `${added.status} ${[200, 404].includes(changed.status)}`;
    }),
  );
  writing = false;
  await following;

  expect(new Set(statuses)).toEqual(new Set(["200 true"]));
  const fresh = standing((await readAll(person, listPath, { showHidden: true })).items);
  expect(mirror.state()).toEqual(fresh);
  expect(fresh).toHaveLength(1 + 30 - 10 - 6 + 2);
});

it("never leaves an entry of a calendar that its user may not see, whoever is faster", async () => {
  const people = await Promise.all(Array.from({ length: 10 }, () => api.person()));
  const calendar = await makeCalendar(owner);
  for (const person of people) await share(owner, calendar, person, "reader");
  const group = "racers@example.org";
  await asAdmin("POST", "/v1/groups", { email: group });

  await Promise.all(
    people.flatMap((person) => [
      person.post(listPath, { id: calendar }),
      owner.delete(`${aclPath(calendar)}/user:${person.email}`),
      person.post(listPath, { id: calendar }),
    ]),
  );
  for (const person of people) {
    expect((await readAll(person, listPath)).items.map(({ id }) => id)).toEqual([person.email]);
    expect(await person.get(entryPath(calendar))).toMatchObject({ status: 404 });
  }

  await share(owner, calendar, { type: "group", value: group }, "reader");
  for (const person of people) await asAdmin("PUT", `/v1/groups/${group}/members/${person.email}`);
  await Promise.all(
    people.flatMap((person) => [
      person.post(listPath, { id: calendar }),
      asAdmin("DELETE", `/v1/groups/${group}/members/${person.email}`),
      person.post(listPath, { id: calendar }),
    ]),
  );
  // With a rule again, what stands in the list would show.
  await share(owner, calendar, { type: "default" }, "reader");
  for (const person of people) expect((await readAll(person, listPath)).items.map(({ id }) => id)).toEqual([person.email]);
});

describe("an entry does not slip in while access to its calendar ends:", () => {
  /** Lets a request run into a transaction that is as far as `work`, until it waits for it or is answered. */
  const meanwhile = async (work: (tx: Connection) => Promise<unknown>, request: () => Promise<Answer>): Promise<Answer> => {
    const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
    // What the transaction returns is in an object, or it would be waited for.
    const { answer } = await db.inTransaction(async (tx) => {
      await work(tx);
      let answered = false;
      const answer = request().finally(() => {
        answered = true;
      });
      const waiting = () =>
        tx.any(sql.type(row())`select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`);
      while (!answered && (await waiting()).length === 0) await delay(5);
      return { answer };
    });
    await db.close();
    return answer;
  };

  it("it is added while a rule is taken away", async () => {
    const person = await api.person();
    const calendar = await makeCalendar(owner);
    await share(owner, calendar, person, "reader");

    const added = await meanwhile(
      async (tx) => {
        await tx.query(sql.type(row())`update calendars set change = change + 1 where id = ${calendar}`);
        await tx.query(sql.type(row())`
          update acl_rules set role = 'none' where calendar_id = ${calendar} and scope_value = ${person.email}
        `);
        await endLostEntries(tx, { calendarIds: [calendar] }, Date.now());
      },
      () => person.post(listPath, { id: calendar }),
    );

    expect(added).toMatchObject({ status: 404, reason: "notFound" });
  });

  it.each(["", "/members/"])("a group, or its member, goes while it is added (groups/…%s)", async (below) => {
    const person = await api.person();
    const group = `slip${below.length}@example.org`;
    const calendar = await makeCalendar(owner);
    await asAdmin("POST", "/v1/groups", { email: group });
    await asAdmin("PUT", `/v1/groups/${group}/members/${person.email}`);
    await share(owner, calendar, { type: "group", value: group }, "reader");

    const removed = await meanwhile(
      async (tx) => {
        const change = (await users.takeChange(tx, person.id)) as number;
        await calendarList.put(tx, { userId: person.id, calendarId: calendar, data: {}, change }, Date.now());
      },
      () => asAdmin("DELETE", `/v1/groups/${group}${below && below + person.email}`),
    );

    expect(removed.status).toBe(204);
    // With a rule again, what stands in the list would show.
    await share(owner, calendar, { type: "default" }, "reader");
    expect((await readAll(person, listPath)).items.map(({ id }) => id)).toEqual([person.email]);
  });
});
