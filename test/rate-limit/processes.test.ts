/** One limit of several processes, over a real Redis, and what becomes of it without. */
import { setTimeout as delay } from "node:timers/promises";
import { shownId } from "#lib/domain/keys/identify.ts";
import { createCounter } from "#lib/entry/counter.ts";
import { freshDatabase } from "#test/support/database.ts";
import { describeWithRedis, type RedisServer, startRedis } from "#test/support/redis.ts";
import { callServer, type ServerProcess, startServer } from "#test/support/server-process.ts";

const limit = 1_000;
const slice = limit / 100;
/** Requests under way at each process at once. */
const atOnce = 16;
const colors = "/calendar/v3/colors";

describeWithRedis("two processes with a Redis", () => {
  let redis: RedisServer;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let servers: ServerProcess[];

  beforeAll(async () => {
    redis = await startRedis();
    database = await freshDatabase();
    const environment = {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      RATE_LIMIT_PER_MINUTE: String(limit),
      LOG_LEVEL: "ERROR",
      PUSH_WORKERS: "0",
    };
    servers = [await startServer(environment), await startServer(environment)];
  }, 180_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.kill("SIGKILL")));
    await redis.stop();
    await database.drop();
  });

  let people = 0;
  /** The key of somebody whose minute has so many seconds left. */
  const newKey = async (seconds: number): Promise<string> => {
    for (;;) {
      people += 1;
      const [{ url }] = servers as [ServerProcess];
      const user = await callServer(url, "POST", "/v1/users", { email: `limited${people}@example.org` });
      const made = await callServer(url, "POST", `/v1/users/${user.body.id}/keys`, { name: "limited" });
      const { endsAt } = createCounter("x", 1, undefined).take(shownId(made.body.key) as string);
      if (endsAt - Date.now() > seconds * 1_000) return made.body.key;
    }
  };

  interface Outcome {
    readonly status: number;
    readonly ms: number;
  }

  /** Sends requests to a process, some at once, one after the other, for as long as it is told to. */
  const load = async (server: ServerProcess, key: string, goesOn: (sent: number) => boolean): Promise<Outcome[]> => {
    const outcomes: Outcome[] = [];
    let sent = 0;
    const worker = async () => {
      while (goesOn(sent)) {
        sent += 1;
        const before = performance.now();
        const { status } = await callServer(server.url, "GET", colors, undefined, { "X-API-Key": key });
        outcomes.push({ status, ms: performance.now() - before });
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return outcomes;
  };

  const through = (outcomes: readonly Outcome[]) => outcomes.filter(({ status }) => status === 200).length;
  const statuses = (outcomes: readonly Outcome[]) => [...new Set(outcomes.map(({ status }) => status))].sort();

  const slowest = (outcomes: readonly Outcome[], share: number) =>
    outcomes.map(({ ms }) => ms).sort((a, b) => a - b)[Math.floor(outcomes.length * share)] as number;

  const expectShared = async (): Promise<Outcome[]> => {
    const key = await newKey(25);
    const both = await Promise.all(servers.map((server) => load(server, key, (sent) => sent < limit)));
    const all = both.flat();
    expect(statuses(all)).toEqual([200, 429]);
    expect(through(all)).toBeGreaterThanOrEqual(limit);
    expect(through(all)).toBeLessThanOrEqual(limit + servers.length * (slice + atOnce));
    return all;
  };

  it("let through what one may, and a slice each more at most", async () => {
    await expectShared();
  }, 180_000);

  it("answer as fast while Redis hangs, each by itself, and share again when it goes on", async () => {
    const usual = await expectShared();
    const key = await newKey(25);
    const half = await load(servers[0] as ServerProcess, key, (sent) => sent < 300);
    expect(through(half)).toBe(300);
    redis.child.kill("SIGSTOP");
    try {
      const both = await Promise.all(servers.map((server) => load(server, key, (sent) => sent < limit)));
      const all = both.flat();
      expect(statuses(all)).toEqual([200, 429]);
      for (const one of both) expect(through(one)).toBeLessThanOrEqual(limit);
      expect(through(both[0] as Outcome[])).toBe(limit - 300);
      // One in ten fills a slice: if those waited for Redis, it would show here.
      expect(slowest(all, 0.95)).toBeLessThan(2 * slowest(usual, 0.95) + 60);
    } finally {
      redis.child.kill("SIGCONT");
    }
    await delay(4_000);
    await expectShared();
  }, 180_000);

  it("go on when Redis is killed under load, without a failure, each with the limit it had; and share again when it is back", async () => {
    const key = await newKey(40);
    const loads = servers.map((server) => load(server, key, (sent) => sent < 1.3 * limit));
    await delay(300);
    await redis.stop();
    const both = await Promise.all(loads);
    for (const one of both) {
      expect(statuses(one)).toEqual([200, 429]);
      expect(through(one)).toBeLessThanOrEqual(limit);
    }
    expect(through(both.flat())).toBeGreaterThanOrEqual(limit);

    redis = await startRedis(Number(new URL(redis.url).port));
    await delay(4_000);
    await expectShared();
  }, 180_000);
});
