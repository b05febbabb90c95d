/** What processes count comes together in the database: while they run, when they end, and when the database was away. */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startEmbeddedPostgres } from "#container/embedded-postgres.ts";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { placeForFiles } from "#test/support/database.ts";
import { callServer, startServer } from "#test/support/server-process.ts";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(await placeForFiles(), `calendar-test-${process.pid}-`));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));

const calendars = "/calendar/v3/calendars";
const events = `${calendars}/primary/events`;

const until = async (holds: () => Promise<boolean>) => {
  for (let patience = 0; patience < 120; patience += 1) {
    if (await holds()) return;
    await delay(250);
  }
};

it("is summed over two processes, lost with none that ends in order, and waits for a database that is away", async () => {
  const dataDir = join(folder, "database");
  const start = () => startEmbeddedPostgres({ dataDir, durable: false, settings: { shared_buffers: "32MB" } });
  let postgres = await start();
  const server = { DATABASE_URL: postgres.url, PUSH_WORKERS: "0" };
  const first = await startServer(server);
  const second = await startServer(server);
  const stored = async () => {
    const db = await openDatabase(postgres.url, { poolSize: 1, statementTimeoutMs: 10_000 });
    const found = await db.one(
      sql.type(row<{ requests: number; errors: number }>())`
        select coalesce(sum(requests), 0)::int as requests, coalesce(sum(errors), 0)::int as errors from key_usage
      `,
    );
    await db.close();
    return found;
  };
  try {
    for (let number = 0; number < 20; number += 1) {
      expect((await callServer(first.url, "GET", events)).status).toBe(200);
      expect((await callServer(second.url, "GET", `${calendars}/nosuch`)).status).toBe(404);
    }

    await postgres.stop();
    // Each tries to add its sums once at least, and cannot.
    await delay(11_000);
    for (const { written } of [first, second]) expect(written()).toContain("usage not added yet");
    postgres = await start();

    await until(async () => (await stored()).requests >= 40);
    expect(await stored()).toEqual({ requests: 40, errors: 20 });

    await until(async () => (await callServer(first.url, "GET", events)).status === 200);
    const before = (await stored()).requests;
    for (let number = 0; number < 7; number += 1) await callServer(first.url, "GET", events);
    expect(await first.kill("SIGTERM")).toBe(0);
    expect((await stored()).requests).toBeGreaterThanOrEqual(before + 7);
  } finally {
    first.child.kill("SIGKILL");
    second.child.kill("SIGKILL");
    await postgres.stop();
  }
}, 180_000);
