import { setTimeout as delay } from "node:timers/promises";
import { connectRedis, type RedisLink } from "#lib/redis/connect.ts";
import { describeWithRedis, type RedisServer, startRedis } from "#test/support/redis.ts";
import { freePort } from "#test/support/server-process.ts";

const ping = (link: RedisLink) => link.ask((client) => client.ping());

const untilUp = async (link: RedisLink) => {
  for (const deadline = Date.now() + 5_000; link.upForMs() === 0 && Date.now() < deadline; ) await delay(10);
};

const timed = async <T>(work: Promise<T>) => {
  const before = performance.now();
  const value = await work;
  return { value, ms: performance.now() - before };
};

it("goes on without a Redis that is not there, and says so at once", async () => {
  const link = await connectRedis(`redis://127.0.0.1:${await freePort()}`);
  const { value, ms } = await timed(ping(link));
  expect(value).toBeUndefined();
  expect(ms).toBeLessThan(50);
  expect(link.upForMs()).toBe(0);
  link.close();
});

describeWithRedis("with a Redis", () => {
  let redis: RedisServer;
  let link: RedisLink;

  beforeEach(async () => {
    redis = await startRedis();
    link = await connectRedis(redis.url);
  });
  afterEach(async () => {
    link.close();
    await redis.stop();
  });

  it("answers from the start, and takes a command that Redis refuses for no answer", async () => {
    expect(await ping(link)).toBe("PONG");
    expect(await link.ask((client) => client.call("NO-SUCH-COMMAND"))).toBeUndefined();
    expect(await ping(link)).toBe("PONG");
  });

  it("shows a password that is kept apart from the URL", async () => {
    await link.ask((client) => client.config("SET", "requirepass", "a password: of/any @kind"));
    const [without, withIt] = [await connectRedis(redis.url), await connectRedis(redis.url, "a password: of/any @kind")];

    expect([await ping(without), await ping(withIt)]).toEqual([undefined, "PONG"]);
    without.close();
    withIt.close();
  }, 180_000);

  it("loses nothing but answers when Redis is killed, and is back when Redis is", async () => {
    await redis.stop();
    const { value, ms } = await timed(Promise.all(Array.from({ length: 1_000 }, () => ping(link))));
    expect(value.every((one) => one === undefined)).toBe(true);
    expect(ms).toBeLessThan(1_000);

    const again = await startRedis(Number(new URL(redis.url).port));
    try {
      await untilUp(link);
      expect(await ping(link)).toBe("PONG");
    } finally {
      await again.stop();
    }
  }, 180_000);

  it("waits a tenth of a second for one that hangs, soon not at all, and finds it again", async () => {
    redis.child.kill("SIGSTOP");
    const first = await timed(ping(link));
    expect(first.value).toBeUndefined();
    expect(first.ms).toBeGreaterThan(80);
    expect(first.ms).toBeLessThan(1_000);
    await delay(1_500);
    expect(link.upForMs()).toBe(0);
    expect((await timed(ping(link))).ms).toBeLessThan(50);

    redis.child.kill("SIGCONT");
    await untilUp(link);
    expect(await ping(link)).toBe("PONG");
  }, 180_000);
});
