import { createRequire } from "node:module";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { migrate } from "#lib/sql/migrate.ts";
import { queueSchemaVersion } from "#lib/sql/queue.ts";
import { freshDatabase } from "#test/support/database.ts";

it("knows the schema of the package that is installed", () => {
  const { pgboss } = createRequire(import.meta.url)("pg-boss/package.json");
  expect(queueSchemaVersion).toBe(pgboss.schema);
});

it("is part of a migrated database, and brought up to date by one process when it is not", async () => {
  const database = await freshDatabase();
  const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 10_000 });
  const version = () => db.one(sql.type(row<{ version: number }>())`select version from pgboss.version`);
  expect(await version()).toEqual({ version: queueSchemaVersion });
  expect(await migrate({ url: database.url })).toEqual([]);

  await db.query(sql.type(row())`update migrations set hash = 'before' where name = 'queue'`);
  await db.query(sql.type(row())`update pgboss.queue set retry_limit = 1`);
  const applied = await Promise.all([migrate({ url: database.url }), migrate({ url: database.url })]);
  expect(applied.flat()).toEqual(["queue"]);
  const queues = await db.any(sql.type(row())`select name from pgboss.queue where retry_limit > 1 order by name`);
  expect(queues).toEqual([{ name: "push-changes" }, { name: "push-messages" }]);
  await db.close();
  await database.drop();
}, 180_000);
