/** The program as operators know it: started, killed, cut off from its database, stopped. */
import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbeddedPostgres } from "#container/embedded-postgres.ts";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { callServer, freePort, type ServerProcess, startServer } from "#test/support/server-process.ts";

const events = "/calendar/v3/calendars/primary/events";
const lunch = { summary: "Lunch", start: { dateTime: "2026-03-02T12:00:00Z" }, end: { dateTime: "2026-03-02T13:00:00Z" } };

let folder: string;
const running: ServerProcess[] = [];
const start = async (environment: Record<string, string>) => {
  const server = await startServer(environment);
  running.push(server);
  return server;
};
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "calendar-process-"));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.kill("SIGKILL")));
  await delay(300);
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
});

it("tells where it is and how to call it, and finds its data again at the second start", async () => {
  const first = await start({ DATA_DIR: folder });
  const made = await callServer(first.url, "POST", events, lunch);
  expect(made.status).toBe(200);
  expect(first.said()).toMatch(/Calendar API at http:\/\/localhost:\d+\n.*curl -H/s);
  expect(await first.kill("SIGTERM")).toBe(0);

  const second = await start({ DATA_DIR: folder });
  const found = await callServer(second.url, "GET", `${events}/${made.body.id}`);

  expect(found.body).toEqual({ ...made.body, htmlLink: expect.any(String) });
}, 180_000);

it("keeps every event it acknowledged when it is killed in the middle of a burst of writes", async () => {
  const first = await start({ DATA_DIR: folder });
  const list = await callServer(first.url, "GET", events);
  const acknowledged: string[] = [];
  const series = { ...lunch, start: { ...lunch.start, timeZone: "Europe/Berlin" }, recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] };
  let goingOn = true;
  const writers = Array.from({ length: 16 }, async (_, writer) => {
    for (let number = 0; goingOn; number += 1) {
      const id = `burst${writer}x${number}`.replaceAll("x", "v");
      const answer = await callServer(first.url, "POST", events, { ...(number % 3 === 0 ? series : lunch), id }).catch(
        () => undefined,
      );
      if (answer?.status === 200) acknowledged.push(id);
    }
  });
  while (acknowledged.length < 200) await delay(10);
  await first.kill("SIGKILL");
  goingOn = false;
  await Promise.all(writers);

  const second = await start({ DATA_DIR: folder });
  const changed: { id: string; summary: string; start: unknown }[] = [];
  let page: { nextPageToken?: string; nextSyncToken?: string; items: typeof changed };
  let pageToken = "";
  do {
    const query = `syncToken=${list.body.nextSyncToken}${pageToken && `&pageToken=${pageToken}`}`;
    const answer = await callServer(second.url, "GET", `${events}?${query}`);
    expect(answer.status).toBe(200);
    page = answer.body;
    changed.push(...page.items);
    pageToken = page.nextPageToken ?? "";
  } while (pageToken);

  const there = new Set(changed.map(({ id }) => id));
  expect(acknowledged.filter((id) => !there.has(id))).toEqual([]);
  for (const event of changed) expect(event).toMatchObject({ summary: "Lunch", start: { dateTime: expect.any(String) } });
  const after = await callServer(second.url, "GET", `${events}?syncToken=${page.nextSyncToken}`);
  expect(after.body.items).toEqual([]);
}, 180_000);

it("says clearly that its database is away, and goes on when it is back", async () => {
  const database = await startEmbeddedPostgres({ dataDir: join(folder, "database"), durable: false });
  const server = await start({ DATABASE_URL: database.url });
  expect((await callServer(server.url, "GET", events)).status).toBe(200);

  await database.stop();
  const away = await callServer(server.url, "GET", events);
  const ready = await callServer(server.url, "GET", "/health/ready");
  const live = await callServer(server.url, "GET", "/health/live");
  expect(away).toMatchObject({ status: 503, body: { error: { errors: [{ reason: "backendError" }] } } });
  expect(away.headers.get("retry-after")).toBe("1");
  expect(ready.status).toBe(503);
  expect(live.status).toBe(200);

  const again = await startEmbeddedPostgres({ dataDir: join(folder, "database"), durable: false });
  let back = await callServer(server.url, "GET", events);
  for (let patience = 0; patience < 50 && back.status !== 200; patience += 1) {
    await delay(100);
    back = await callServer(server.url, "GET", events);
  }
  expect(back.status).toBe(200);
  await server.kill("SIGTERM");
  await again.stop();
}, 180_000);

