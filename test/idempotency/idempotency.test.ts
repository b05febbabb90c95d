import { randomUUID } from "node:crypto";
import { purgeDeleted } from "#lib/domain/purge.ts";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, newCalendar, type TestCalendar } from "#test/support/events.ts";

let api: Api;
let ana: Person;
let ben: Person;
let calendar: TestCalendar;
let db: Database;
beforeAll(async () => {
  api = await startApi({ corsOrigins: ["*"] });
  ana = await api.person();
  ben = await api.person();
  calendar = await newCalendar(ana);
  db = await openDatabase(api.databaseUrl, { poolSize: 2, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

const lunch = { summary: "Lunch", ...at("2026-03-09T12:00:00") };
const newKey = () => ({ "Idempotency-Key": `"${randomUUID()}"` });
const replayed = (answer: { readonly headers: Headers }) => answer.headers.get("idempotent-replayed");

describe("a request that is sent again under its Idempotency-Key", () => {
  it("is done once and gets the first answer again, byte for byte", async () => {
    const key = newKey();
    const own = await newCalendar(ana);
    const send = () =>
      fetch(`${api.url}${own.path}`, {
        method: "POST",
        headers: { "X-API-Key": ana.key, "Content-Type": "application/json", Origin: "https://app.example.org", ...key },
        body: JSON.stringify(lunch),
      });

    const [first, second, third] = [await send(), await send(), await send()];

    const text = await first.text();
    expect(await second.text()).toBe(text);
    expect(await third.text()).toBe(text);
    for (const name of ["content-type", "etag", "vary"]) expect(second.headers.get(name)).toBe(first.headers.get(name));
    expect([replayed(first), replayed(second), replayed(third)]).toEqual([null, "true", "true"]);
    expect(second.headers.get("access-control-expose-headers")).toContain("Idempotent-Replayed");
    expect((await own.list()).items).toHaveLength(1);
  });

  it("gets the first answer also when what it made has changed or gone since", async () => {
    const key = newKey();
    const first = await ana.post(calendar.path, lunch, key);
    await calendar.delete(first.body.id);

    const second = await ana.post(calendar.path, lunch, key);

    expect(second.body).toEqual(first.body);
    expect((await calendar.get(first.body.id)).body.status).toBe("cancelled");
  });

  it("is the same with its names in another order, and its key without quotes", async () => {
    const id = randomUUID();
    const first = await ana.post(calendar.path, lunch, { "Idempotency-Key": `"${id}"` });
    const backwards = Object.fromEntries(Object.entries(lunch).reverse());

    const second = await ana.post(`${calendar.path}?prettyPrint=true`, backwards, { "Idempotency-Key": id });

    expect(second.body).toEqual(first.body);
    expect(replayed(second)).toBe("true");
  });

  it("is done once when it is sent twenty times at once; all hear the same", async () => {
    const key = newKey();
    const own = await newCalendar(ana);

    const answers = await Promise.all(Array.from({ length: 20 }, () => ana.post(own.path, lunch, key)));

    expect(new Set(answers.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    expect(answers.filter((answer) => replayed(answer) === null)).toHaveLength(1);
    expect((await own.list()).items).toHaveLength(1);
  });

  it("is refused with 409 while the first one runs for long, and may be sent again then", async () => {
    const key = newKey();
    const release = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    const holding = db.inTransaction(async (tx) => {
      await tx.query(sql.type(row())`select from calendars where id = ${calendar.id} for update`);
      locked.resolve();
      await release.promise;
    });
    await locked.promise;
    const first = ana.post(calendar.path, lunch, key);
    await new Promise((resolve) => setTimeout(resolve, 100));

    const second = await ana.post(calendar.path, lunch, key);

    expect(second).toMatchObject({ status: 409, reason: "idempotencyRequestInProgress" });
    expect(second.headers.get("retry-after")).toBe("1");
    release.resolve();
    await holding;
    expect((await ana.post(calendar.path, lunch, key)).body).toEqual((await first).body);
  });

  it("gets a refusal by the rules again; a fault of the server is no answer, and leaves nothing", async () => {
    const refused = newKey();
    const own = await newCalendar(ana);
    const id = "lunch0taken";
    await own.insert({ ...lunch, id });
    const first = await ana.post(own.path, { ...lunch, id }, refused);
    const second = await ana.post(own.path, { ...lunch, id }, refused);
    expect(first).toMatchObject({ status: 409, reason: "duplicate" });
    expect(second).toMatchObject({ status: 409, body: first.body });
    expect([replayed(first), replayed(second)]).toEqual([null, "true"]);

    const faulty = newKey();
    await db.query(
      sql.type(row())`create function fail() returns trigger language plpgsql as 'begin raise exception $$no$$; end'`,
    );
    await db.query(sql.type(row())`create trigger fail before insert on events for each row execute function fail()`);
    expect(await ana.post(own.path, lunch, faulty)).toMatchObject({ status: 500 });
    await db.query(sql.type(row())`drop trigger fail on events`);
    const third = await ana.post(own.path, lunch, faulty);
    expect(third.status).toBe(200);
    expect(replayed(third)).toBeNull();
    expect((await own.list()).items).toHaveLength(2);
  });

  it("is not said to be another one when a body that could not be read is corrected", async () => {
    const key = newKey();

    expect(await ana.post(calendar.path, { summary: 7 }, key)).toMatchObject({ status: 400 });
    expect(await ana.post(calendar.path, lunch, key)).toMatchObject({ status: 200 });
  });

  it("holds for all methods that change something", async () => {
    const event = await calendar.insert(lunch);
    const path = `${calendar.path}/${event.id}`;
    const [patching, deleting] = [newKey(), newKey()];

    const patched = await ana.patch(path, { summary: "Dinner" }, patching);
    await ana.patch(path, { summary: "Supper" });
    expect((await ana.patch(path, { summary: "Dinner" }, patching)).body).toEqual(patched.body);
    expect((await calendar.get(event.id)).body.summary).toBe("Supper");

    expect((await ana.delete(path, deleting)).status).toBe(204);
    expect((await ana.delete(path, deleting)).status).toBe(204);
    expect((await ana.delete(path)).status).toBe(410);
  });
});

describe("another request under the same key", () => {
  it.each([
    ["another body", "", { ...lunch, summary: "Dinner" }, {}],
    ["another query", "?sendUpdates=all", lunch, {}],
    ["another path", "/import", { ...lunch, iCalUID: "a@example.org" }, {}],
    ["a condition", "", lunch, { "If-Match": '"1"' }],
  ])("is refused with 422: %s", async (_, rest, body, headers) => {
    const key = newKey();
    await ana.post(calendar.path, lunch, key);

    const answer = await ana.post(`${calendar.path}${rest}`, body, { ...key, ...headers });

    expect(answer).toMatchObject({ status: 422, reason: "idempotencyKeyReused" });
    expect(answer.body.error.errors[0]).toMatchObject({ locationType: "header", location: "Idempotency-Key" });
    expect(replayed(answer)).toBeNull();
  });

  it("is its own when another user sends it", async () => {
    const key = newKey();
    const first = await ana.post("/calendar/v3/calendars/primary/events", lunch, key);
    const second = await ben.post("/calendar/v3/calendars/primary/events", lunch, key);

    expect(second.status).toBe(200);
    expect(second.body.creator.email).toBe(ben.email);
    expect(second.body.id).not.toBe(first.body.id);
    expect(replayed(second)).toBeNull();
  });
});

describe("the header", () => {
  it.each([
    ["an empty one", " "],
    ["an empty string", '""'],
    ["a long one", "x".repeat(256)],
    ["half a string", '"abc'],
    ["a list", '"a", "b"'],
    ["a broken escape", '"a\\b"'],
    ["spaces without quotes", "a b"],
  ])("is refused: %s", async (_, header) => {
    const answer = await ana.post(calendar.path, lunch, { "Idempotency-Key": header });

    expect(answer).toMatchObject({ status: 400, reason: "invalid" });
    expect(answer.body.error.errors[0]).toMatchObject({ locationType: "header", location: "Idempotency-Key" });
  });

  it.each([["x".repeat(255)], [`"${"y z".repeat(85)}"`], ["order/15:a=1+2"], ['"say \\"hi\\" \\\\"']])(
    "may be %s",
    async (header) => {
      expect((await ana.post(calendar.path, lunch, { "Idempotency-Key": header })).status).toBe(200);
    },
  );

  it("is taken by every endpoint that changes something", async () => {
    for (const { description } of api.endpoints) {
      const [method, path] = description.route.split(" ") as [string, string];
      if (method === "GET" || description.access === "public") continue;
      const body = description.consumes ? undefined : description.body && {};
      const answer = await api.call(method, path.replaceAll(/\{\w+\}/g, "no-such-thing"), {
        key: api.adminKey,
        ...(body && { body }),
        headers: { ...newKey() },
      });
      const isTaken = answer.status < 500 || answer.reason === "notImplemented"; // profiles, without a bucket
      expect([description.id, isTaken]).toEqual([description.id, true]);
    }
  });
});

describe("what is kept", () => {
  const rows = () =>
    db.any(sql.type(row<{ sealed_answer: Buffer; name: Buffer }>())`select name, sealed_answer from idempotent_answers`);

  it("tells nothing by itself: a new API key that is told again cannot be read from the table", async () => {
    const key = newKey();
    const first = await ana.post("/v1/users/me/keys", { name: "mine" }, key);
    const second = await ana.post("/v1/users/me/keys", { name: "mine" }, key);

    expect(first.status).toBe(201);
    expect(second.body).toEqual(first.body);
    const all = Buffer.concat((await rows()).flatMap((kept) => [kept.name, kept.sealed_answer])).toString("latin1");
    expect(all).not.toContain(first.body.key);
    expect(all).not.toContain("example.org");
  });

  it("ends after a day, before the purge has come and when it comes", async () => {
    const key = newKey();
    const first = await ana.post(calendar.path, lunch, key);
    const age = (hours: number) =>
      db.query(sql.type(row())`update idempotent_answers set created_at = now() - ${hours}::int * interval '1 hour'`);

    await age(23);
    expect(replayed(await ana.post(calendar.path, lunch, key))).toBe("true");
    await age(25);
    const second = await ana.post(calendar.path, lunch, key);
    expect(replayed(second)).toBeNull();
    expect(second.body.id).not.toBe(first.body.id);

    const kept = (await rows()).length;
    expect(kept).toBeGreaterThan(5);
    expect((await purgeDeleted(db, 0, Date.now())).answers).toBe(kept - 1);
    expect(replayed(await ana.post(calendar.path, lunch, key))).toBe("true");
  });
});
