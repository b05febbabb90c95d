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
}, 180_000);
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

/** Reads without a pause, and writes now and then; the read that follows a write must find it. */
const load = (server: ServerProcess) => {
  const wrong: string[] = [];
  let slowestMs = 0;
  let isOver = false;
  const note = (before: number, ...statuses: number[]) => {
    wrong.push(...statuses.filter((status) => status !== 200).map(String));
    slowestMs = Math.max(slowestMs, performance.now() - before);
  };
  const reader = async () => {
    while (!isOver) {
      const before = performance.now();
      const read = await callServer(server.url, "GET", `${path}?maxResults=2`);
      note(before, read.status);
      await delay(10);
    }
  };
  // Without Redis a replica is of use between writes alone.
  const writer = async () => {
    while (!isOver) {
      const before = performance.now();
      const body = { summary: "Load", start: { date: "2030-01-01" }, end: { date: "2030-01-02" } };
      const written = await callServer(server.url, "POST", path, body);
      const read = await callServer(server.url, "GET", `${path}/${written.body.id}`);
      note(before, written.status, read.status);
      await delay(700);
    }
  };
  const clients = Promise.all([writer(), reader(), reader(), reader(), reader()]);
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
}, 180_000);

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
  }, 180_000);
});
