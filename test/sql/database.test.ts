import { type Connection, type Database, databaseFault, openDatabase, row, sql } from "#lib/sql/database.ts";
import { listById } from "#lib/sql/event-lists.ts";
import { parseTimestamp } from "#lib/sql/timestamp.ts";
import { freshDatabase } from "#test/support/database.ts";

let url: string;
let drop: () => Promise<void>;
let db: Database;
beforeAll(async () => {
  ({ url, drop } = await freshDatabase());
  db = await openDatabase(url, { poolSize: 2, statementTimeoutMs: 300 });
  // Both connections are there before anybody counts them.
  await Promise.all([1, 2].map(() => db.query(sql.type(row())`select pg_sleep(0.2)`)));
});
afterAll(async () => {
  await db.close();
  await drop();
});

const backend = async (on: Pick<Database, "one">) =>
  (await on.one(sql.type(row<{ pid: number }>())`select pg_backend_pid() as pid`)).pid;
const backends = async () => new Set(await Promise.all(Array.from({ length: 20 }, () => backend(db))));

it("serves more callers than it has connections, with the connections it has", async () => {
  expect((await backends()).size).toBeLessThanOrEqual(2);
  expect(db.state()).toEqual({ active: 0, idle: 2, waiting: 0, inLine: 0 });
});

it("keeps its connections when a rule refuses, a statement fails or runs too long", async () => {
  const before = await backends();

  await expect(db.inTransaction(() => Promise.reject(new Error("refused")))).rejects.toThrow("refused");
  await expect(db.query(sql.type(row())`select 1 / 0`)).rejects.toThrow();
  await expect(db.query(sql.type(row())`select pg_sleep(5)`)).rejects.toThrow("statement_timeout");

  for (const pid of await backends()) expect(before).toContain(pid);
});

it("undoes a transaction whose work fails, and joins one that is open", async () => {
  const insert = (on: Pick<Database, "query">, id: string) =>
    on.query(sql.type(row())`insert into users (id, email) values (${id}, ${`${id}@example.org`})`);
  const count = async () => (await db.one(sql.type(row<{ n: number }>())`select count(*) as n from users`)).n;

  await expect(
    db.inTransaction(async (outer) => {
      await insert(outer, "one");
      await outer.inTransaction((inner) => insert(inner, "two"));
      throw new Error("changed my mind");
    }),
  ).rejects.toThrow("changed my mind");

  expect(await count()).toBe(0);
});

it("replaces connections that the server has ended", async () => {
  const before = await backends();
  const other = await openDatabase(url, { poolSize: 1, statementTimeoutMs: 1_000 });
  for (const pid of before) await other.query(sql.type(row())`select pg_terminate_backend(${pid}, 5000)`);
  await other.close();

  const answers = await Promise.allSettled(Array.from({ length: 20 }, () => backend(db)));
  for (const answer of answers) if (answer.status === "rejected") expect(databaseFault(answer.reason)).toBe("unreachable");

  const after = await backends();
  for (const pid of after) expect(before).not.toContain(pid);
});

it("tells that nobody answers", async () => {
  const nowhere = openDatabase("postgresql://postgres@127.0.0.1:1/none", { poolSize: 2, statementTimeoutMs: 300 });

  expect(await nowhere.catch((error) => databaseFault(error))).toBe("unreachable");
});

it("keeps as many statements prepared however many words and properties a stranger looks for", async () => {
  const one = await openDatabase(url, { poolSize: 1, statementTimeoutMs: 5_000 });
  const everything = { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY, fromDate: "-infinity", toDate: "infinity" };
  const lookFor = (many: number) =>
    listById(
      one,
      "nobody's",
      {
        cancelled: "exclude",
        searches: "all",
        text: Array.from({ length: many }, (_, index) => `word${index}`).join(" "),
        properties: Array.from({ length: many }, (_, index) => ({
          of: "private" as const,
          name: `name${index}`,
          value: "value",
        })),
      },
      everything,
      "",
      10,
    );
  const prepared = async () =>
    (await one.one(sql.type(row<{ n: number }>())`select count(*) as n from pg_prepared_statements`)).n;

  await lookFor(1);
  await prepared();
  const before = await prepared();
  for (const many of [2, 3, 50, 100]) await lookFor(many);

  expect(await prepared()).toBe(before);
  await one.close();
});

