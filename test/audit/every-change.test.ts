import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, startApi } from "#test/support/api.ts";
import { type Bucket, startBucket } from "#test/support/bucket.ts";
import { changes, reading } from "./changes.ts";

let api: Api;
let db: Database;
let bucket: Bucket;
beforeAll(async () => {
  bucket = await startBucket();
  Object.assign(process.env, bucket.environment);
  api = await startApi({ profilesBucket: "profiles" });
  db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await db.close();
  await api.stop();
  bucket.close();
});

const methodOf = (id: string) =>
  api.endpoints.find(({ description }) => description.id === id)?.description.route.split(" ")[0] ?? "";

const entries = () =>
  db.any(sql.type(row<{ action: string; correlation_id: string; user_id: string; key_id: string; address: string }>())`
    select action, correlation_id, user_id, key_id, address from audit order by at, chain, number
  `);

it("every endpoint that changes something is in the table of changes, and no other", () => {
  const changing = api.endpoints
    .map(({ description }) => description)
    .filter(({ route, id }) => !route.startsWith("GET ") && !reading.includes(id))
    .map(({ id }) => id);

  expect(Object.keys(changes).sort()).toEqual(changing.sort());
  expect(readdirSync("handlers").length).toBeGreaterThan(5);
});

describe.each(Object.keys(changes))("%s", (id) => {
  it("leaves exactly one entry: who did it, with which key, from where, by which request", async () => {
    const { path, call } = await (changes[id] as (typeof changes)[string])(api);
    const before = (await entries()).length;
    const correlationId = randomUUID();

    const answer = await api.call(methodOf(id), path, {
      ...call,
      headers: { ...call.headers, "X-Correlation-Id": correlationId },
    });

    expect(answer.status).toBeLessThan(300);
    const after = await entries();
    expect(after).toHaveLength(before + 1);
    const who = (await api.call("GET", "/v1/users/me", { key: call.key as string })).body;
    expect(after.filter((entry) => entry.correlation_id === correlationId)).toEqual([
      {
        action: id,
        correlation_id: correlationId,
        user_id: who.id,
        key_id: expect.stringMatching(/./),
        address: "127.0.0.1",
      },
    ]);
  });

  it("is done once, with one entry, when it is sent twice under an Idempotency-Key", async () => {
    const { path, call } = await (changes[id] as (typeof changes)[string])(api);
    const before = (await entries()).length;
    const send = () => api.call(methodOf(id), path, { ...call, headers: { ...call.headers, "Idempotency-Key": key } });
    const key = randomUUID();

    const first = await send();
    const second = await send();

    expect(first.status).toBeLessThan(300);
    // Who has revoked the key that they show is not asked again.
    expect(second.status).toBe(first.status);
    expect(second.body).toEqual(first.body);
    expect(second.headers.get("etag")).toBe(first.headers.get("etag"));
    expect(second.headers.get("idempotent-replayed")).toBe("true");
    expect(await entries()).toHaveLength(before + 1);
  });
});

it("after all of that the log is intact, and nothing in it shows a key or a channel's address", async () => {
  const verified = await api.call("GET", "/v1/audit/verify", { key: api.adminKey });
  expect(verified.body).toMatchObject({ intact: true, complete: true, problems: [], entries: (await entries()).length });

  const all = JSON.stringify(await db.any(sql.type(row())`select * from audit`));
  expect(all).not.toContain("cal_");
  expect(all).not.toContain("secret");
});
