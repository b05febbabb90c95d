/** Many who write to one calendar at a time wait for each other, and nobody else waits for them. */
import { setTimeout as delay } from "node:timers/promises";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Answer, type Api, type Person, startApi } from "#test/support/api.ts";

const events = "/calendar/v3/calendars/primary/events";
const lunch = { summary: "Lunch", start: { date: "2026-03-02" }, end: { date: "2026-03-03" } };

let api: Api;
let other: Database;
let busy: Person;
let calm: Person;
let hosts: readonly Person[];
beforeAll(async () => {
  api = await startApi({ requestTimeoutMs: 20_000, statementTimeoutMs: 20_000, databasePoolSize: 4 });
  other = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 20_000 });
  const people = await Promise.all(Array.from({ length: 14 }, () => api.person()));
  [busy, calm, ...hosts] = people as [Person, Person, ...Person[]];
});
afterAll(async () => {
  await other.close();
  await api.stop();
});

/** What a calendar's writers do while somebody else's transaction has its lock. */
const whileLocked = async (calendarId: string, work: () => Promise<void>): Promise<void> => {
  await other.inTransaction(async (transaction) => {
    await transaction.query(sql.type(row())`select from calendars where id = ${calendarId} for update`);
    await work();
  });
};

const writes: readonly [string, (index: number) => Promise<Answer>][] = [
  ["events", () => busy.post(events, lunch)],
  ["events under Idempotency-Keys", (index) => busy.post(events, lunch, { "Idempotency-Key": `lunch-${index}` })],
  ["the calendar itself", (index) => busy.patch("/calendar/v3/calendars/primary", { summary: `Lunches ${index}` })],
  [
    "copies of their events, as its owner is their guest",
    (index) => (hosts[index] as Person).post(events, { ...lunch, attendees: [{ email: busy.email }] }),
  ],
  ["its rules", () => busy.post(`/calendar/v3/calendars/${busy.email}/acl`, { role: "reader", scope: { type: "default" } })],
];

it.each(writes)("writers of %s leave connections for everybody else", async (_, write) => {
  let waiting: readonly Promise<Answer>[] = [];
  await whileLocked(busy.email, async () => {
    waiting = Array.from({ length: 12 }, (_, index) => write(index));
    await delay(300);
    const others = Promise.all([calm.get(events), calm.post(events, lunch), busy.get(events)]);
    const answers = await Promise.race([others, delay(3_000)]);
    expect(answers?.map(({ status }) => status)).toEqual([200, 200, 200]);
  });
  expect((await Promise.all(waiting)).map(({ status }) => status)).toEqual(Array(12).fill(200));
});
