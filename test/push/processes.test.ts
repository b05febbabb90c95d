/** Messages and real processes: killed before and while they send, several at once, stopped. */
import { setTimeout as delay } from "node:timers/promises";
import { notifyWatchers } from "#lib/domain/channels/notify.ts";
import { openDatabase } from "#lib/sql/database.ts";
import { freshDatabase } from "#test/support/database.ts";
import { callServer, type ServerProcess, startServer } from "#test/support/server-process.ts";
import { startReceiver, until } from "./receiver.ts";

const events = { kind: "events", calendarId: "admin@localhost" } as const;

const tearDown: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const step of tearDown.reverse()) await step();
});

/** A database, a receiver, and processes to be started: the tests wait a lot, and run at the same time. */
const newWorld = async () => {
  const database = await freshDatabase();
  tearDown.push(() => database.drop());
  const db = await openDatabase(database.url, { poolSize: 2, statementTimeoutMs: 10_000 });
  tearDown.push(() => db.close());
  const receiver = await startReceiver();
  tearDown.push(() => receiver.close());
  const start = async (environment: Record<string, string> = {}) => {
    const server = await startServer({ DATABASE_URL: database.url, PUSH_ALLOW_LOOPBACK: "1", ...environment });
    tearDown.push(() => server.kill("SIGKILL"));
    return server;
  };
  const open = async ({ url }: ServerProcess, id: string) => {
    const body = { id, type: "web_hook", address: receiver.url };
    const made = await callServer(url, "POST", "/calendar/v3/calendars/primary/events/watch", body);
    expect(made.status).toBe(200);
    return made.body as { id: string; resourceId: string };
  };
  const change = () => db.inTransaction((tx) => notifyWatchers(tx, events));
  return { receiver, start, open, change };
};

it.concurrent("a message whose process was killed before sending it is sent by the next process", async () => {
  const { change, open, receiver, start } = await newWorld();
  const first = await start({ PUSH_WORKERS: "0" });
  const channel = await open(first, "before");
  await delay(1_500);
  expect(receiver.messages).toEqual([]);
  await change();
  await first.kill("SIGKILL");

  await start();
  await until(() => receiver.of(channel.id).length === 2);
  expect(receiver.of(channel.id)).toEqual(["1 sync", "2 exists"]);
}, 180_000);

it.concurrent("a message whose process was killed while sending it is sent by another, within a minute", async () => {
  const { change, open, receiver, start } = await newWorld();
  const first = await start();
  const channel = await open(first, "during");
  await until(() => receiver.of(channel.id).length === 1);
  receiver.answer = () => {};
  await change();
  await until(() => receiver.of(channel.id).length === 2);
  await first.kill("SIGKILL");
  const killedAt = Date.now();
  receiver.answer = (_request, response) => void response.end();

  await start();
  await until(() => receiver.of(channel.id).length === 3, 60_000);
  expect(receiver.of(channel.id)).toEqual(["1 sync", "2 exists", "3 exists"]);
  expect(Date.now() - killedAt).toBeLessThan(60_000);
}, 180_000);

it.concurrent("two processes send each message once, each channel's in order, and neither after a channel was stopped", async () => {
  const { change, open, receiver, start } = await newWorld();
  const servers = [await start(), await start()] as const;
  const opened = await Promise.all(Array.from({ length: 12 }, (_, index) => open(servers[index % 2 ? 1 : 0], `c${index}`)));
  await until(() => receiver.messages.length === opened.length);
  receiver.answer = async (_request, response) => {
    await delay(Math.random() * 100);
    response.end();
  };
  for (let round = 1; round <= 3; round += 1) {
    await change();
    await until(() => receiver.messages.length === opened.length * (1 + round), 20_000);
  }
  await delay(1_000);
  for (const { id } of opened) expect(receiver.of(id)).toEqual(["1 sync", "2 exists", "3 exists", "4 exists"]);

  let goingOn = true;
  const writing = (async () => {
    for (; goingOn; await delay(20)) await change();
  })();
  const stoppedAt = new Map<string, number>();
  await Promise.all(
    opened.map(async ({ id, resourceId }, index) => {
      await delay(index * 200);
      const server = servers[index % 2 ? 0 : 1];
      const { status } = await callServer(server.url, "POST", "/calendar/v3/channels/stop", { id, resourceId });
      expect(status).toBe(204);
      stoppedAt.set(id, Date.now());
    }),
  );
  await delay(1_500);
  goingOn = false;
  await writing;
  expect(receiver.messages.length).toBeGreaterThan(opened.length * 4);
  expect(receiver.messages.filter(({ channel, at }) => at > (stoppedAt.get(channel) ?? 0))).toEqual([]);
}, 180_000);

it.concurrent("a process that is told to stop finishes the message it is sending", async () => {
  const { change, open, receiver, start } = await newWorld();
  const server = await start();
  const channel = await open(server, "graceful");
  await until(() => receiver.of(channel.id).length === 1);
  let answered = false;
  receiver.answer = async (_request, response) => {
    await delay(1_500);
    response.end();
    answered = true;
  };
  await change();
  await until(() => receiver.of(channel.id).length === 2);
  expect(await server.kill("SIGTERM")).toBe(0);
  expect(answered).toBe(true);

  await start();
  await delay(3_000);
  expect(receiver.of(channel.id)).toEqual(["1 sync", "2 exists"]);
}, 180_000);
