/** A Lambda function's first requests, when what they need is not there yet. */
import { createServer } from "node:net";
import type { ALBEvent } from "aws-lambda";
import { handler } from "#handlers/users/get.ts";
import { stopServices } from "#lib/entry/services.ts";
import { redirectOutput } from "#lib/observe/output.ts";
import { databaseFault, openDatabase, row, sql } from "#lib/sql/database.ts";
import { freshDatabase } from "#test/support/database.ts";

const event: ALBEvent = {
  requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:::targetgroup/t/0" } },
  httpMethod: "GET",
  path: "/v1/users/me",
  headers: { "x-api-key": "some-key-of-somebody" },
  queryStringParameters: {},
  body: "",
  isBase64Encoded: false,
};
const lines: string[] = [];
let restore: () => void;
beforeAll(() => {
  restore = redirectOutput((line) => lines.push(line));
});
afterEach(stopServices);
afterAll(() => restore());

it("are answered with 503 while the database is away, and well when it is there", async () => {
  process.env.DATABASE_URL = "postgresql://postgres:secret-of-postgres@127.0.0.1:1/none";
  const away = await handler(event);
  expect(away).toMatchObject({ statusCode: 503, headers: { "retry-after": "1" } });
  expect(JSON.parse(away.body as string)).toMatchObject({ error: { code: 503, errors: [{ reason: "backendError" }] } });

  const database = await freshDatabase();
  process.env.DATABASE_URL = database.url;
  const together = await Promise.all([handler(event), handler(event)]);
  expect(together.map(({ statusCode }) => statusCode)).toEqual([401, 401]);

  await stopServices();
  await database.drop();
  expect(lines.join()).not.toContain("secret-of-postgres");
  expect(lines.join()).not.toContain("some-key-of-somebody");
});

it("leave no connections behind when they fail", async () => {
  const database = await freshDatabase();
  const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 1_000 });
  await db.query(sql.type(row())`alter table secrets rename to not_migrated_yet`);
  process.env.DATABASE_URL = database.url;

  for (let attempt = 0; attempt < 3; attempt += 1) expect((await handler(event)).statusCode).toBe(500);

  const { others } = await db.one(sql.type(row<{ others: number }>())`
    select count(*) as others from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
  `);
  expect(others).toBe(0);
  await db.query(sql.type(row())`alter table not_migrated_yet rename to secrets`);
  expect((await handler(event)).statusCode).toBe(401);
  await stopServices();
  await db.close();
  await database.drop();
});

it("take a database that accepts and says nothing for one that is away", async () => {
  const silent = createServer((socket) => socket.unref())
    .listen(0, "127.0.0.1")
    .unref();
  await new Promise((resolve) => silent.once("listening", resolve));
  const { port } = silent.address() as { port: number };

  const opened = openDatabase(`postgresql://postgres@127.0.0.1:${port}/none`, { poolSize: 1, statementTimeoutMs: 1_000 });

  expect(await opened.catch(databaseFault)).toBe("unreachable");
  silent.close();
}, 180_000);
