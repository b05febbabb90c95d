import { setTimeout as delay } from "node:timers/promises";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { startPush } from "#lib/push/work.ts";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, startApi } from "#test/support/api.ts";
import { type Receiver, startReceiver, status, until } from "./receiver.ts";

const watchEvents = "/calendar/v3/calendars/primary/events/watch";

let api: Api;
let db: Database;
let stopPush: () => Promise<void>;
const receivers: Receiver[] = [];
let count = 0;

beforeAll(async () => {
  api = await startApi({ pushAllowLoopback: true });
  db = await openDatabase(api.databaseUrl, { poolSize: 8, statementTimeoutMs: 10_000 });
  stopPush = await startPush(api.databaseUrl, { workers: 8, allowLoopback: true });
}, 180_000);
afterAll(async () => {
  await stopPush();
  await Promise.all(receivers.map((receiver) => receiver.close()));
  await db.close();
  await api.stop();
});

/** Somebody with a calendar, and where they have messages sent to: the tests wait a lot, and run at the same time. */
const newWorld = async () => {
  const ana = await api.person();
  const receiver = await startReceiver();
  receivers.push(receiver);
  const open = async (path = watchEvents, more: object = {}) => {
    count += 1;
    const made = await ana.post(path, { id: `channel-${count}`, type: "web_hook", address: receiver.url, ...more });
    expect(made.status).toBe(200);
    return made.body as { id: string; resourceId: string; resourceUri: string; expiration: string };
  };
  const change = () => db.inTransaction((tx) => notifyWatchers(tx, { kind: "events", calendarId: ana.email }));
  return { ana, receiver, open, change };
};

it.concurrent("tells that a channel is open, then of each change, with Google's headers and no body", async () => {
  const { ana, change, open, receiver } = await newWorld();
  const channel = await open(undefined, { token: "room=a&b", expiration: Date.now() + 3_600_000 });
  await until(() => receiver.messages.length === 1);
  await change();
  await until(() => receiver.messages.length === 2);

  const [sync, exists] = receiver.messages;
  expect(sync).toMatchObject({
    method: "POST",
    path: "/hook?secret=1",
    body: "",
    headers: {
      "x-goog-channel-id": channel.id,
      "x-goog-channel-token": "room=a&b",
      "x-goog-channel-expiration": new Date(Number(channel.expiration)).toUTCString(),
      "x-goog-resource-id": channel.resourceId,
      "x-goog-resource-uri": `http://calendar.test/calendar/v3/calendars/${encodeURIComponent(ana.email)}/events?alt=json`,
      "x-goog-resource-state": "sync",
      "x-goog-message-number": "1",
      "content-length": "0",
      "user-agent": "calendar-api-push",
    },
  });
  expect(sync?.rawHeaders).toContain("X-Goog-Channel-ID");
  expect(sync?.headers["transfer-encoding"]).toBeUndefined();
  expect(exists).toMatchObject({ state: "exists", number: 2, body: "" });
  const lines = api.lines.filter((line) => line.includes('"push"'));
  expect(lines.length).toBeGreaterThanOrEqual(2);
  expect(lines.join()).not.toMatch(/secret|room=a|hook/);
});

it.concurrent.each([
  ["acl", "/calendar/v3/calendars/primary/acl/watch", (id: string) => `/calendars/${id}/acl`],
  ["calendarList", "/calendar/v3/users/me/calendarList/watch", () => "/users/me/calendarList"],
  ["settings", "/calendar/v3/users/me/settings/watch", () => "/users/me/settings"],
] as const)("tells of changes to %s", async (kind, path, uri) => {
  const { ana, change, open, receiver } = await newWorld();
  const channel = await open(path);
  await until(() => receiver.of(channel.id).length === 1);
  const resource = kind === "acl" ? { kind, calendarId: ana.email } : { kind, userId: ana.id };
  await db.inTransaction((tx) => notifyWatchers(tx, resource));
  await until(() => receiver.of(channel.id).length === 2);
  expect(receiver.of(channel.id)).toEqual(["1 sync", "2 exists"]);
  expect(channel.resourceUri).toBe(`http://calendar.test/calendar/v3${uri(encodeURIComponent(ana.email))}?alt=json`);

  await change();
  await delay(1_000);
  expect(receiver.of(channel.id)).toHaveLength(2);
});

