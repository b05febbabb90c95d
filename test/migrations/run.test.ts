/** The runner, on a database whose schema is complete: the files here come after all that there are. */
import { setTimeout as delay } from "node:timers/promises";
import { Client } from "pg";
import { clientOptions } from "#lib/sql/login.ts";
import { migrate } from "#lib/sql/migrate.ts";
import { statementsOf } from "#lib/sql/migration-files.ts";
import { freshDatabase } from "#test/support/database.ts";
import { folderOf, removeFolders } from "./folder.ts";

let database: Awaited<ReturnType<typeof freshDatabase>>;
let sessions: Client[];

const session = async (): Promise<Client> => {
  const client = new Client(clientOptions(database.url));
  client.on("error", () => {});
  await client.connect();
  sessions.push(client);
  return client;
};
const run = (folder: string, pausesMs: readonly number[] = []) => migrate({ url: database.url, folder, pausesMs });

let db: Client;
const rows = async (text: string) => (await db.query(text)).rows;
const isApplied = async (name: string) => (await rows(`select 1 from migrations where name = '${name}'`)).length === 1;

beforeEach(async () => {
  database = await freshDatabase();
  sessions = [];
  db = await session();
  await db.query("create table things (id bigint primary key, name text); insert into things values (1, 'a'), (2, 'a')");
});
afterEach(async () => {
  await Promise.all(sessions.map((client) => client.end()));
  await database.drop();
  removeFolders();
});

const addColumn = { "9001-size.sql": "alter table things add column size bigint;" };
const buildIndex = "-- outside a transaction\ncreate index concurrently if not exists things_by_name on things (name);";

