import { setTimeout as delay } from "node:timers/promises";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { startPush } from "#lib/push/work.ts";
import { removeExpired } from "#lib/sql/channels.ts";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { type Receiver, startReceiver, until } from "./receiver.ts";

const watchEvents = "/calendar/v3/calendars/primary/events/watch";
const stop = "/calendar/v3/channels/stop";

let api: Api;
let db: Database;
let receiver: Receiver;
let ana: Person;
let ben: Person;
let count = 0;
let stopPush: (() => Promise<void>) | undefined;

beforeAll(async () => {
  api = await startApi({ pushAllowLoopback: true });
  db = await openDatabase(api.databaseUrl, { poolSize: 2, statementTimeoutMs: 10_000 });
  receiver = await startReceiver();
  ana = await api.person();
  ben = await api.person();
}, 180_000);
afterAll(async () => {
  await stopPush?.();
  await receiver.close();
  await db.close();
  await api.stop();
});

const body = (more: object = {}) => {
  count += 1;
  return { id: `channel-${count}`, type: "web_hook", address: receiver.url, ...more };
};

it("answers as Google does", async () => {
  const before = Date.now();
  const wanted = body({ token: "t", payload: true, kind: "api#channel", resourceId: "not mine to say" });
  const made = await ana.post(`${watchEvents}?singleEvents=true&eventTypes=default&eventTypes=birthday`, wanted);
  expect(made.body).toEqual({
    kind: "api#channel",
    id: wanted.id,
    resourceId: expect.stringMatching(/^[\w-]{27}$/),
    resourceUri: `http://calendar.test/calendar/v3/calendars/${encodeURIComponent(ana.email)}/events?alt=json`,
    token: "t",
    expiration: expect.stringMatching(/^\d{13}$/),
  });
  const week = 7 * 86_400_000;
  expect(Number(made.body.expiration)).toBeGreaterThanOrEqual(before + week);
  expect(Number(made.body.expiration)).toBeLessThanOrEqual(Date.now() + week);

  const again = await ana.post(watchEvents, body());
  const acl = await ana.post("/calendar/v3/calendars/primary/acl/watch", body());
  const bens = await ben.post(watchEvents, body());
  expect(again.body.resourceId).toBe(made.body.resourceId);
  expect(acl.body.resourceId).not.toBe(made.body.resourceId);
  expect(bens.body.resourceId).not.toBe(made.body.resourceId);
});

it("lives as long as it is told to, 30 days at most", async () => {
  const at = Date.now() + 3_600_000;
  expect((await ana.post(watchEvents, body({ expiration: at }))).body.expiration).toBe(String(at));
  expect((await ana.post(watchEvents, body({ expiration: String(at) }))).body.expiration).toBe(String(at));
  const minute = Number((await ana.post(watchEvents, body({ params: { ttl: "60" } }))).body.expiration);
  expect(Math.abs(minute - Date.now() - 60_000)).toBeLessThan(5_000);
  const long = Number((await ana.post(watchEvents, body({ expiration: 9e15 }))).body.expiration);
  expect(Math.abs(long - Date.now() - 30 * 86_400_000)).toBeLessThan(5_000);
});

