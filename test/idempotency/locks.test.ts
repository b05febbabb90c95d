import { randomUUID } from "node:crypto";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at } from "#test/support/events.ts";

let api: Api;
let people: Person[];
let db: Database;
beforeAll(async () => {
  api = await startApi();
  people = await Promise.all(Array.from({ length: 4 }, () => api.person()));
  db = await openDatabase(api.databaseUrl, { poolSize: 4, statementTimeoutMs: 20_000 });
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

const events = "/calendar/v3/calendars/primary/events";

it("people who invite each other at the same time, with and without a key, never wait for each other in a circle", async () => {
  const key = () => ({ "Idempotency-Key": randomUUID() });
  const attendees = people.map(({ email }) => ({ email }));
  const made = await Promise.all(
    Array.from({ length: 60 }, (_, n) => {
      const person = people[n % people.length] as Person;
      return person.post(events, { ...at("2026-03-09T09:00:00"), attendees }, n % 3 ? key() : undefined);
    }),
  );
  expect(new Set(made.map(({ status }) => status))).toEqual(new Set([200]));

  const changed = await Promise.all(
    made.map(({ body }, n) => {
      const person = people[n % people.length] as Person;
      return person.patch(`${events}/${body.id}`, { summary: "Moved" }, n % 3 ? key() : undefined);
    }),
  );
  expect(new Set(changed.map(({ status }) => status))).toEqual(new Set([200]));

  for (const person of people) {
    const { items } = (await person.get(`${events}?maxResults=250`)).body;
    expect(items).toHaveLength(60);
  }
  const { deadlocks } = await db.one(sql.type(row<{ deadlocks: number }>())`
    select deadlocks from pg_stat_database where datname = current_database()
  `);
  expect(deadlocks).toBe(0);
});

it("a part of a transaction that fails lets go of its locks at once, and of what it has written", async () => {
  const [ana, ben] = people.map(({ email }) => email) as [string, string];
  const ready = Promise.withResolvers<void>();
  const looked = Promise.withResolvers<void>();
  const working = db.inTransaction(async (tx) => {
    const failing = tx.inTransaction(async (part) => {
      await part.query(sql.type(row())`update calendars set summary = 'half done' where id = ${ana}`);
      throw new Error("needs more");
    });
    await expect(failing).rejects.toThrow("needs more");
    await tx.inTransaction((part) => part.query(sql.type(row())`update calendars set summary = 'done' where id = ${ben}`));
    ready.resolve();
    await looked.promise;
  });
  await ready.promise;

  // What the failed part held is free, what the other one holds is not.
  const free = await db.any(sql.type(row<{ id: string; summary: string }>())`
    select id, summary from calendars where id = any(${sql.array([ana, ben], "text")}) for update skip locked
  `);
  looked.resolve();
  await working;

  expect(free).toEqual([{ id: ana, summary: ana }]);
  const { summary } = await db.one(sql.type(row<{ summary: string }>())`select summary from calendars where id = ${ben}`);
  expect(summary).toBe("done");
});
