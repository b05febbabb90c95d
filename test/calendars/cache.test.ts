/** What a process remembers of calendars spares a statement, and is never believed: two real processes on one database. */
import { setTimeout as delay } from "node:timers/promises";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { freshDatabase } from "#test/support/database.ts";
import { callServer, type ServerProcess, startServer } from "#test/support/server-process.ts";

let database: Awaited<ReturnType<typeof freshDatabase>>;
let db: Awaited<ReturnType<typeof openDatabase>>;
/** The process that remembers, and the one that changes what it remembers. */
let here: ServerProcess;
let there: ServerProcess;
beforeAll(async () => {
  database = await freshDatabase();
  db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 5_000 });
  const environment = { DATABASE_URL: database.url, DATABASE_POOL_SIZE: "1", PUSH_WORKERS: "0", LOG_LEVEL: "INFO" };
  [here, there] = await Promise.all([startServer(environment), startServer(environment)]);
});
afterAll(async () => {
  await Promise.all([here?.kill("SIGTERM"), there?.kill("SIGTERM")]);
  await db?.close();
  await database?.drop();
});

interface Person {
  readonly email: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  call(at: ServerProcess, method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
}

let people = 0;
const newPerson = async (): Promise<Person> => {
  people += 1;
  const email = `person${people}@example.org`;
  const { body } = await callServer(there.url, "POST", "/v1/users", { email, timeZone: "Europe/Berlin" });
  const made = await callServer(there.url, "POST", `/v1/users/${body.id}/keys`, { name: "test" });
  const call: Person["call"] = async ({ url }, method, path, content) => {
    const answer = await fetch(`${url}/calendar/v3${path}`, {
      method,
      headers: { "X-API-Key": made.body.key, ...(content !== undefined && { "Content-Type": "application/json" }) },
      ...(content !== undefined && { body: JSON.stringify(content) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? undefined : JSON.parse(text) };
  };
  return { email, call };
};

/** The event's zone is the calendar's. */
const nine = { summary: "Nine", start: { dateTime: "2026-03-02T09:00:00Z" }, end: { dateTime: "2026-03-02T10:00:00Z" } };
/** A phrase that names a time too late for New York, where it is five hours later. */
const late = "Party on December 30, 9999 at 23:00";
const post = (person: Person, calendarId: string, event: unknown) =>
  person.call(here, "POST", `/calendars/${calendarId}/events`, event);
const add = (person: Person, text: string) =>
  person.call(here, "POST", `/calendars/primary/events/quickAdd?text=${encodeURIComponent(text)}`);
const move = (person: Person, timeZone: string) => person.call(there, "PATCH", `/calendars/${person.email}`, { timeZone });
const countEvents = async (person: Person) =>
  (await person.call(there, "GET", `/calendars/${person.email}/events`)).body.items.length;

it("a write to a calendar that the process knows does not read it first", async () => {
  const known = await newPerson();
  /** How often the calendars have been looked up. A connection, of which the process has one, tells what it has counted once a second. */
  const lookups = async (): Promise<number> => {
    await delay(1_500);
    await post(known, "primary", nine);
    const { scans } = await db.one(sql.type(row<{ scans: number }>())`
      select (seq_scan + idx_scan)::integer as scans from pg_stat_user_tables where relname = 'calendars'
    `);
    return scans;
  };
  const everybody = await Promise.all(Array.from({ length: 20 }, newPerson));
  const writeAll = async () => {
    for (const person of everybody) expect((await post(person, "primary", nine)).status).toBe(200);
  };

  await lookups();
  const before = await lookups();
  await writeAll();
  const first = (await lookups()) - before;
  await writeAll();
  const second = (await lookups()) - before - first;
  // Figures of what was read before may come late.
  expect(first - second).toBeGreaterThan(15);
  expect(first - second).toBeLessThan(25);
});

it("a zone that was changed elsewhere counts at once", async () => {
  const ana = await newPerson();
  expect((await post(ana, "primary", nine)).body.start).toEqual({
    dateTime: "2026-03-02T10:00:00+01:00",
    timeZone: "Europe/Berlin",
  });
  await move(ana, "America/New_York");
  const there = { dateTime: "2026-03-02T04:00:00-05:00", timeZone: "America/New_York" };
  expect((await post(ana, "primary", nine)).body.start).toEqual(there);
  await move(ana, "Asia/Tokyo");
  const lunch = await add(ana, "Lunch on March 2, 2027 at 12:00");
  expect(lunch.body.start).toEqual({ dateTime: "2027-03-02T12:00:00+09:00", timeZone: "Asia/Tokyo" });
});

it("what is refused, and what is not, the calendar decides as it is", async () => {
  const ana = await newPerson();
  const addIt = async () => {
    const { status, body } = await add(ana, late);
    return [status, status === 200 ? body.start.dateTime : body.error.errors[0].location];
  };
  expect(await addIt()).toEqual([200, "9999-12-30T23:00:00+01:00"]);
  await move(ana, "America/New_York");
  expect(await addIt()).toEqual([400, "text"]);
  expect(await countEvents(ana)).toBe(1);
  expect((await post(ana, "primary", nine)).status).toBe(200);
  await move(ana, "Europe/Berlin");
  expect(await addIt()).toEqual([200, "9999-12-30T23:00:00+01:00"]);
});

it("rights that were taken away elsewhere are gone at once, and those that were given are there", async () => {
  const [ana, ben] = await Promise.all([newPerson(), newPerson()]);
  const rules = `/calendars/${ana.email}/acl`;
  const allow = (role: string) => ana.call(there, "POST", rules, { role, scope: { type: "user", value: ben.email } });
  const statusOf = async () => (await post(ben, ana.email, nine)).status;

  expect(await statusOf()).toBe(404);
  await allow("writer");
  expect(await statusOf()).toBe(200);
  await allow("reader");
  expect(await statusOf()).toBe(403);
  await allow("writer");
  expect(await statusOf()).toBe(200);
  await ana.call(there, "DELETE", `${rules}/user:${ben.email}`);
  expect(await statusOf()).toBe(404);
  expect(await countEvents(ana)).toBe(2);
});

it("a calendar that was deleted elsewhere is gone", async () => {
  const ana = await newPerson();
  const { body: calendar } = await ana.call(there, "POST", "/calendars", { summary: "Team" });
  expect((await post(ana, calendar.id, nine)).status).toBe(200);
  await ana.call(there, "DELETE", `/calendars/${calendar.id}`);
  expect((await post(ana, calendar.id, nine)).status).toBe(404);
});