it.each([
  ["2026-03-08 13:30:00+00", "2026-03-08T13:30:00.000Z"],
  ["2026-03-08 13:30:00.5+00", "2026-03-08T13:30:00.500Z"],
  ["2026-03-08 13:30:00.123456+00", "2026-03-08T13:30:00.123Z"],
  ["2026-03-08 13:30:00-05", "2026-03-08T18:30:00.000Z"],
  ["2026-03-08 13:30:00+05:45", "2026-03-08T07:45:00.000Z"],
  ["0033-01-01 00:00:00+00", "0033-01-01T00:00:00.000Z"],
])("reads %s", (text, iso) => {
  expect(new Date(parseTimestamp(text)).toISOString()).toBe(iso);
});

describe("work that must be done by a moment", () => {
  const soon = (ms: number) => performance.now() + ms;
  const sleep = (on: Pick<Database, "one">, seconds: number) =>
    on.one(sql.type(row<{ done: number }>())`select 1 as done from (select pg_sleep(${seconds}::float8)) as slept`);
  const put = (on: Pick<Database, "query">, name: string) =>
    on.query(sql.type(row())`insert into secrets (name, value) values (${name}, '\\x00')`);
  const isThere = async (name: string) =>
    (await db.any(sql.type(row<{ name: string }>())`select name from secrets where name = ${name}`)).length === 1;
  const faultOf = (work: Promise<unknown>) => work.then(() => "none", databaseFault);

  it("is what it would be otherwise when it is done in time", async () => {
    const long = db.until(soon(60_000));
    expect(await sleep(long, 0.01)).toEqual({ done: 1 });
    expect(await long.inTransaction((part) => part.inTransaction((inner) => sleep(inner, 0.01)))).toEqual({ done: 1 });
    const short = db.until(soon(200));
    await put(short, "short");
    await short.inTransaction((part) => put(part, "shorter"));
    expect([await isThere("short"), await isThere("shorter")]).toEqual([true, true]);
  });

  it("is ended by the database then, not when a statement would be, and leaves connections as they were", async () => {
    for (const work of [
      (on: Connection) => sleep(on, 5),
      (on: Connection) => on.inTransaction((part) => sleep(part, 5)),
      (on: Connection) => on.inTransaction((part) => part.inTransaction((inner) => sleep(inner, 5))),
    ]) {
      const before = performance.now();
      expect(await faultOf(work(db.until(soon(100))))).toBe("outOfTime");
      expect(performance.now() - before).toBeLessThan(250);
    }
    expect(await sleep(db, 0.2)).toEqual({ done: 1 });
    expect(await faultOf(sleep(db, 0.5))).toBe("timeout");
    expect(db.state().waiting).toBe(0);
  });

  it("does not begin afterwards, and what has been done of it is undone, also when nobody minds the error", async () => {
    expect(await faultOf(sleep(db.until(soon(-1)), 0))).toBe("outOfTime");
    const late = db.until(soon(50)).inTransaction(async (part) => {
      await put(part, "late");
      await new Promise((resolve) => setTimeout(resolve, 80));
      await put(part, "later").catch(() => {});
      await part.inTransaction((inner) => put(inner, "latest")).catch(() => {});
    });
    expect(await faultOf(late)).toBe("outOfTime");
    const cut = db.until(soon(50)).inTransaction(async (part) => {
      await put(part, "cut");
      await part.inTransaction((inner) => sleep(inner, 5)).catch(() => {});
    });
    expect(await faultOf(cut)).toBe("outOfTime");
    expect([await isThere("late"), await isThere("cut")]).toEqual([false, false]);
  });

  it("is committed when all of it was done before", async () => {
    await db.until(soon(50)).inTransaction(async (part) => {
      await put(part, "kept");
      await new Promise((resolve) => setTimeout(resolve, 80));
    });
    expect(await isThere("kept")).toBe(true);
  });

  it("does not wait for a connection any longer, and leaves the others their places", async () => {
    const one = await openDatabase(url, { poolSize: 1, statementTimeoutMs: 5_000 });
    const held = sleep(one, 0.5);
    const before = performance.now();
    const [late, patient] = [faultOf(sleep(one.until(soon(100)), 0)), sleep(one, 0)];
    expect(await late).toBe("outOfTime");
    expect(performance.now() - before).toBeLessThan(300);
    expect(await patient).toEqual({ done: 1 });
    await held;
    await one.close();
  });
});