it.concurrent("tells nothing of a change that is rolled back", async () => {
  const { ana, open, receiver } = await newWorld();
  const channel = await open();
  await until(() => receiver.of(channel.id).length === 1);
  const failing = db.inTransaction(async (tx) => {
    await notifyWatchers(tx, { kind: "events", calendarId: ana.email });
    throw new Error("no");
  });
  await expect(failing).rejects.toThrow("no");
  await delay(1_500);
  expect(receiver.of(channel.id)).toEqual(["1 sync"]);
});

it.concurrent("tells once of many changes, and again of one that comes while a message is on its way", async () => {
  const { ana, change, open, receiver } = await newWorld();
  const channel = await open();
  await until(() => receiver.of(channel.id).length === 1);
  let during = false;
  receiver.answer = async (_request, response) => {
    if (!during) {
      during = true;
      for (let index = 0; index < 4; index += 1) {
        await change();
        await delay(700);
      }
    }
    response.end();
  };
  await db.inTransaction(async (tx) => {
    for (let index = 0; index < 50; index += 1) await notifyWatchers(tx, { kind: "events", calendarId: ana.email });
  });
  await until(() => receiver.of(channel.id).length === 3);
  await delay(2_500);
  expect(receiver.of(channel.id)).toEqual(["1 sync", "2 exists", "3 exists"]);
});

it.concurrent("tries again after 503 and a connection that breaks, with ascending numbers, and not after 404", async () => {
  const { change, open, receiver } = await newWorld();
  const channel = await open();
  await until(() => receiver.of(channel.id).length === 1);
  const answers = [status(503), (_request, response) => void response.destroy(), status(404)] satisfies Receiver["answer"][];
  receiver.answer = (request, response, message) => (answers.shift() ?? status(200))(request, response, message);
  await change();
  await until(() => receiver.of(channel.id).length === 4, 20_000);
  const [, first, second, third] = receiver.messages;
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThan(900);
  expect((third?.at ?? 0) - (second?.at ?? 0)).toBeGreaterThan(1_900);
  await delay(2_500);
  expect(receiver.of(channel.id)).toEqual(["1 sync", "2 exists", "3 exists", "4 exists"]);

  await change();
  await until(() => receiver.of(channel.id).length === 5);
}, 180_000);

it.concurrent("leaves a change to the message that waits for another try", async () => {
  const { change, open, receiver } = await newWorld();
  const channel = await open();
  await until(() => receiver.of(channel.id).length === 1);
  receiver.answer = status(500);
  await change();
  await until(() => receiver.of(channel.id).length === 3, 20_000);
  receiver.answer = status(200);
  await change();
  await delay(1_000);
  expect(receiver.of(channel.id)).toHaveLength(3);
  await until(() => receiver.of(channel.id).length === 4, 20_000);
  await delay(2_500);
  expect(receiver.of(channel.id)).toHaveLength(4);
}, 180_000);

it.concurrent("sends the first message again until it arrives, always as number 1, before any other", async () => {
  const { change, open, receiver } = await newWorld();
  receiver.answer = status(503);
  const channel = await open();
  await until(() => receiver.of(channel.id).length === 1);
  await change();
  await until(() => receiver.of(channel.id).length === 3);
  expect(receiver.of(channel.id)).toEqual(["1 sync", "1 sync", "1 sync"]);
  receiver.answer = status(200);
  await until(() => receiver.of(channel.id).some((one) => one.endsWith("exists")), 20_000);
  expect(receiver.of(channel.id).filter((one) => one !== "1 sync")).toHaveLength(1);
}, 180_000);

it.concurrent("follows no redirect, and reads no more of an answer than its status", async () => {
  const { change, open, receiver } = await newWorld();
  const other = await startReceiver();
  receiver.answer = (_request, response, message) => {
    if (message.state === "sync") {
      response.writeHead(302, { Location: other.url }).end();
      return;
    }
    // An answer without end.
    response.writeHead(200);
    const timer = setInterval(() => response.write("x".repeat(65_536)), 1);
    response.on("close", () => clearInterval(timer));
  };
  const channel = await open();
  await until(() => receiver.of(channel.id).length === 1);
  await change();
  await until(() => receiver.of(channel.id).length === 2);
  await change();
  await until(() => receiver.of(channel.id).length === 3);
  expect(other.messages).toEqual([]);
  expect(receiver.of(channel.id)).toEqual(["1 sync", "2 exists", "3 exists"]);
  await other.close();
});

