/** How the program ends: what a scheduler that sends SIGTERM, waits and kills can rely on. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { freshDatabase } from "#test/support/database.ts";
import { callServer, type ServerProcess, startServer } from "#test/support/server-process.ts";

const events = "/calendar/v3/calendars/primary/events";
const lunch = { summary: "Lunch", start: { dateTime: "2026-03-02T12:00:00Z" }, end: { dateTime: "2026-03-02T13:00:00Z" } };

let database: Awaited<ReturnType<typeof freshDatabase>>;
let server: ServerProcess;
beforeEach(async () => {
  database = await freshDatabase();
});
afterEach(async () => {
  await (server as ServerProcess | undefined)?.kill("SIGKILL");
  await database.drop();
});
const start = async (environment: Record<string, string>) => {
  server = await startServer({ DATABASE_URL: database.url, STATEMENT_TIMEOUT_MS: "60000", ...environment });
};

/** Waits until it says that it is not ready, which it does as soon as it has heard the signal. */
const untilNotReady = async () => {
  for (;;) {
    const ready = await callServer(server.url, "GET", "/health/ready");
    if (ready.status !== 200) return ready;
    await delay(10);
  }
};

/** Runs what a test does while nobody can write to a calendar. */
const whileLocked = async (work: () => Promise<void>): Promise<void> => {
  const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 60_000 });
  try {
    await db.inTransaction(async (tx) => {
      await tx.query(sql.type(row())`select from calendars for update`);
      await work();
    });
  } finally {
    await db.close();
  }
};

it("says at once that it is not ready, serves on while it drains, then ends with everything it had to tell", async () => {
  await start({ DRAIN_MS: "3000" });
  await callServer(server.url, "GET", events);
  const stoppedAt = performance.now();
  const ended = server.kill("SIGTERM");
  const ready = await untilNotReady();
  expect(ready).toMatchObject({ status: 503, body: { error: { errors: [{ reason: "serviceNotAvailable" }] } } });
  expect((await callServer(server.url, "GET", "/health/live")).status).toBe(200);
  const made = await callServer(server.url, "POST", events, lunch);
  expect(made.status).toBe(200);
  expect(made.headers.get("connection")).toBe("close");

  expect(await ended).toBe(0);
  expect(performance.now() - stoppedAt).toBeGreaterThan(3_000);
  expect(performance.now() - stoppedAt).toBeLessThan(12_000);
  const lines = server.written().trim().split("\n");
  expect(lines.every((line) => line.endsWith("}"))).toBe(true);
  expect(lines.some((line) => line.includes('"route":"events.insert"') && line.includes('"status":200'))).toBe(true);
  expect(lines.filter((line) => line.includes('"_aws"')).join("\n")).toContain("events.insert");
}, 180_000);

it("ends at once when it is told a second time, whatever it is doing", async () => {
  await start({ DRAIN_MS: "60000" });
  await whileLocked(async () => {
    const stuck = callServer(server.url, "POST", events, lunch).catch(() => "cut off");
    await delay(200);
    void server.kill("SIGTERM");
    await untilNotReady(); // signals that wait to be heard count once
    const toldAt = performance.now();

    expect(await server.kill("SIGTERM")).toBe(1);

    expect(performance.now() - toldAt).toBeLessThan(10_000);
    expect(await stuck).toBe("cut off");
    expect(server.written()).toContain('"message":"stopping"');
  });
}, 180_000);

it.each(["SIGTERM", "SIGINT"] as const)(
  "ends at once and well while it waits for its database to begin with (%s)",
  async (signal) => {
    const silent = createServer((socket) => socket.on("error", () => {})).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "container/main.ts"], {
      env: { PATH: process.env.PATH, PORT: "0", DATABASE_URL: `postgresql://app@127.0.0.1:${port}/calendar` },
      stdio: "ignore",
    });
    try {
      const exited = once(child, "exit");
      await Promise.race([once(silent, "connection"), exited]);
      const toldAt = performance.now();
      child.kill(signal);

      expect(await exited).toEqual([0, null]);
      expect(performance.now() - toldAt).toBeLessThan(1_000);
    } finally {
      child.kill("SIGKILL");
      silent.close();
    }
  },
  30_000,
);

it("listens for the end before all that takes time to load", () => {
  const imported = readFileSync("container/main.ts", "utf8").match(/^import .*$/gm);
  expect(imported).toEqual(['import "./stop-signals.ts";']);
  expect(readFileSync("container/stop-signals.ts", "utf8")).not.toMatch(/^import /m);
});

it("ends in time though its database neither answers nor goes away", async () => {
  const target = new URL(database.url);
  const sockets: Socket[] = [];
  const proxy = createServer((client) => {
    const host = decodeURIComponent(target.hostname);
    const upstream = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${target.port}`) : connect(Number(target.port), host);
    for (const socket of [client, upstream]) socket.on("error", () => {});
    client.pipe(upstream).pipe(client);
    sockets.push(client, upstream);
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  const through = `postgresql://${target.username}@127.0.0.1:${(proxy.address() as AddressInfo).port}${target.pathname}`;
  await start({ DATABASE_URL: through, DRAIN_MS: "100", REQUEST_TIMEOUT_MS: "1000" });
  for (const socket of sockets) socket.unpipe().pause();
  const stuck = callServer(server.url, "GET", events).catch(() => undefined);
  await delay(100);
  const toldAt = performance.now();

  expect(await server.kill("SIGTERM")).toBe(1);

  // DRAIN_MS, REQUEST_TIMEOUT_MS, and three seconds for what is open: less than a task's stopTimeout.
  expect(performance.now() - toldAt).toBeLessThan(100 + 1_000 + 3_000 + 1_500);
  expect(server.written()).toContain("stopped before everything had ended");
  await stuck;
  for (const socket of sockets) socket.destroy();
  proxy.close();
}, 180_000);
