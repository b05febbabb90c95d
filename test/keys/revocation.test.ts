/** Keys that end in one process end in all: two real processes on one database. */
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { freshDatabase } from "#test/support/database.ts";
import { callServer, type ServerProcess, startServer } from "#test/support/server-process.ts";

let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Awaited<ReturnType<typeof openDatabase>>;
let one: ServerProcess;
let other: ServerProcess;
beforeAll(async () => {
  database = await freshDatabase();
  db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 5_000 });
  const environment = { DATABASE_URL: database.url, PUSH_WORKERS: "0", LOG_LEVEL: "INFO" };
  one = await startServer(environment);
  other = await startServer(environment);
}, 180_000);
afterAll(async () => {
  await Promise.all([one?.kill("SIGTERM"), other?.kill("SIGTERM")]);
  await db?.close();
  await database?.drop();
});

const statusOf = async ({ url }: ServerProcess, key: string): Promise<number> =>
  (await fetch(`${url}/v1/users/me`, { headers: { "X-API-Key": key } })).status;

let people = 0;
const newUser = async () => {
  people += 1;
  const { body } = await callServer(one.url, "POST", "/v1/users", { email: `person${people}@example.org` });
  const made = await callServer(one.url, "POST", `/v1/users/${body.id}/keys`, { name: "test" });
  return { userId: body.id as string, keyId: made.body.id as string, key: made.body.key as string };
};

/** Uses a key at both processes until both refuse it; answers after how many milliseconds. */
const untilRefused = async (key: string): Promise<number> => {
  const start = performance.now();
  for (;;) {
    const answers = await Promise.all([statusOf(one, key), statusOf(other, key)]);
    if (answers.every((status) => status === 401)) return performance.now() - start;
    if (performance.now() - start > 5_000) return Number.POSITIVE_INFINITY;
    await delay(10);
  }
};

/** How often the table of keys has been read. */
const reads = async (): Promise<number> => {
  const { scans } = await db.one(sql.type(row<{ scans: number }>())`
    select (seq_scan + idx_scan)::integer as scans from pg_stat_user_tables where relname = 'api_keys'
  `);
  return scans;
};

const cutListeners = async (): Promise<number> => {
  const { cut } = await db.one(sql.type(row<{ cut: number }>())`
    select count(pg_terminate_backend(pid))::integer as cut from pg_stat_activity
    where datname = current_database() and application_name = 'listener'
  `);
  return cut;
};

const ways: readonly (readonly [string, (user: Awaited<ReturnType<typeof newUser>>) => Promise<unknown>])[] = [
  ["revoked", ({ userId, keyId }) => callServer(one.url, "DELETE", `/v1/users/${userId}/keys/${keyId}`)],
  [
    "rotated without an overlap",
    ({ userId, keyId }) => callServer(one.url, "POST", `/v1/users/${userId}/keys/${keyId}/rotate`, { overlapSeconds: 0 }),
  ],
  ["deleted with its user", ({ userId }) => db.query(sql.type(row())`delete from users where id = ${userId}`)],
];

it.each(ways)("a key that is %s ends in both processes within 2 s", async (_, end) => {
  const user = await newUser();
  expect([await statusOf(one, user.key), await statusOf(other, user.key)]).toEqual([200, 200]);
  // Past the time that an answer is good for by itself.
  await delay(1_500);
  expect([await statusOf(one, user.key), await statusOf(other, user.key)]).toEqual([200, 200]);

  await end(user);

  expect(await untilRefused(user.key)).toBeLessThan(2_000);
});

it("a key ends within 2 s where the connection that hears of it is cut again and again", async () => {
  const user = await newUser();
  expect([await statusOf(one, user.key), await statusOf(other, user.key)]).toEqual([200, 200]);
  let cuts = 0;
  let goesOn = true;
  const cutting = (async () => {
    for (; goesOn; await delay(20)) cuts += await cutListeners();
  })();
  await delay(1_500);
  expect(await statusOf(other, user.key)).toBe(200);

  await callServer(one.url, "DELETE", `/v1/users/${user.userId}/keys/${user.keyId}`);

  expect(await untilRefused(user.key)).toBeLessThan(2_000);
  goesOn = false;
  await cutting;
  expect(cuts).toBeGreaterThan(2);
});

it("a known key costs no query, once the connection that hears of changes stands", async () => {
  const { key } = await newUser();
  await delay(4_000);
  await Promise.all([statusOf(one, key), statusOf(other, key)]);
  await delay(1_100);
  await statusOf(other, key);
  const before = await reads();

  const until = performance.now() + 4_000;
  let requests = 0;
  for (; performance.now() < until; requests += 1) await statusOf(requests % 2 === 0 ? one : other, key);
  await delay(1_500);

  expect(requests).toBeGreaterThan(200);
  // Figures of what was read before may come late.
  expect((await reads()) - before).toBeLessThan(10);
});

it("a process ends at once though it listens", async () => {
  const third = await startServer({ DATABASE_URL: database.url, PUSH_WORKERS: "0" });
  const start = performance.now();

  expect(await third.kill("SIGTERM")).toBe(0);

  expect(performance.now() - start).toBeLessThan(3_000);
}, 180_000);
