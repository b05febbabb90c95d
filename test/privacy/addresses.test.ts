/** Addresses that are part of one another: what is said of one person is not what is said of the other. */
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { namesOne } from "#lib/sql/names-address.ts";
import { type Api, startApi } from "#test/support/api.ts";
import { at, type Item } from "#test/support/events.ts";

let api: Api;
let db: Database;
beforeAll(async () => {
  api = await startApi();
  db = await openDatabase(api.databaseUrl, { poolSize: 2, statementTimeoutMs: 10_000 });
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

const names = async (text: string, ...addresses: string[]): Promise<boolean> => {
  const { isNamed } = await db.one(
    sql.type(row<{ isNamed: boolean }>())`select ${namesOne(sql.fragment`${text}::text`, addresses)} as "isNamed"`,
  );
  return isNamed;
};

it.each([
  "ana@example.org",
  "ANA@Example.org",
  '{"ruleId":"user:ana@example.org"}',
  '["MailTo:ana@example.org?subject=x"]',
  "Ana <ana@example.org>, Ben",
  "joana@example.org, ana@example.org",
  "Ask ana@example.org.",
  "/calendars/ana@example.org/events",
  String.raw`{"description":"Ask\nana@example.org\nnow"}`,
])("finds an address in %s", async (text) => {
  expect(await names(text, "ana@example.org")).toBe(true);
  expect(await names(text, "ben@example.org", "ana@example.org")).toBe(true);
});

it.each([
  "joana@example.org",
  '{"ruleId":"user:JOANA@example.org"}',
  "x.ana@example.org",
  "x+ana@example.org",
  "x_ana@example.org",
  "éana@example.org",
  "ana+x@example.org",
  "ana@example.org.uk",
  "ana@example.org-x.uk",
  "ana@example.orgs",
  "ana@examplexorg",
])("finds no address of another in %s", async (text) => {
  expect(await names(text, "ana@example.org")).toBe(false);
});

it("takes what an address has of a pattern's signs for letters", async () => {
  expect(await names("a+b*c$d@example.org", "a+b*c$d@example.org")).toBe(true);
  expect(await names("aab@example.org", "a+b@example.org")).toBe(false);
});

describe("erasing somebody whose address is a part of others'", () => {
  const neighbours = ["joana@example.org", "ana@example.org.uk", "ana+x@example.org", "x.ana@example.org", "Banana@example.org"];
  const admin = (method: string, path: string, body?: unknown) => api.call(method, path, { key: api.adminKey, body });
  const makeUser = async (email: string): Promise<string> => (await admin("POST", "/v1/users", { email })).body.id;
  const entries = async (): Promise<Item[]> => (await admin("GET", "/v1/audit?maxResults=1000")).body.items;
  const retired = async () => {
    const rows = await db.any(
      sql.type(row<{ text: string }>())`select data::text as text from retired_series order by calendar_id, event_id, change`,
    );
    return rows.map(({ text }) => text);
  };
  /** Others' events that name somebody, one of them as they were once; a rule and a key that do. */
  const mention = async (email: string, calendar: string): Promise<void> => {
    const series = { ...at("2026-03-09T12:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=3"], attendees: [{ email }] };
    const made = await admin("POST", `${calendar}/events`, series);
    await admin("PATCH", `${calendar}/events/${made.body.id}`, { ...at("2026-03-09T15:00:00"), attendees: [] });
    await admin("POST", `${calendar}/events`, { ...series, summary: "Still" });
    await admin("POST", `${calendar}/acl`, { scope: { type: "user", value: email }, role: "reader" });
    await admin("POST", "/v1/users/me/keys", { name: "one", calendars: [email] });
  };

  it("leaves what tells of those others: the audit log, series as they were, events", async () => {
    const { id } = (await admin("POST", "/calendar/v3/calendars", { summary: "Shared" })).body;
    const calendar = `/calendar/v3/calendars/${encodeURIComponent(id)}`;
    for (const email of neighbours) {
      await makeUser(email);
      await mention(email, calendar);
    }
    const [entriesBefore, retiredBefore] = [await entries(), await retired()];
    const ana = await makeUser("ana@example.org");
    await mention("Ana@Example.org", calendar);
    expect((await retired()).join()).toContain('"ana@example.org"');

    expect(await admin("DELETE", `/v1/users/${ana}`)).toMatchObject({ status: 204 });

    const after = await entries();
    const told = new Map(after.map((entry) => [entry.id, entry]));
    expect(entriesBefore.map((entry) => told.get(entry.id))).toEqual(entriesBefore);
    expect(after.filter(({ erased }) => erased).length).toBeGreaterThan(2);
    expect(JSON.stringify(after).toLowerCase()).not.toMatch(/[":]ana@example\.org"/);
    expect(await retired()).toEqual(expect.arrayContaining(retiredBefore));
    expect((await retired()).join()).not.toContain('"ana@example.org"');
    const guests = ((await admin("GET", `${calendar}/events`)).body.items as Item[]).flatMap(({ attendees = [] }) => attendees);
    const addresses = guests.map(({ email }: Item) => email);
    expect(addresses).toEqual(expect.arrayContaining(neighbours.map((email) => email.toLowerCase())));
    expect(addresses.join()).not.toMatch(/(^|,)ana@example\.org(,|$)/i);
    expect((await admin("GET", "/v1/audit/verify")).body.intact).toBe(true);
  }, 180_000);

  it("leaves all that an administrator did to others, when one is made and erased again", async () => {
    const before = await entries();
    const short = await makeUser("a@example.org");
    await admin("DELETE", `/v1/users/${short}`);

    const after = await entries();
    const told = new Map(after.map((entry) => [entry.id, entry]));
    expect(before.map((entry) => told.get(entry.id))).toEqual(before);
    expect(
      after.filter((entry) => entry.erased && !before.some(({ id }) => id === entry.id)).map(({ action }) => action),
    ).toEqual(["users.insert"]);
  }, 180_000);
});
