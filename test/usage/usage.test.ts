import { gunzipSync, gzipSync } from "node:zlib";
import { purgeUsage } from "#lib/domain/purge.ts";
import { openServices } from "#lib/entry/services.ts";
import { createUsageMeter } from "#lib/entry/usage.ts";
import { type Connection, type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import * as sums from "#lib/sql/usage.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { limitedKey } from "#test/support/keys.ts";

let api: Api;
let db: Database;
beforeAll(async () => {
  api = await startApi();
  db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

const events = "/calendar/v3/calendars/primary/events";
const lunch = { summary: "Lunch", start: { dateTime: "2026-03-02T12:00:00Z" }, end: { dateTime: "2026-03-02T13:00:00Z" } };
const flush = async () => openServices()?.usage.flush();
const today = () => new Date().toISOString().slice(0, 10);

/** What a person's list says of their only key, before this request. */
const usageOf = async (person: Person) => {
  await flush();
  const { body } = await person.get("/v1/usage");
  expect(body.items).toHaveLength(1);
  return body.items[0];
};

/** Sends text as it is and tells how many bytes of body came back. */
const raw = async (
  person: Person,
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: Buffer<ArrayBuffer>,
) => {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { "X-API-Key": person.key, ...headers },
    ...(body !== undefined && { body }),
  });
  const length = Number(response.headers.get("content-length") ?? 0);
  return { status: response.status, headers: response.headers, length, text: await response.text() };
};

it("tells requests, writes and errors of each key and day", async () => {
  const ana = await api.person();
  const made = await ana.post(events, lunch);
  await ana.get(events);
  await ana.get(`${events}/nosuchevent`);
  await ana.patch(`${events}/${made.body.id}`, { summary: 7 });
  await ana.post("/calendar/v3/freeBusy", { timeMin: "2026-01-01T00:00:00Z", timeMax: "2026-01-02T00:00:00Z", items: [] });

  expect(await usageOf(ana)).toEqual({
    kind: "calendar#keyUsage",
    day: today(),
    userId: ana.id,
    keyId: expect.any(String),
    requests: 5,
    writes: 2,
    errors: 2,
    bytesIn: expect.any(Number),
    bytesOut: expect.any(Number),
  });
});

it("counts the bytes of bodies as they were sent: packed ones packed, none of what a client had already", async () => {
  const ana = await api.person();
  const packed = gzipSync(JSON.stringify({ ...lunch, description: "x".repeat(5_000) }));
  const made = await raw(
    ana,
    "POST",
    events,
    { "Content-Type": "application/json", "Content-Encoding": "gzip", "Accept-Encoding": "gzip" },
    packed,
  );
  expect(made.headers.get("content-encoding")).toBe("gzip");
  expect(await usageOf(ana)).toMatchObject({ bytesIn: packed.length, bytesOut: made.length });
  expect(gunzipSync(packed).length).toBeGreaterThan(packed.length * 10);

  const { bytesIn, bytesOut } = await usageOf(ana);
  const event = `${events}/${JSON.parse(made.text).id}`;
  const plain = await raw(ana, "GET", event, { "Accept-Encoding": "identity" });
  const known = await raw(ana, "GET", event, { "If-None-Match": plain.headers.get("etag") ?? "" });
  expect([plain.status, known.status]).toEqual([200, 304]);
  const after = await usageOf(ana);
  // The list in between was an answer too.
  const list = (await raw(ana, "GET", "/v1/usage")).text.length;
  expect(after.bytesIn).toBe(bytesIn);
  expect(Math.abs(after.bytesOut - bytesOut - plain.length - list)).toBeLessThan(20);
});

it("counts each call of a batch for its own key, and requests with no valid key for nobody", async () => {
  const [ana, ben] = [await api.person(), await api.person()];
  const call = (person: Person) => `--x\r\n\r\nGET /calendar/v3/colors HTTP/1.1\r\nX-API-Key: ${person.key}\r\n\r\n`;
  const body = `${call(ana)}${call(ben)}${call(ana)}--x--\r\n`;
  const headers = { "Content-Type": "multipart/mixed; boundary=x" };

  await api.call("POST", "/batch/calendar/v3", { key: ana.key, headers, body });
  await api.call("GET", events, { key: `${ana.key}x` });

  expect(await usageOf(ana)).toMatchObject({ requests: 2, writes: 0, errors: 0, bytesIn: 0 });
  expect(await usageOf(ben)).toMatchObject({ requests: 1, errors: 0 });
});

it("counts what a key may not do as an error of that key", async () => {
  const ana = await api.person();
  const limited = await limitedKey(ana, { scopes: ["freebusy"] });
  expect((await api.call("GET", events, { key: limited.key })).status).toBe(403);

  await flush();
  const { body } = await api.call("GET", `/v1/usage?keyId=${limited.id}`, { key: api.adminKey });
  expect(body.items).toMatchObject([{ userId: ana.id, keyId: limited.id, requests: 1, errors: 1 }]);
});

it("shows administrators all keys, others their own, and a limited key what can do no more than itself", async () => {
  const [ana, ben] = [await api.person(), await api.person()];
  const limited = await limitedKey(ana, { scopes: ["readonly"] });
  for (const key of [ana.key, ben.key, limited.key]) await api.call("GET", events, { key });
  await flush();
  const shown = async (key: string, query = "") => {
    const answer = await api.call("GET", `/v1/usage?${query}`, { key });
    return answer.status === 200 ? answer.body.items.map(({ keyId }: { keyId: string }) => keyId).sort() : answer.reason;
  };
  const [anas, bens] = [await shown(api.adminKey, `userId=${ana.id}`), await shown(api.adminKey, `userId=${ben.id}`)];

  expect(anas).toHaveLength(2);
  expect(bens).toHaveLength(1);
  expect(await shown(api.adminKey)).toEqual(expect.arrayContaining([...anas, ...bens]));
  expect(await shown(ana.key)).toEqual(anas);
  expect(await shown(ana.key, "userId=me")).toEqual(anas);
  expect(await shown(ana.key, `keyId=${limited.id}`)).toEqual([limited.id]);
  expect(await shown(ana.key, `keyId=${bens[0]}`)).toEqual([]);
  expect(await shown(limited.key)).toEqual([limited.id]);
  expect(await shown(ana.key, `userId=${ben.id}`)).toBe("notFound");
  expect(await shown(ana.key, "userId=nobody")).toBe("notFound");
  expect(await shown(api.adminKey, "userId=nobody")).toBe("notFound");
});

it("lists days from `from` on and before `to`, thirty days without them, a page at a time, latest first", async () => {
  const ana = await api.person();
  const [{ id: keyId }] = (await ana.get("/v1/users/me/keys")).body.items;
  const dayAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  const one = { keyId, requests: 1, writes: 0, errors: 0, bytesIn: 2, bytesOut: 3 };
  const days = [40, 31, 30, 29, 2, 1, 0].map(dayAgo);
  await sums.add(
    db,
    { id: "days", number: 1 },
    days.map((day) => ({ ...one, day })),
    Date.now(),
  );
  const listed = async (query: string) => {
    const found: string[] = [];
    for (let pageToken = "", pages = 0; pages < 10; pages += 1) {
      const { body } = await ana.get(`/v1/usage?maxResults=2&to=${dayAgo(0)}&${query}${pageToken}`);
      expect(body.items.length).toBeLessThanOrEqual(2);
      found.push(...body.items.map(({ day }: { day: string }) => day));
      if (!body.nextPageToken) return found;
      pageToken = `&pageToken=${body.nextPageToken}`;
    }
    throw new Error("The pages do not end.");
  };

  expect(await listed("")).toEqual([1, 2, 29, 30].map(dayAgo));
  expect(await listed(`from=${dayAgo(40)}`)).toEqual([1, 2, 29, 30, 31, 40].map(dayAgo));
  expect(await listed(`from=${dayAgo(2)}&keyId=${keyId}`)).toEqual([1, 2].map(dayAgo));
  const admins = `/v1/usage?from=${dayAgo(30)}&to=${dayAgo(28)}&keyId=${keyId}&maxResults=1`;
  const first = await api.call("GET", admins, { key: api.adminKey });
  expect(first.body.items).toMatchObject([{ day: dayAgo(29), bytesOut: 3 }]);
  const second = await api.call("GET", `${admins}&pageToken=${first.body.nextPageToken}`, { key: api.adminKey });
  expect(second.body.items).toMatchObject([{ day: dayAgo(30) }]);
  const other = await ana.get(`/v1/usage?pageToken=${first.body.nextPageToken}`);
  expect(other).toMatchObject({ status: 400, reason: "invalid" });
});

it("refuses what is no day, no time at all, and parameters it does not know", async () => {
  const ana = await api.person();
  const reasonOf = async (query: string) => {
    const { status, reason, body } = await ana.get(`/v1/usage?${query}`);
    return [status, reason, body.error?.errors[0].location];
  };

  for (const day of ["yesterday", "2026-02-30", "2026-3-1", "0000-01-01", "20260301", "", "2026-03-01T"]) {
    expect(await reasonOf(`from=${day}`)).toEqual([400, "invalidParameter", "from"]);
    expect(await reasonOf(`to=${day}`)).toEqual([400, "invalidParameter", "to"]);
  }
  expect(await reasonOf("from=2026-03-02&to=2026-03-02")).toEqual([400, "timeRangeEmpty", undefined]);
  expect(await reasonOf("to=0001-01-01")).toEqual([400, "timeRangeEmpty", undefined]);
  expect(await reasonOf("from=9999-12-31")).toEqual([400, "timeRangeEmpty", undefined]);
  expect(await reasonOf("from=0001-01-01&to=9999-12-31")).toEqual([200, undefined, undefined]);
  expect(await reasonOf("user=me")).toEqual([400, "invalidParameter", "user"]);
  expect(await reasonOf("pageToken=x")).toEqual([400, "invalid", "pageToken"]);
});

it("is kept for as long as it is said", async () => {
  const ana = await api.person();
  const [{ id: keyId }] = (await ana.get("/v1/users/me/keys")).body.items;
  const days = ["2020-03-06", "2020-03-07", "2020-03-08"];
  const one = { keyId, requests: 1, writes: 0, errors: 0, bytesIn: 0, bytesOut: 0 };
  await sums.add(
    db,
    { id: "old", number: 1 },
    days.map((day) => ({ ...one, day })),
    Date.parse("2020-03-08"),
  );

  expect(await purgeUsage(db, Date.parse("2020-03-07T23:00:00Z"))).toBe(1);

  const { body } = await ana.get("/v1/usage?from=2020-01-01&to=2021-01-01");
  expect(body.items.map(({ day }: { day: string }) => day)).toEqual(["2020-03-08", "2020-03-07"]);
  expect(await purgeUsage(db, Date.parse("2020-03-07T23:00:00Z"))).toBe(0);
});

it("writes nothing for a request", async () => {
  const ana = await api.person();
  await ana.get("/calendar/v3/colors");
  await flush();
  const { now } = await db.one(sql.type(row<{ now: string }>())`select pg_snapshot_xmax(pg_current_snapshot())::text as now`);

  for (let number = 0; number < 300; number += 1) await ana.get("/calendar/v3/colors");

  const tables = await db.any(
    sql.type(row<{ name: string }>())`
      select relname::text as name from pg_stat_user_tables where schemaname = 'public' and relname not in ('key_usage', 'usage_writers')
    `,
  );
  expect(tables.length).toBeGreaterThan(10);
  for (const { name } of tables) {
    const { written } = await db.one(
      sql.type(row<{ written: number }>())`
        select count(*) as written from ${sql.identifier([name])} where xmin::text::bigint >= ${now}::bigint`,
    );
    expect([name, written]).toEqual([name, 0]);
  }
  expect(await usageOf(ana)).toMatchObject({ requests: 301 });
});

describe("the meter", () => {
  const keyOf = async (person: Person) => (await person.get("/v1/users/me/keys")).body.items[0].id as string;
  const read = { isWrite: false, status: 200, bytesIn: 0, bytesOut: 10 };
  const rowsOf = (keyId: string) =>
    db.any(
      sql.type(row<{ day: string; requests: number }>())`
        select day, requests from key_usage where key_id = ${keyId} and day < '2026-06-01' order by day
      `,
    );

  it("counts a request for the day on which it is answered, in UTC", async () => {
    const keyId = await keyOf(await api.person());
    let now = Date.parse("2026-03-08T23:59:59.999Z");
    const meter = createUsageMeter(db, () => now);
    meter.count(keyId, read);
    now += 1;
    meter.count(keyId, read);
    meter.count(keyId, read);

    await meter.close();

    expect(await rowsOf(keyId)).toEqual([
      { day: "2026-03-08", requests: 1 },
      { day: "2026-03-09", requests: 2 },
    ]);
  });

  it("adds everything once, also when the answer to an addition was lost, and while it was away", async () => {
    const keyId = await keyOf(await api.person());
    let fate: "well" | "answerLost" | "away" = "well";
    const shaky: Connection = {
      ...db,
      query: async (statement) => {
        if (fate === "away") throw new Error("away");
        const result = await db.query(statement);
        if (fate === "answerLost") throw new Error("lost");
        return result;
      },
    };
    const meter = createUsageMeter(shaky, () => Date.parse("2026-03-08T12:00:00Z"));
    const fates = ["answerLost", "answerLost", "away", "well", "away", "answerLost", "well"] as const;
    for (const next of fates) {
      fate = next;
      meter.count(keyId, read);
      await meter.flush();
    }
    await meter.close();

    expect(await rowsOf(keyId)).toEqual([{ day: "2026-03-08", requests: fates.length }]);
  });

  it("leaves out keys that are gone meanwhile, and adds the others'", async () => {
    const keyId = await keyOf(await api.person());
    const meter = createUsageMeter(db, () => Date.parse("2026-03-08T12:00:00Z"));
    meter.count("gone", read);
    meter.count(keyId, read);

    await meter.close();

    expect(await rowsOf(keyId)).toEqual([{ day: "2026-03-08", requests: 1 }]);
    expect(await rowsOf("gone")).toEqual([]);
  });

  it("adds by itself when ten seconds have passed, for processes whose timers stand still in between", async () => {
    const keyId = await keyOf(await api.person());
    let now = Date.parse("2026-03-08T12:00:00Z");
    const meter = createUsageMeter(db, () => now);
    meter.count(keyId, read);
    now += 9_999;
    await meter.flushWhenDue();
    expect(await rowsOf(keyId)).toEqual([]);
    now += 1;

    await meter.flushWhenDue();

    expect(await rowsOf(keyId)).toEqual([{ day: "2026-03-08", requests: 1 }]);
    await meter.close();
  });
});
