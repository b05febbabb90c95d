/** The build wraps packages in its own way: what is loaded when there is a Redis must be found in the bundle too. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connectRedis } from "#lib/redis/connect.ts";
import { freshDatabase } from "#test/support/database.ts";
import { describeWithRedis, startRedis } from "#test/support/redis.ts";
import { callServer, startServer } from "#test/support/server-process.ts";

describeWithRedis("the bundle", () => {
  it("reaches Redis, and counts requests there, by names that nobody can read, for a minute", async () => {
    const folder = mkdtempSync(join(tmpdir(), "calendar-bundle-"));
    const [redis, database] = [await startRedis(), await freshDatabase()];
    const build = ["--disable-warning=ExperimentalWarning", "esbuild.config.mjs", "--container", `--out=${folder}`];
    expect(spawnSync(process.execPath, build, { encoding: "utf8", timeout: 60_000 }).status).toBe(0);
    const limits = { RATE_LIMIT_PER_MINUTE: "50", RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "50" };
    const server = await startServer({ DATABASE_URL: database.url, REDIS_URL: redis.url, PUSH_WORKERS: "0", ...limits }, [
      join(folder, "container/main.mjs"),
    ]);
    const link = await connectRedis(redis.url);
    try {
      expect((await callServer(server.url, "GET", "/calendar/v3/colors")).status).toBe(200);
      let names: string[] = [];
      while (names.length < 2) names = (await link.ask((client) => client.keys("*rate*"))) ?? [];
      for (const name of names) {
        expect(name).toMatch(/^\{calendar\}:rate:[\w-]{43}$/);
        let left: number | undefined;
        while (left === undefined) left = await link.ask((client) => client.ttl(name));
        expect(left).toBeGreaterThan(50);
        expect(left).toBeLessThanOrEqual(60);
      }
    } finally {
      link.close();
      await server.kill("SIGKILL");
      await Promise.all([redis.stop(), database.drop()]);
      rmSync(folder, { recursive: true, force: true });
    }
  }, 180_000);
});