it("answers 503 when a statement takes too long, and keeps nothing of what it was doing", async () => {
  const database = await startEmbeddedPostgres({ dataDir: join(folder, "database"), durable: false });
  const server = await start({ DATABASE_URL: database.url, STATEMENT_TIMEOUT_MS: "300" });
  const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 10_000 });
  const held = db.inTransaction(async (tx) => {
    await tx.query(sql.type(row())`select from calendars for update`);
    await delay(1_500);
  });
  await delay(200);

  const stuck = await callServer(server.url, "POST", events, lunch);
  await held;
  const list = await callServer(server.url, "GET", events);

  expect(stuck).toMatchObject({ status: 503, body: { error: { errors: [{ reason: "backendError" }] } } });
  expect(stuck.body.error.message).toContain("longer than a statement may");
  expect(list.body.items).toEqual([]);
  expect((await callServer(server.url, "POST", events, lunch)).status).toBe(200);
  await db.close();
  await server.kill("SIGTERM");
  await database.stop();
}, 180_000);

it("waits for a database that comes later than itself, and refuses a wrong configuration with all that is wrong", async () => {
  const database = await startEmbeddedPostgres({ dataDir: join(folder, "database"), durable: false });
  await database.stop();
  let starting: ReturnType<typeof startServer> | undefined;
  await new Promise<void>((resolve) => {
    const listen = (said: string) => (said.includes("does not answer yet") ? resolve() : undefined);
    starting = startServer({ DATABASE_URL: database.url }, undefined, listen);
  });
  const again = await startEmbeddedPostgres({ dataDir: join(folder, "database"), durable: false });
  const server = await (starting as unknown as ReturnType<typeof startServer>);
  await server.kill("SIGTERM");
  await again.stop();

  const wrong = { PORT: "notaport", LOG_LEVEL: "loud", DATABASE_URL: "mysql://x" };
  await expect(startServer(wrong)).rejects.toThrow(/PORT.*DATABASE_URL.*LOG_LEVEL|PORT.*LOG_LEVEL.*DATABASE_URL/s);
}, 180_000);

it("lets several servers start at once on one empty database", async () => {
  const database = await startEmbeddedPostgres({ dataDir: join(folder, "database"), durable: false });

  const servers = await Promise.all([1, 2, 3].map(() => start({ DATABASE_URL: database.url })));

  for (const { url } of servers) expect((await callServer(url, "GET", events)).status).toBe(200);
  await Promise.all(servers.map((server) => server.kill("SIGTERM")));
  await database.stop();
}, 180_000);

it("finishes what it has begun when it is told to stop, and leaves nothing running", async () => {
  const port = String(await freePort());
  const server = await start({ DATA_DIR: folder, PORT: port });
  const writes = Array.from({ length: 50 }, () => callServer(server.url, "POST", events, lunch).catch(() => undefined));
  await delay(30);

  expect(await server.kill("SIGTERM")).toBe(0);

  const answers = await Promise.all(writes);
  for (const answer of answers) if (answer) expect([200, 503]).toContain(answer.status);
  expect(answers.filter((answer) => answer?.status === 200).length).toBeGreaterThan(0);
  expect(
    server
      .written()
      .split("\n")
      .filter((line) => line.includes('"route":"events.insert"')).length,
  ).toBeGreaterThan(0);
  const search = spawn("pgrep", ["-f", folder]);
  const [code] = await new Promise<[number]>((resolve) => search.on("exit", (status: number) => resolve([status])));
  expect(code).not.toBe(0);
}, 180_000);