it.concurrent("takes 102 for an answer, and gives a receiver that does not answer 5 s", async () => {
  const { change, open, receiver } = await newWorld();
  receiver.answer = (_request, response, message) => {
    if (message.state === "sync") response.writeProcessing();
  };
  const channel = await open();
  await until(() => receiver.of(channel.id).length === 1);
  await delay(500);
  const { rows } = await db.query(sql.type(row())`select synced from channels where id = ${channel.id}`);
  expect(rows).toEqual([{ synced: true }]);

  await change();
  await until(() => receiver.of(channel.id).length === 3, 20_000);
  const [, first, second] = receiver.messages;
  const between = (second?.at ?? 0) - (first?.at ?? 0);
  expect(between).toBeGreaterThan(5_900);
  expect(between).toBeLessThan(10_000);
}, 180_000);

it.concurrent("tells that the resource is no more, and ends the channel", async () => {
  const { ana, change, open, receiver } = await newWorld();
  const channel = await open();
  await until(() => receiver.of(channel.id).length === 1);
  await db.inTransaction((tx) => notifyWatchers(tx, { kind: "events", calendarId: ana.email }, "not_exists"));
  await until(() => receiver.of(channel.id).length === 2);
  await change();
  await delay(1_500);
  expect(receiver.of(channel.id)).toEqual(["1 sync", "2 not_exists"]);
  const stopped = await ana.post("/calendar/v3/channels/stop", { id: channel.id, resourceId: channel.resourceId });
  expect(stopped.status).toBe(404);
});

it.concurrent("tells nothing on a channel that has expired, and lets its id be used again", async () => {
  const { ana, change, open, receiver } = await newWorld();
  const channel = await open(undefined, { params: { ttl: "2" } });
  await until(() => receiver.of(channel.id).length === 1);
  await delay(2_100);
  await change();
  await delay(1_000);
  expect(receiver.of(channel.id)).toEqual(["1 sync"]);
  const again = await ana.post("/calendar/v3/calendars/primary/events/watch", {
    id: channel.id,
    type: "webhook",
    address: receiver.url,
  });
  expect(again.status).toBe(200);
  await until(() => receiver.of(channel.id).length === 2);
});

it.concurrent("stops telling somebody whose access has ended", async () => {
  const { ana, receiver } = await newWorld();
  const ben = await api.person();
  const made = await ben.post("/calendar/v3/calendars/primary/events/watch", {
    id: "bens",
    type: "web_hook",
    address: receiver.url,
  });
  expect(made.status).toBe(200);
  await until(() => receiver.of("bens").length === 1);
  await db.query(sql.type(row())`update calendars set owner_id = ${ana.id}, is_primary = false where id = ${ben.email}`);
  await db.query(sql.type(row())`delete from acl_rules where calendar_id = ${ben.email}`);
  await db.inTransaction((tx) => notifyWatchers(tx, { kind: "events", calendarId: ben.email }));
  await until(async () => {
    const { rows } = await db.query(sql.type(row())`select from channels where id = 'bens'`);
    return rows.length === 0;
  });
  expect(receiver.of("bens")).toEqual(["1 sync"]);
});

it.concurrent("tells of what is done to events, one message for each, and of the calendar's end", async () => {
  const { ana, receiver, open } = await newWorld();
  const calendar = (await ana.post("/calendar/v3/calendars", { summary: "Team" })).body.id as string;
  const events = `/calendar/v3/calendars/${encodeURIComponent(calendar)}/events`;
  const channel = await open(`${events}/watch`);
  const told = (number: number) => until(() => receiver.of(channel.id).length === number);
  await told(1);

  const day = { start: { date: "2026-03-02" }, end: { date: "2026-03-03" } };
  const made = await ana.post(events, { ...day, summary: "Lunch" });
  await told(2);
  expect((await ana.patch(`${events}/${made.body.id}`, { summary: "Late lunch" })).status).toBe(200);
  await told(3);
  expect((await ana.get(`${events}/${made.body.id}`)).status).toBe(200);
  expect((await ana.post(`${events}/import`, { ...day, iCalUID: "a@b" })).status).toBe(200);
  await told(4);
  expect((await ana.delete(`${events}/${made.body.id}`)).status).toBe(204);
  await told(5);
  expect((await ana.delete(`/calendar/v3/calendars/${encodeURIComponent(calendar)}`)).status).toBe(204);
  await told(6);
  await delay(1_000);
  expect(receiver.of(channel.id)).toEqual(["1 sync", "2 exists", "3 exists", "4 exists", "5 exists", "6 not_exists"]);
});
