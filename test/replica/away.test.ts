/** A replica that dies, hangs or falls behind, and a Redis that is killed, are heard of by nobody who calls. */
import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { describeWithRedis, startRedis } from "#test/support/redis.ts";
import { type ReplicatedDatabase, startReplicatedDatabase } from "#test/support/replica.ts";
import { callServer, type ServerProcess, startServer } from "#test/support/server-process.ts";
import { readsFrom } from "./reads-from.ts";

const path = "/calendar/v3/calendars/primary/events";

let database: ReplicatedDatabase;
beforeAll(async () => {
  database = await startReplicatedDatabase();
}, 60_000);
afterAll(() => database.stop());

const startOne = (environment: Record<string, string> = {}) =>
  startServer({
    DATABASE_URL: database.url,
    DATABASE_REPLICA_URL: database.replicaUrl,
    REPLICA_MAX_LAG_MS: "1000",
    PUSH_WORKERS: "0",
    LOG_LEVEL: "WARN",
    ...environment,
  });

/** Reads, and writes now and then, without a pause; every read that follows a write must show it. */
const load = (server: ServerProcess) => {
  const wrong: string[] = [];
  let slowestMs = 0;
  let isOver = false;
  const client = async () => {
    for (let turn = 0; !isOver; turn += 1) {
      const before = performance.now();
      const body = { summary: String(turn), start: { date: "2030-01-01" }, end: { date: "2030-01-02" } };
      const written = turn % 8 === 0 ? await callServer(server.url, "POST", path, body) : undefined;
      const read = await callServer(server.url, "GET", written ? `${path}/${written.body.id}` : `${path}?maxResults=2`);
      for (const { status } of [written ?? read, read]) if (status !== 200) wrong.push(String(status));
      slowestMs = Math.max(slowestMs, performance.now() - before);
      await delay(10);
    }
  };
  const clients = Promise.all(Array.from({ length: 6 }, client));
  return {
    wrong,
    slowestMs: () => slowestMs,
    end: async () => {
      isOver = true;
      await clients;
    },
  };
};

const untilUsed = async (server: ServerProcess) => {
  const before = readsFrom([server], "replica");
  for (const deadline = Date.now() + 30_000; readsFrom([server], "replica") <= before; await delay(100)) {
    if (Date.now() > deadline) throw new Error("The replica is not used.");
  }
};

it("a replica that stops, hangs or lags is left out, and comes back", async () => {
  const server = await startOne();
  const { end, wrong, slowestMs } = load(server);
  try {
    await untilUsed(server);
    await database.stopReplica();
    await delay(1_500);
    await database.startReplica();
    await untilUsed(server);

    // All of its processes at once, as a machine that vanishes.
    const pids = database.replicaPids();
    execFileSync("kill", ["-STOP", ...pids]);
    await delay(3_000);
    execFileSync("kill", ["-CONT", ...pids]);
    await untilUsed(server);

    await database.pause();
    await delay(2_500);
    const left = readsFrom([server], "replica");
    await delay(1_500);
    expect(readsFrom([server], "replica")).toBe(left);
    await database.resume();
    await untilUsed(server);
    await end();
    expect(wrong).toEqual([]);
    expect(slowestMs()).toBeLessThan(5_000);
  } finally {
    await end().catch(() => {});
    await server.kill("SIGKILL");
  }
}, 120_000);

describeWithRedis("with a Redis", () => {
  it("nobody hears of its death or its coming back", async () => {
    const redis = await startRedis();
    const server = await startOne({ REDIS_URL: redis.url });
    const { end, wrong, slowestMs } = load(server);
    try {
      await untilUsed(server);
      await redis.stop();
      await untilUsed(server);
      await delay(1_000);
      const again = await startRedis(Number(new URL(redis.url).port));
      try {
        await delay(2_500);
        again.child.kill("SIGSTOP");
        await delay(2_000);
        again.child.kill("SIGCONT");
        await delay(500);
        await untilUsed(server);
      } finally {
        await again.stop();
      }
      await end();
      expect(wrong).toEqual([]);
      expect(slowestMs()).toBeLessThan(5_000);
    } finally {
      await end().catch(() => {});
      await server.kill("SIGKILL");
      await redis.stop();
    }
  }, 120_000);
});
