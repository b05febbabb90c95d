/** Whether a process can take requests: what anybody may ask, as often as they like, must not cost the database anything. */
import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "#lib/context.ts";
import { checkReady } from "#lib/domain/health/ready.ts";
import { type Connection, openDatabase, row, sql } from "#lib/sql/database.ts";
import { createPing } from "#lib/sql/health.ts";
import { startOwnPostgres } from "#test/support/own-postgres.ts";
import { startServer } from "#test/support/server-process.ts";

/** A connection that counts what it is asked, and answers when it is told to. */
const countingConnection = (answer: () => Promise<unknown>) => {
  const asked = { times: 0 };
  const one = () => {
    asked.times += 1;
    return answer();
  };
  return { asked, db: { one } as unknown as Connection };
};
const gone = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });

describe("the question whether the database is there", () => {
  it("is asked once for all at the same time and a moment after them, then anew", async () => {
    const { asked, db } = countingConnection(() => delay(50));
    const ask = createPing(db);

    expect(new Set(await Promise.all(Array.from({ length: 1_000 }, ask)))).toEqual(new Set([true]));
    await ask();
    expect(asked.times).toBe(1);
    await delay(300);
    await Promise.all([ask(), ask()]);
    expect(asked.times).toBe(2);
  });

  it("shares refusals too, and for no longer", async () => {
    const answers = [() => Promise.reject(gone), () => Promise.resolve()];
    const { asked, db } = countingConnection(() => (answers.shift() as () => Promise<unknown>)());
    const ask = createPing(db);

    for (let times = 0; times < 3; times += 1) await expect(ask()).rejects.toBe(gone);
    expect(asked.times).toBe(1);
    await delay(300);
    expect(await ask()).toBe(true);
  });

  it("is answered with no by one that says nothing for two seconds", async () => {
    const { db } = countingConnection(() => new Promise(() => {}));
    const startedAt = performance.now();

    expect(await createPing(db)()).toBe(false);
    expect(performance.now() - startedAt).toBeGreaterThan(1_900);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  }, 180_000);
});

it("sees at once that the process was told to stop, also while it waits for the database", async () => {
  let isStopping = false;
  const waiting = Promise.withResolvers<boolean>();
  const asked = { settings: { isStopping: () => isStopping, askDatabase: () => waiting.promise } } as unknown as Context;
  const before = checkReady(asked);
  isStopping = true;

  await expect(checkReady(asked)).rejects.toMatchObject({ reason: "overloaded" });
  waiting.resolve(true);
  await expect(before).rejects.toMatchObject({ reason: "overloaded" });
});

it("costs the database a few statements, however many ask", async () => {
  const postgres = await startOwnPostgres([], { shared_preload_libraries: "pg_stat_statements" });
  const db = await openDatabase(postgres.url, { poolSize: 1, statementTimeoutMs: 10_000 });
  await db.query(sql.type(row())`create extension pg_stat_statements`);
  const server = await startServer({ DATABASE_URL: postgres.url, PUSH_WORKERS: "0" });
  try {
    const calls = async (): Promise<number> => {
      const { calls: all } = await db.one(
        sql.type(
          row<{ calls: number }>(),
        )`select sum(calls)::int8 as calls from pg_stat_statements where query like 'select % as ok'`,
      );
      return all ?? 0;
    };
    const before = await calls();
    const startedAt = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 1_000 }, async () => {
        const answer = await fetch(`${server.url}/health/ready`);
        await answer.arrayBuffer();
        return answer.status;
      }),
    );
    const mostTimes = Math.ceil((performance.now() - startedAt) / 250) + 1;

    expect(new Set(answers)).toEqual(new Set([200]));
    expect((await calls()) - before).toBeGreaterThan(0);
    expect((await calls()) - before).toBeLessThanOrEqual(mostTimes);
    expect(mostTimes).toBeLessThan(100);
  } finally {
    await server.kill("SIGKILL");
    await db.close();
    await postgres.stop();
  }
}, 180_000);