it.each([
  [{ id: "" }, "invalid", 400],
  [{ id: "x".repeat(65) }, "invalid", 400],
  [{ id: "a b" }, "invalid", 400],
  [{ id: "a\r\nb" }, "invalid", 400],
  [{ id: undefined }, "required", 400],
  [{ type: undefined }, "required", 400],
  [{ address: undefined }, "required", 400],
  [{ type: "email" }, "invalid", 400],
  [{ address: "" }, "invalid", 400],
  [{ address: 1 }, "invalid", 400],
  [{ address: "not a url" }, "push.webhookUrlUnauthorized", 400],
  [{ address: "ftp://example.com/" }, "push.webhookUrlNotHttps", 400],
  [{ address: "http://192.0.2.1/" }, "push.webhookUrlUnauthorized", 400],
  [{ address: `https://93.184.215.14/${"x".repeat(2_048)}` }, "push.webhookUrlUnauthorized", 400],
  [{ token: "x".repeat(257) }, "invalid", 400],
  [{ token: "a\r\nX-Evil: 1" }, "invalid", 400],
  [{ token: "ü" }, "invalid", 400],
  [{ expiration: "tomorrow" }, "invalid", 400],
  [{ expiration: 1.5 }, "invalid", 400],
  [{ expiration: -1 }, "invalid", 400],
  [{ expiration: 1_000 }, "invalid", 400],
  [{ params: { ttl: "0" } }, "invalid", 400],
  [{ params: { ttl: "-5" } }, "invalid", 400],
  [{ params: { ttl: "1e3" } }, "invalid", 400],
  [{ params: { ttl: 60 } }, "invalid", 400],
  [{ params: "ttl" }, "invalid", 400],
  [{ payload: "yes" }, "invalid", 400],
])("refuses %j", async (wrong, reason, status) => {
  const refused = await ana.post(watchEvents, body(wrong));
  expect([refused.status, refused.reason]).toEqual([status, reason]);
});

it.each([["text"], [[]], [null], [{}], [{ id: "x" }], [{ id: 1, resourceId: [] }]])("refuses %j to stop", async (wrong) => {
  const refused = await api.call("POST", stop, {
    key: ana.key,
    body: JSON.stringify(wrong),
    headers: { "Content-Type": "application/json" },
  });
  expect(refused.status).toBe(400);
});

it("refuses an id that a live channel has, whoever's", async () => {
  const wanted = body();
  expect((await ana.post(watchEvents, wanted)).status).toBe(200);
  const twice = await ben.post(watchEvents, wanted);
  expect([twice.status, twice.reason, twice.body.error.message]).toEqual([
    400,
    "channelIdNotUnique",
    `Channel id ${wanted.id} not unique`,
  ]);
});

it("refuses calendars that are not the caller's to see", async () => {
  const path = `/calendar/v3/calendars/${encodeURIComponent(ana.email)}`;
  expect((await ben.post(`${path}/events/watch`, body())).status).toBe(404);
  expect((await ben.post(`${path}/acl/watch`, body())).status).toBe(404);
  expect((await ana.post("/calendar/v3/calendars/nobody@example.org/events/watch", body())).status).toBe(404);
});

it("stops a channel for whoever made it alone, by both its ids", async () => {
  const { id, resourceId } = (await ana.post(watchEvents, body())).body;
  for (const [person, wrong] of [
    [ben, { id, resourceId }],
    [ana, { id, resourceId: "other" }],
    [ana, { id: "other", resourceId }],
  ] as const) {
    const refused = await person.post(stop, wrong);
    expect([refused.status, refused.reason]).toEqual([404, "notFound"]);
    expect(refused.body.error.message).toBe(`Channel '${wrong.id}' not found for project 'calendar-api'`);
  }
  const stopped = await ana.post(stop, { id, resourceId });
  expect([stopped.status, stopped.body]).toEqual([204, undefined]);
  expect((await ana.post(stop, { id, resourceId })).status).toBe(404);
});

it("forgets channels that have expired", async () => {
  const [gone, live] = [(await ana.post(watchEvents, body())).body, (await ana.post(watchEvents, body())).body];
  await db.query(sql.type(row())`update channels set expires_at = now() - interval '1 s' where id = ${gone.id}`);
  expect(await removeExpired(db)).toBe(1);
  expect((await ana.post(stop, gone)).status).toBe(404);
  expect((await ana.post(stop, live)).status).toBe(204);
});