describe("one process at a time", () => {
  it("works, the others wait and find nothing to do", async () => {
    const folder = folderOf({
      ...addColumn,
      "9002-index.sql": buildIndex,
      "9003-slow.sql": "select pg_sleep(0.5); create table more (id bigint primary key);",
    });
    await db.query("delete from migrations where name = 'queue'");
    const applied = await Promise.all([run(folder), run(folder), run(folder)]);
    expect(applied.map((names) => names.length).sort()).toEqual([0, 0, 4]);
    expect(applied.flat()).toEqual(["9001-size.sql", "9002-index.sql", "9003-slow.sql", "queue"]);
    expect(await rows("select 1 from pg_locks where locktype = 'advisory'")).toEqual([]);
  });

  it("is not asked for when there is nothing to do", async () => {
    const folder = folderOf(addColumn);
    await run(folder);
    await db.query("select pg_advisory_lock(4207112301)");
    const startedAt = performance.now();
    expect(await run(folder)).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it("holds its lock until after the queue's schema, which waits no longer for a lock than files do", async () => {
    const folder = folderOf({});
    await db.query("drop schema pgboss cascade");
    await db.query("delete from migrations where name = 'queue'");
    const other = await session();
    await other.query("begin; create schema pgboss");
    const startedAt = performance.now();
    const first = run(folder, [10]).catch((error: Error) => error.message);
    await delay(1_000);
    expect(await rows("select granted from pg_locks where locktype = 'advisory' and objid = 4207112301")).toEqual([
      { granted: true },
    ]);
    const second = run(folder, [10, 10, 10]);
    expect(await first).toMatch(/^The queue's schema gave up after 2 attempts: other transactions hold locks that it needs\./);
    expect(performance.now() - startedAt).toBeLessThan(12_000);
    await other.query("rollback");
    expect(await second).toEqual(["queue"]);
  }, 180_000);
});

describe("a file in a transaction", () => {
  it("gives up while others hold its table, and holds up nobody for longer than 2 s", async () => {
    const folder = folderOf(addColumn);
    const reader = await session();
    await reader.query("begin; select from things");
    const waits: number[] = [];
    let isOver = false;
    const readOn = async (): Promise<void> => {
      while (!isOver) {
        const startedAt = performance.now();
        await db.query("select from things");
        waits.push(performance.now() - startedAt);
        await delay(20);
      }
    };
    const reading = readOn();
    const startedAt = performance.now();
    await expect(run(folder, [500])).rejects.toThrow(
      "Migration 9001-size.sql gave up after 2 attempts: other transactions hold locks that it needs. Nothing of it was applied.",
    );
    const tookMs = performance.now() - startedAt;
    isOver = true;
    await reading;
    expect(tookMs).toBeGreaterThan(4_400);
    expect(tookMs).toBeLessThan(9_000);
    // It was waited for, or the test shows nothing.
    expect(Math.max(...waits)).toBeGreaterThan(1_000);
    expect(Math.max(...waits)).toBeLessThan(3_000);
    expect(await isApplied("9001-size.sql")).toBe(false);
  }, 180_000);

  it("is tried again until they are gone", async () => {
    const folder = folderOf(addColumn);
    const reader = await session();
    await reader.query("begin; select from things");
    const applying = run(folder, [500, 500]);
    await delay(2_200);
    await reader.query("commit");
    expect(await applying).toEqual(["9001-size.sql"]);
  }, 180_000);

  it("is applied as a whole or not at all", async () => {
    const folder = folderOf({ ...addColumn, "9002-bad.sql": "create table more (id bigint);\nselect 1 / 0;" });
    await expect(run(folder)).rejects.toThrow("Migration 9002-bad.sql failed: division by zero. Nothing of it was applied.");
    expect(await rows("select to_regclass('more') as more")).toEqual([{ more: null }]);
    expect([await isApplied("9001-size.sql"), await isApplied("9002-bad.sql")]).toEqual([true, false]);
  });

  it("has 15 s for a statement and 20 s for all, and is undone when its connection goes", async () => {
    const limits =
      "select name, setting from pg_settings where name in ('lock_timeout', 'statement_timeout', 'transaction_timeout')";
    const folder = folderOf({
      "9001-limits.sql": `create table limits as ${limits};`,
      "9002-long.sql": "create table more (id bigint); select pg_terminate_backend(pg_backend_pid());",
    });
    await expect(run(folder)).rejects.toThrow(
      /^Migration 9002-long.sql failed: terminating connection .* Nothing of it was applied\.$/,
    );
    expect(await rows("select to_regclass('more') as more")).toEqual([{ more: null }]);
    expect(await rows("select * from limits order by name")).toEqual([
      { name: "lock_timeout", setting: "2000" },
      { name: "statement_timeout", setting: "15000" },
      { name: "transaction_timeout", setting: "20000" },
    ]);
  });
});

describe("a file outside a transaction", () => {
  const unique = "-- outside a transaction\ncreate unique index concurrently if not exists things_once on things (name);";
  const isValid = (name: string) => rows(`select indisvalid from pg_index where indexrelid = to_regclass('${name}')`);

  it("leaves no index behind that could not be built, and builds it the next time", async () => {
    const folder = folderOf({ "9001-once.sql": unique });
    await expect(run(folder)).rejects.toThrow(
      /^Migration 9001-once.sql failed: could not create unique index .* begins with the first/,
    );
    expect(await isValid("things_once")).toEqual([]);
    await db.query("delete from things where id = 2");
    expect(await run(folder)).toEqual(["9001-once.sql"]);
    expect(await isValid("things_once")).toEqual([{ indisvalid: true }]);
  });

  it("builds an index anew that a process which died has left", async () => {
    await expect(db.query("create unique index concurrently things_once on things (name)")).rejects.toThrow("could not create");
    expect(await isValid("things_once")).toEqual([{ indisvalid: false }]);
    await db.query("delete from things where id = 2");
    expect(await run(folderOf({ "9001-once.sql": unique }))).toEqual(["9001-once.sql"]);
    expect(await isValid("things_once")).toEqual([{ indisvalid: true }]);
  });

  it("waits for transactions that began before it, longer than others would, and nobody waits behind it", async () => {
    const writer = await session();
    await writer.query("begin; insert into things values (3, 'b')");
    const applying = run(folderOf({ "9001-index.sql": buildIndex }));
    await delay(2_500);
    await db.query("set statement_timeout = 500; insert into things values (4, 'c')");
    await writer.query("commit");
    expect(await applying).toEqual(["9001-index.sql"]);
  });

  it("may have bodies that commit by themselves", async () => {
    const backfill =
      "-- outside a transaction\ndo $$ begin update things set name = 'b'; commit; update things set name = 'c'; end $$;";
    expect(await run(folderOf({ "9001-fill.sql": backfill }))).toEqual(["9001-fill.sql"]);
    expect(await rows("select distinct name from things")).toEqual([{ name: "c" }]);
  });
});

describe("which files", () => {
  it("refuses one that changed after it ran", async () => {
    await run(folderOf(addColumn));
    const changed = folderOf({ "9001-size.sql": "alter table things add column size integer;" });
    await expect(run(changed)).rejects.toThrow("Migration 9001-size.sql was changed after it had been applied to this database.");
  });

  it("refuses one that comes too late", async () => {
    await run(folderOf(addColumn));
    const late = folderOf({ ...addColumn, "0007-late.sql": "create table more (id bigint);" });
    await expect(run(late)).rejects.toThrow(
      "Migration 0007-late.sql is new, but 9001-size.sql has been applied to this database already.",
    );
  });

  it("passes over a newer release's, and a newer release's queue", async () => {
    await run(folderOf({ ...addColumn, "9002-newer.sql": "create table newer (id bigint);" }));
    await db.query("update migrations set hash = '1000000 {}' where name = 'queue'");
    expect(await run(folderOf(addColumn))).toEqual([]);
    expect(await rows("select hash from migrations where name = 'queue'")).toEqual([{ hash: "1000000 {}" }]);
  });
});

it("cuts texts into statements at semicolons that are none of a body, a word or a comment", () => {
  const body = "create function f() returns text language plpgsql as $x$ begin return '$$;'; end; $x$";
  const text = `-- a; b\n${body};\n/* c; */ insert into t values ('d;''e', 1 - 2 / 3); -- f\ninsert into "g;" values ($$;$$)`;
  expect(statementsOf(text)).toEqual([body, "insert into t values ('d;''e', 1 - 2 / 3)", 'insert into "g;" values ($$;$$)']);
});
