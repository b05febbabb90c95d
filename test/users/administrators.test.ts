/** There may be several administrators, and there is always one. */
import { adminEmail, bootstrapAdmin } from "#lib/domain/users/bootstrap.ts";
import { createUser } from "#lib/domain/users/insert.ts";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { findByEmail } from "#lib/sql/users.ts";
import { type Api, startApi } from "#test/support/api.ts";

let api: Api;
let another: { readonly id: string; readonly email: string; readonly key: string };
beforeAll(async () => {
  api = await startApi();
  another = await administrator("another@example.org");
});
afterAll(() => api.stop());

/** Makes an administrator with a key, by the first one's. */
const administrator = async (email: string) => {
  const user = await api.call("POST", "/v1/users", { key: api.adminKey, body: { email, admin: true } });
  const made = await api.call("POST", `/v1/users/${user.body.id}/keys`, { key: api.adminKey, body: { name: "own" } });
  return { id: user.body.id as string, email, key: made.body.key as string };
};
const audit = async (query: string) => (await api.call("GET", `/v1/audit?${query}`, { key: another.key })).body.items;
const erase = (id: string, key: string) => api.call("DELETE", `/v1/users/${id}`, { key });

it("an administrator makes others, and users show who is one", async () => {
  const { body: user } = await api.call("POST", "/v1/users", { key: another.key, body: { email: "user@example.org" } });

  expect(user).toMatchObject({ email: "user@example.org", admin: false });
  expect((await api.call("GET", "/v1/users/me", { key: another.key })).body).toMatchObject({ id: another.id, admin: true });
  const { items } = (await api.call("GET", "/v1/users", { key: another.key })).body;
  const admins = items.filter(({ admin }: { admin: boolean }) => admin);
  expect(admins.map(({ email }: { email: string }) => email)).toEqual([adminEmail, another.email]);
});

it("nobody else does, also not by a key of an administrator's that is limited", async () => {
  const ana = await api.person();
  const body = { email: "mallory@example.org", admin: true };
  const limits = { name: "limited", scopes: ["calendars.write"] };
  const limited = await api.call("POST", "/v1/users/me/keys", { key: another.key, body: limits });

  expect(await ana.post("/v1/users", body)).toMatchObject({ status: 403, reason: "forbidden" });
  expect(await api.call("POST", "/v1/users", { key: limited.body.key, body })).toMatchObject({ status: 403 });
  expect(await api.call("POST", "/v1/users", { key: another.key, body: { ...body, admin: "yes" } })).toMatchObject({
    status: 400,
  });
});

it("the audit log tells of the right that was given, and of what a new administrator does", async () => {
  const [given] = await audit(`calendarId=${another.email}&action=users.insert`);
  expect(given).toMatchObject({
    subject: another.id,
    object: { userId: another.id },
    before: { admin: false },
    after: { admin: true },
  });
  expect(given.userId).not.toBe(another.id);

  const { body: user } = await api.call("POST", "/v1/users", { key: another.key, body: { email: "theirs@example.org" } });
  const group = await api.call("POST", "/v1/groups", { key: another.key, body: { email: "group@example.org" } });
  expect(group.status).toBe(201);
  expect(await audit(`userId=${another.id}`)).toMatchObject([
    { action: "groups.insert", userId: another.id, object: { groupId: "group@example.org" } },
    { action: "users.insert", subject: user.id, before: { admin: false }, after: { admin: false } },
    ...(await audit(`userId=${another.id}`)).slice(2),
  ]);
});

it("one may be erased while there is another, the last one never, though two erase each other at once", async () => {
  const third = await administrator("third@example.org");
  expect(await erase(third.id, another.key)).toMatchObject({ status: 204 });
  const [taken] = await audit("action=users.delete");
  expect(taken).toMatchObject({ userId: another.id, object: { userId: third.id }, before: { admin: true } });

  const { body: first } = await api.call("GET", "/v1/users/me", { key: api.adminKey });
  const answers = await Promise.all([erase(another.id, api.adminKey), erase(first.id, another.key)]);

  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
  const left = answers[0]?.status === 204 ? { id: first.id, key: api.adminKey } : another;
  expect(await erase(left.id, left.key)).toMatchObject({ status: 403, reason: "cannotDeleteLastAdministrator" });
}, 30_000);

it("a start makes none while there is one, whatever their address, unless it is told a key", async () => {
  const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
  const options = { secret: Buffer.alloc(32), keyEnvironment: "test", now: Date.now() };
  try {
    await createUser(db, { email: "kept@example.org", isAdmin: true }, Date.now());
    await db.query(sql.type(row())`delete from users where email = ${adminEmail}`);

    expect(await bootstrapAdmin(db, { ...options, adminKey: undefined })).toEqual({});
    expect(await findByEmail(db, adminEmail)).toBeNull();
    expect(await bootstrapAdmin(db, { ...options, adminKey: "a-key-to-come-back-in" })).toEqual({});
    expect(await findByEmail(db, adminEmail)).toMatchObject({ is_admin: true });
  } finally {
    await db.close();
  }
});