it("lets a user have a thousand channels", async () => {
  const eve = await api.person();
  await db.query(sql.type(row())`
    insert into channels (id, user_id, kind, resource_id, resource_uri, address, expires_at)
    select 'eve' || n, ${eve.id}, 'settings', '', '', '', now() + '1 day' from generate_series(1, 999) n
  `);
  const answers = await Promise.all(Array.from({ length: 20 }, () => eve.post(watchEvents, body())));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(19).fill(403)]);
  expect(answers.find(({ status }) => status === 403)?.reason).toBe("quotaExceeded");
});

it("writes nothing where nobody watches, and one row where thousands do", async () => {
  const jobs = async () => {
    const found = await db.one(sql.type(row<{ count: number }>())`select count(*) as count from pgboss.job`);
    return found.count;
  };
  const before = await jobs();
  await db.inTransaction((tx) => notifyWatchers(tx, { kind: "acl", calendarId: ben.email }));
  expect(await jobs()).toBe(before);
  await db.query(sql.type(row())`
    insert into channels (id, user_id, kind, calendar_id, resource_id, resource_uri, address, expires_at)
    select 'many' || n, ${ben.id}, 'acl', ${ben.email}, '', '', '', now() + '1 day' from generate_series(1, 2000) n
  `);
  await db.inTransaction((tx) => notifyWatchers(tx, { kind: "acl", calendarId: ben.email }));
  expect(await jobs()).toBe(before + 1);
  await db.query(sql.type(row())`delete from channels where user_id = ${ben.id}`);
});

it("does not answer stop before a message on its way has arrived, and sends none afterwards", async () => {
  const eve = await api.person();
  stopPush = await startPush(api.databaseUrl, { workers: 2, allowLoopback: true });
  let answeredAt = 0;
  receiver.answer = async (_request, response, { channel }) => {
    if (channel === "slow") await delay(1_500);
    answeredAt = Date.now();
    response.end();
  };
  const { id, resourceId } = (await eve.post(watchEvents, body({ id: "slow" }))).body;
  await until(() => receiver.of(id).length === 1);
  await db.inTransaction((tx) => notifyWatchers(tx, { kind: "events", calendarId: eve.email }));
  const stopped = await eve.post(stop, { id, resourceId });
  const stoppedAt = Date.now();
  expect(stopped.status).toBe(204);
  expect(answeredAt).toBeGreaterThan(0);
  expect(stoppedAt).toBeGreaterThanOrEqual(answeredAt);
  await delay(2_500);
  expect(receiver.of(id)).toEqual(["1 sync"]);
}, 180_000);

it("connects to the addresses it has checked and to no others, at every message", async () => {
  await stopPush?.();
  const leadsTo: Record<string, string> = { "here.example": "127.0.0.1", "turned.example": "10.0.0.1" };
  const asked: string[] = [];
  const resolve = async (name: string) => {
    asked.push(name);
    return [leadsTo[name] ?? ""];
  };
  const eve = await api.person();
  const { port } = new URL(receiver.url);
  for (const name of Object.keys(leadsTo)) {
    await db.query(sql.type(row())`
      insert into channels (id, user_id, kind, calendar_id, resource_id, resource_uri, address, expires_at)
      values (${name}, ${eve.id}, 'events', ${eve.email}, '', '', ${`http://${name}:${port}/`}, now() + '1 day')
    `);
  }
  stopPush = await startPush(api.databaseUrl, { workers: 2, allowLoopback: true, resolve });
  await db.inTransaction((tx) => notifyWatchers(tx, { kind: "events", calendarId: eve.email }));
  await until(() => receiver.of("here.example").length === 2 && asked.includes("turned.example"));
  expect(receiver.of("here.example")).toEqual(["1 sync", "2 exists"]);
  expect(asked.filter((name) => name === "here.example")).toHaveLength(2);
  await delay(500);
  expect(receiver.of("turned.example")).toEqual([]);
  const failed = api.lines.find((line) => line.includes("webhookUrlUnauthorized") && line.includes('"push"'));
  expect(failed).toContain('"outcome":"failed"');
}, 180_000);