describe("transactions that take turns", () => {
  const soon = (ms: number) => performance.now() + ms;
  let many: Database;
  beforeAll(async () => {
    many = await openDatabase(url, { poolSize: 6, statementTimeoutMs: 5_000 });
  });
  afterAll(async () => many.close());

  /** Begins transactions that end when they are told to. */
  const begin = (names: readonly (string | readonly string[])[], deadline = Number.POSITIVE_INFINITY) => {
    const begun: number[] = [];
    const ends = names.map(() => Promise.withResolvers<void>());
    const done = names.map((name, index) =>
      many
        .until(deadline)
        .inTurnAt([name].flat())
        .inTransaction(async (part) => {
          begun.push(index);
          // Inside of a turn there is none to wait for.
          await part.inTurnAt([name].flat()).inTransaction(backend);
          await ends[index]?.promise;
        }),
    );
    return { begun, end: (index: number) => ends[index]?.resolve(), done: Promise.allSettled(done) };
  };
  const settle = () => many.query(sql.type(row())`select pg_sleep(0.1)`);

  it("are two at a time of one name, in the order they came, and leave the other connections alone", async () => {
    const { begun, end, done } = begin(["one", "one", "one", "one", "two"]);
    await settle();
    expect(begun.toSorted()).toEqual([0, 1, 4]);
    expect(many.state()).toMatchObject({ active: 3, inLine: 2 });
    end(1);
    await settle();
    expect(begun.toSorted()).toEqual([0, 1, 2, 4]);
    for (const index of [0, 2, 3, 4]) end(index);
    await done;
    expect(begun.at(-1)).toBe(3);
    expect(many.state()).toMatchObject({ active: 0, inLine: 0 });
  });

  it("leave their turn to the next when they fail", async () => {
    const failing = () => many.inTurnAt(["three"]).inTransaction(() => Promise.reject(new Error("refused")));
    const all = await Promise.allSettled(Array.from({ length: 10 }, failing));
    expect(all.map((one) => one.status === "rejected" && one.reason.message)).toEqual(Array(10).fill("refused"));
    expect(await many.inTurnAt(["three"]).inTransaction(async () => "done")).toBe("done");
  });

  it("give up when their turn has not come in time, and are passed over then", async () => {
    const first = begin(["four", "four"]);
    await settle();
    const late = begin(["four", "four"], soon(150));
    const faults = (await late.done).map((one) => one.status === "rejected" && databaseFault(one.reason));
    expect(faults).toEqual(["outOfTime", "outOfTime"]);
    expect(late.begun).toEqual([]);
    const last = begin(["four"]);
    first.end(0);
    await settle();
    expect(last.begun).toEqual([0]);
    first.end(1);
    last.end(0);
    await Promise.all([first.done, last.done]);
  });

  it("have several names, in whatever order, without waiting for each other, and leave all of them", async () => {
    const orders = Array.from({ length: 40 }, (_, index) => (index % 2 ? ["five", "six"] : ["six", "five"]));
    const both = begin(orders);
    for (const index of orders.keys()) both.end(index);
    expect((await both.done).map(({ status }) => status)).toEqual(orders.map(() => "fulfilled"));

    const six = begin(["six", "six"]);
    await settle();
    const late = begin([["five", "six"]], soon(150));
    expect((await late.done).map((one) => one.status === "rejected" && databaseFault(one.reason))).toEqual(["outOfTime"]);
    const five = begin(["five", "five"]);
    await settle();
    expect(five.begun.toSorted()).toEqual([0, 1]);
    for (const one of [five, six]) for (const index of [0, 1]) one.end(index);
    await Promise.all([five.done, six.done]);
    expect(many.state()).toMatchObject({ active: 0, inLine: 0 });
  });
});
