/** The small programs of the image beside the server: the one that migrates before a release, and the container's health check. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { type OwnPostgres, startOwnPostgres } from "#test/support/own-postgres.ts";
import { freePort, startServer } from "#test/support/server-process.ts";

const run = async (program: string, environment: Record<string, string>) => {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", program], {
    env: { PATH: process.env.PATH, ...environment },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, "exit")]);
  return { said, code: code as number };
};

describe("container/migrate.ts", () => {
  let postgres: OwnPostgres;
  beforeAll(async () => {
    postgres = await startOwnPostgres([]);
  });
  afterAll(() => postgres.stop());

  it("brings an empty database up to date, and leaves one alone that is", async () => {
    for (const time of ["first", "second"]) {
      expect([time, await run("container/migrate.ts", { DATABASE_URL: postgres.url })]).toEqual([
        time,
        { code: 0, said: "The schema is up to date.\n" },
      ]);
    }
    const db = await openDatabase(postgres.url, { poolSize: 1, statementTimeoutMs: 5_000 });
    const { number } = await db.one(sql.type(row<{ number: number }>())`select count(*)::int as number from migrations`);
    await db.close();
    expect(number).toBeGreaterThan(5);
  }, 180_000);

  it("gives up with a sentence where it cannot", async () => {
    const { code, said } = await run("container/migrate.ts", { DATABASE_URL: `${postgres.url}-that-is-not-there` });
    expect(code).toBe(1);
    expect(said).toMatch(/cannot be used: .*does not exist/);
    expect(await run("container/migrate.ts", { PORT: "x" })).toEqual({ code: 1, said: expect.stringContaining("PORT must be") });
  }, 180_000);
});

describe("container/health.ts", () => {
  it("ends with 0 where the server lives, with 1 where none does", async () => {
    const [postgres, port] = [await startOwnPostgres([]), String(await freePort())];
    try {
      expect(await run("container/health.ts", { PORT: port })).toEqual({ code: 1, said: "" });
      const server = await startServer({ DATABASE_URL: postgres.url, PORT: port });
      expect(await run("container/health.ts", { PORT: port })).toEqual({ code: 0, said: "" });
      await server.kill("SIGKILL");
    } finally {
      await postgres.stop();
    }
  }, 180_000);
});
