import { randomUUID } from "node:crypto";
import { eraseFromAudit } from "#lib/domain/audit/erase.ts";
import { record } from "#lib/domain/audit/record.ts";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { getOrKeep } from "#lib/sql/secrets.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at } from "#test/support/events.ts";

let api: Api;
let ana: Person;
let ben: Person;
let db: Database;
beforeAll(async () => {
  // A test below lets the clock run ahead, and is not about the time that requests have.
  api = await startApi({ requestTimeoutMs: 100_000_000 });
  ana = await api.person();
  ben = await api.person();
  db = await openDatabase(api.databaseUrl, { poolSize: 4, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

const events = "/calendar/v3/calendars/primary/events";
const lunch = { summary: "Lunch", ...at("2026-03-09T12:00:00") };
const audit = async (query = "") => (await api.call("GET", `/v1/audit${query}`, { key: api.adminKey })).body;
const verify = async () => (await api.call("GET", "/v1/audit/verify", { key: api.adminKey })).body;
const number = async () => (await db.one(sql.type(row<{ n: number }>())`select count(*) as n from audit`)).n;

describe("an entry", () => {
  it("of a change of rights tells what there was and what there is", async () => {
    const acl = "/calendar/v3/calendars/primary/acl";
    const rule = { scope: { type: "user", value: ben.email }, role: "reader" };
    const made = await ana.post(acl, rule, { "X-Correlation-Id": "corr-1" });
    await ana.patch(`${acl}/${made.body.id}`, { role: "writer" });
    await ana.delete(`${acl}/${made.body.id}`);

    const { items } = await audit(`?calendarId=${ana.email}&userId=${ana.id}`);

    const common = { calendarId: ana.email, userId: ana.id, subject: ben.email, object: { ruleId: `user:${ben.email}` } };
    expect(items).toMatchObject([
      { ...common, action: "acl.delete", before: { role: "writer" }, after: { role: "none" } },
      { ...common, action: "acl.patch", before: { role: "reader" }, after: { role: "writer" } },
      { ...common, action: "acl.insert", before: { role: "none" }, after: { role: "reader" }, correlationId: "corr-1" },
    ]);
    expect(items[0].address).toBe("127.0.0.1");
    expect(Math.abs(Date.parse(items[0].at) - Date.now())).toBeLessThan(60_000);
  });

  it("of an event names the event, and nothing that it says", async () => {
    const made = await ana.post(events, { ...lunch, summary: "a private matter" });

    const [entry] = (await audit(`?calendarId=${ana.email}`)).items;

    expect(entry).toMatchObject({ action: "events.insert", object: { eventId: made.body.id } });
    expect(JSON.stringify(entry)).not.toContain("private matter");
  });

  it("is not left by what is refused, or fails, or only reads", async () => {
    const before = await number();
    await ana.post(events, { ...lunch, start: { dateTime: "2027-01-01T00:00:00Z" } });
    await ana.patch(`${events}/nosuchevent`, { summary: "x" });
    await ana.post(events, lunch, { "If-Match": '"no"', "Idempotency-Key": '"' });
    await ana.get(events);
    await ana.post("/calendar/v3/freeBusy", { timeMin: "2026-03-09T00:00:00Z", timeMax: "2026-03-10T00:00:00Z", items: [] });
    await db.query(
      sql.type(row())`create function fail() returns trigger language plpgsql as 'begin raise exception $$no$$; end'`,
    );
    await db.query(sql.type(row())`create trigger fail before insert on events for each row execute function fail()`);
    expect((await ana.post(events, lunch)).status).toBe(500);
    await db.query(sql.type(row())`drop trigger fail on events`);

    expect(await number()).toBe(before);
    expect(await verify()).toMatchObject({ intact: true, complete: true });
  });

  it("that cannot be written lets its change fail: there is no change without one", async () => {
    const { body } = await ana.get(events);
    await db.query(sql.type(row())`create trigger fail before insert on audit for each row execute function fail()`);
    expect((await ana.post(events, lunch)).status).toBe(500);
    await db.query(sql.type(row())`drop trigger fail on audit`);

    expect((await ana.get(events)).body.items).toHaveLength(body.items.length);
  });
});

describe("the list", () => {
  it("is narrowed to user, key, calendar, action and time, and comes in pages, latest first", async () => {
    const eve = await api.person();
    const other = (await eve.post("/v1/users/me/keys", { name: "other" })).body;
    const made = [];
    for (let n = 0; n < 7; n += 1) made.push((await eve.post(events, lunch)).body.id);
    await api.call("POST", events, { key: other.key, body: lunch });
    const of = `?userId=${eve.id}`;

    const all = (await audit(of)).items;
    expect(all.map(({ action }: { action: string }) => action)).toEqual([...Array(8).fill("events.insert"), "keys.insert"]);
    expect(all.map(({ at: time }: { at: string }) => time)).toEqual(
      all
        .map(({ at: time }: { at: string }) => time)
        .sort()
        .reverse(),
    );
    expect((await audit(`?keyId=${other.id}`)).items).toEqual([all[0]]);
    expect((await audit(`?action=keys.insert&userId=${eve.id}`)).items).toEqual([all[8]]);
    // Besides its owner's entries, the one that made it.
    expect((await audit(`?calendarId=${eve.email}`)).items.map(({ id }: { id: string }) => id)).toEqual([
      ...all.slice(0, 8).map(({ id }: { id: string }) => id),
      expect.any(String),
    ]);
    const later = all.filter(({ at: time }: { at: string }) => time >= all[4].at);
    expect((await audit(`${of}&from=${all[4].at}`)).items).toEqual(later);
    expect((await audit(`${of}&to=${all[4].at}`)).items).toEqual(all.filter(({ at: time }: { at: string }) => time < all[4].at));

    const paged = [];
    for (let token = ""; ; ) {
      const page = await audit(`${of}&maxResults=2${token}`);
      paged.push(...page.items);
      if (!page.nextPageToken) break;
      token = `&pageToken=${page.nextPageToken}`;
    }
    expect(paged).toEqual(all);
    const { nextPageToken } = await audit(`${of}&maxResults=2`);
    const answer = await api.call("GET", `/v1/audit?maxResults=2&pageToken=${nextPageToken}`, { key: api.adminKey });
    expect(answer).toMatchObject({ status: 400, reason: "invalid" });
  });

  it("takes times whose offset leads out of the years that can be said", async () => {
    const [{ id }] = (await audit("?to=9999-12-31T23:59:59-23:59&maxResults=1")).items;
    expect((await audit("?from=0001-01-01T00:00:00%2B23:59&maxResults=1")).items).toMatchObject([{ id }]);
  });

  it("is whole for an administrator whose key comes in the query", async () => {
    const answer = await api.call("GET", `/v1/audit?maxResults=5&key=${api.adminKey}`);

    expect(answer.status).toBe(200);
    expect(answer.body.items).toEqual((await audit("?maxResults=5")).items);
    expect(answer.body.items).toHaveLength(5);
  });

  it("is for administrators", async () => {
    expect(await ana.get("/v1/audit")).toMatchObject({ status: 403 });
    expect(await ana.get("/v1/audit/verify")).toMatchObject({ status: 403 });
  });
});

describe("a long verification", () => {
  it("stops in time and goes on from there; all is read once", async () => {
    // More entries in one chain than are read at once: nobody can take another one meanwhile.
    const secret = await getOrKeep(db, "instance", Buffer.alloc(32));
    const author = { userId: ana.id, keyId: "k", action: "test.fill", address: null, correlationId: null };
    const ready = Promise.withResolvers<void>();
    const done = Promise.withResolvers<void>();
    const holding = db.inTransaction(async (tx) => {
      await tx.query(sql.type(row())`select from audit_chains where chain <> 5 for update`);
      ready.resolve();
      await done.promise;
    });
    await ready.promise;
    await db.inTransaction(async (tx) => {
      for (let n = 0; n < 1_100; n += 1) await record(tx, secret, author, {}, Date.now());
    });
    done.resolve();
    await holding;
    const n = await number();
    // Each look at the clock takes six seconds: it stops at every second one.
    const clock = performance.now;
    let now = clock.call(performance);
    performance.now = () => {
      now += 6_000;
      return now;
    };
    let entries = 0;
    let calls = 0;
    try {
      for (let token = ""; ; ) {
        const answer = await api.call("GET", `/v1/audit/verify${token}`, { key: api.adminKey });
        calls += 1;
        entries += answer.body.entries;
        expect(answer.body).toMatchObject({ intact: true, complete: answer.body.nextPageToken === undefined });
        if (answer.body.complete) break;
        token = `?pageToken=${answer.body.nextPageToken}`;
      }
    } finally {
      performance.now = clock;
    }
    expect(calls).toBeGreaterThan(10);
    expect(entries).toBe(n);
    const broken = await api.call("GET", "/v1/audit/verify?pageToken=x", { key: api.adminKey });
    expect(broken).toMatchObject({ status: 400, reason: "invalid" });
  });
});

describe("an erased person", () => {
  it("is in no entry any more, and the log is still intact; an entry that somebody else empties is found", async () => {
    const eve = await api.person();
    await eve.post(events, lunch, { "X-Correlation-Id": eve.email });
    await ana.post("/calendar/v3/calendars/primary/acl", { scope: { type: "user", value: eve.email }, role: "reader" });
    await eve.post("/v1/users/me/keys", { name: "mine" });
    const secret = await getOrKeep(db, "instance", Buffer.alloc(32));
    const erasedBefore = (await verify()).erased;

    const erased = await eraseFromAudit(db, secret, { userId: eve.id, email: eve.email });

    expect(erased).toBe(5);
    expect(await eraseFromAudit(db, secret, { userId: eve.id, email: eve.email })).toBe(0);
    expect(JSON.stringify(await db.any(sql.type(row())`select * from audit`))).not.toContain(eve.email);
    const { items } = await audit(`?userId=${eve.id}`);
    expect(items.map(({ action, erased: is }: { action: string; erased: boolean }) => [action, is])).toEqual([
      ["keys.insert", true],
      ["events.insert", true],
    ]);
    expect(await verify()).toMatchObject({ intact: true, erased: erasedBefore + 5, problems: [] });
  });
});

describe("writers at the same time", () => {
  it("keep the log whole, and none waits for another's entry", async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => api.person()));
    const before = await number();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) =>
        (people[n % people.length] as Person).post(events, lunch, n % 2 ? { "Idempotency-Key": randomUUID() } : undefined),
      ),
    );

    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await number()).toBe(before + 200);
    expect(await verify()).toMatchObject({ intact: true, complete: true, problems: [], entries: before + 200 });

    // Somebody who holds most of the chains holds up nobody.
    const release = Promise.withResolvers<void>();
    const held = Promise.withResolvers<void>();
    const holding = db.inTransaction(async (tx) => {
      await tx.query(sql.type(row())`select from audit_chains order by chain limit 250 for update`);
      held.resolve();
      await release.promise;
    });
    await held.promise;
    const there = (await ana.get(events)).body.items.length;
    const known = await number();
    for (let n = 0; n < 10; n += 1) expect((await ana.post(events, { ...lunch, id: `held${n}` })).status).toBe(200);
    // An event that is not added, as its id is taken, leaves no entry behind.
    for (let n = 0; n < 10; n += 1) expect((await ana.post(events, { ...lunch, id: `held${n}` })).reason).toBe("duplicate");
    release.resolve();
    await holding;
    for (let n = 0; n < 10; n += 1) expect((await ana.post(events, { ...lunch, id: `held${n}` })).reason).toBe("duplicate");
    expect((await ana.get(events)).body.items).toHaveLength(there + 10);
    expect(await number()).toBe(known + 10);
    expect(await verify()).toMatchObject({ intact: true, complete: true, problems: [] });
  });
});
