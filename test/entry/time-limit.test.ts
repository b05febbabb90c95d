/** How long a request may be worked on, whatever it waits for: a write that takes longer is answered in time, and leaves nothing. */
import { setTimeout as delay } from "node:timers/promises";
import type { ALBEvent, Context } from "aws-lambda";
import { handler as insert } from "#handlers/events/insert.ts";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Answer, type Api, type Person, startApi } from "#test/support/api.ts";

const limitMs = 600;
const events = "/calendar/v3/calendars/primary/events";
const lunch = { summary: "Lunch", start: { date: "2026-03-02" }, end: { date: "2026-03-03" } };

let api: Api;
let other: Database;
let person: Person;
beforeAll(async () => {
  api = await startApi({ requestTimeoutMs: limitMs, statementTimeoutMs: 20_000, databasePoolSize: 2 });
  other = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 20_000 });
});
afterAll(async () => {
  await other.close();
  await api.stop();
});
beforeEach(async () => {
  person = await api.person();
});

/** Somebody else's transaction has the person's calendar for a while. @returns lets it go. */
const lockCalendar = async (): Promise<() => Promise<void>> => {
  const held = Promise.withResolvers<void>();
  const isHeld = Promise.withResolvers<void>();
  const holding = other.inTransaction(async (transaction) => {
    await transaction.query(sql.type(row())`select from calendars where id = ${person.email} for update`);
    isHeld.resolve();
    await held.promise;
  });
  await isHeld.promise;
  return async () => {
    held.resolve();
    await holding;
  };
};

const timed = async (work: Promise<Answer>) => {
  const before = performance.now();
  const answer = await work;
  return { answer, ms: performance.now() - before };
};

const expectRefused = ({ answer, ms }: { answer: Answer; ms: number }) => {
  expect(answer).toMatchObject({ status: 503, reason: "backendError" });
  expect(answer.body.error.message).toContain("longer than it may");
  expect(answer.headers.get("retry-after")).toBe("1");
  expect(ms).toBeLessThan(limitMs + 400);
};

const titles = async () => (await person.get(events)).body.items.map((event: { summary: string }) => event.summary);

it("a write that waits for a lock is answered in time and leaves nothing, also when the lock is let go of later", async () => {
  const letGo = await lockCalendar();
  expectRefused(await timed(person.post(events, lunch)));
  await letGo();
  await delay(200);
  expect(await titles()).toEqual([]);
  expect((await person.post(events, lunch)).status).toBe(200);
});

it("the same request under its Idempotency-Key is done once when it is sent again", async () => {
  const key = { "Idempotency-Key": "lunch" };
  const letGo = await lockCalendar();
  expectRefused(await timed(person.post(events, lunch, key)));
  await letGo();
  const [again, once] = [await person.post(events, lunch, key), await person.post(events, lunch, key)];
  expect([again.status, once.status, once.body.id]).toEqual([200, 200, again.body.id]);
  expect(await titles()).toEqual(["Lunch"]);
});

it("requests that wait for their turn are answered in time too, and what comes afterwards is served", async () => {
  const letGo = await lockCalendar();
  const all = await Promise.all(Array.from({ length: 8 }, () => timed(person.post(events, lunch))));
  for (const one of all) expectRefused(one);
  await letGo();
  expect((await person.get(events)).status).toBe(200);
  expect(await titles()).toEqual([]);
});

it("on Lambda the time that is left there counts, when it is less", async () => {
  const letGo = await lockCalendar();
  const event: ALBEvent = {
    requestContext: { elb: { targetGroupArn: "" } },
    httpMethod: "POST",
    path: events,
    headers: { "x-api-key": person.key, "content-type": "application/json" },
    queryStringParameters: {},
    body: JSON.stringify(lunch),
    isBase64Encoded: false,
  };
  const before = performance.now();
  const context = { awsRequestId: "r", getRemainingTimeInMillis: () => 800 - (performance.now() - before) } as Context;
  const { statusCode } = await insert(event, context);
  expect(statusCode).toBe(503);
  expect(performance.now() - before).toBeLessThan(500);
  await letGo();
  expect(await titles()).toEqual([]);
});
