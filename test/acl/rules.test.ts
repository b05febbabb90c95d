import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { aclPath, locationOf, makeCalendar, readAll, share } from "#test/support/sharing.ts";

let api: Api;
let owner: Person;
let guest: Person;
beforeAll(async () => {
  api = await startApi();
  [owner, guest] = [await api.person(), await api.person()];
});
afterAll(() => api.stop());

const rulePath = (calendarId: string, ruleId: string) => `${aclPath(calendarId)}/${encodeURIComponent(ruleId)}`;
const user = (value: string) => ({ type: "user", value });

describe("a rule", () => {
  it.each([
    [{ type: "user", value: "Ana@Example.ORG" }, "user:ana@example.org", { type: "user", value: "ana@example.org" }],
    [{ type: "group", value: "team@example.org" }, "group:team@example.org", { type: "group", value: "team@example.org" }],
    [{ type: "domain", value: "Example.COM" }, "domain:example.com", { type: "domain", value: "example.com" }],
    [{ type: "default" }, "default", { type: "default" }],
    [{ type: "default", value: "" }, "default", { type: "default" }],
  ])("for %j has the id %s", async (scope, id, kept) => {
    const calendar = await makeCalendar(owner);

    const made = await owner.post(aclPath(calendar), { role: "reader", scope });

    expect(made).toMatchObject({ status: 200, body: { kind: "calendar#aclRule", id, role: "reader" } });
    expect(made.body.scope).toEqual(kept);
    const read = await owner.get(rulePath(calendar, id));
    expect(read.body).toEqual(made.body);
    expect(read.headers.get("etag")).toBe(made.body.etag);
    expect((await owner.get(rulePath(calendar, id.toUpperCase()))).body).toEqual(made.body);
  });

  it.each<[string, unknown, string, string]>([
    ["no role", { scope: { type: "default" } }, "required", "role"],
    ["a role that is null", { role: null, scope: { type: "default" } }, "required", "role"],
    ["an unknown role", { role: "god", scope: { type: "default" } }, "invalid", "role"],
    ["no scope", { role: "reader" }, "required", "scope"],
    ["no type of scope", { role: "reader", scope: { value: "a@example.org" } }, "required", "scope.type"],
    ["an unknown type of scope", { role: "reader", scope: { type: "planet", value: "x" } }, "invalid", "scope.type"],
    ["no value", { role: "reader", scope: { type: "user" } }, "required", "scope.value"],
    ["a user that is no address", { role: "reader", scope: { type: "user", value: "ana" } }, "invalid", "scope.value"],
    ["a group that is no address", { role: "reader", scope: { type: "group", value: "@" } }, "invalid", "scope.value"],
    ["a domain that is an address", { role: "reader", scope: { type: "domain", value: "a@b.c" } }, "invalid", "scope.value"],
    ["a value that is a number", { role: "reader", scope: { type: "user", value: 1 } }, "invalid", "scope.value"],
    ["a scope that is a list", { role: "reader", scope: [] }, "invalid", "scope"],
  ])("with %s is refused", async (_, body, reason, location) => {
    const refused = await owner.post(aclPath(owner.email), body);

    expect(refused).toMatchObject({ status: 400, reason });
    expect(locationOf(refused)).toBe(location);
  });

  it("takes the place of the one its scope had, with a new ETag", async () => {
    const calendar = await makeCalendar(owner);
    const first = await share(owner, calendar, guest, "reader");

    const second = await share(owner, calendar, guest, "writer");

    expect(second).toMatchObject({ id: first.id, role: "writer" });
    expect(second.etag).not.toBe(first.etag);
    const { items } = await readAll(owner, aclPath(calendar));
    expect(items.map(({ id, role }) => [id, role])).toEqual(
      [
        [`user:${owner.email}`, "owner"],
        [`user:${guest.email}`, "writer"],
      ].sort(),
    );
  });

  it("changes its role by update and patch; a patch without a role changes nothing", async () => {
    const calendar = await makeCalendar(owner);
    const { id, scope } = await share(owner, calendar, guest, "reader");

    expect((await owner.put(rulePath(calendar, id), { role: "writer", scope })).body).toMatchObject({ id, role: "writer" });
    expect((await owner.patch(rulePath(calendar, id), {})).body).toMatchObject({ id, role: "writer" });
    expect((await owner.patch(rulePath(calendar, id), { role: "freeBusyReader" })).body).toMatchObject({
      role: "freeBusyReader",
    });
    expect((await guest.get(`/calendar/v3/calendars/${calendar}`)).status).toBe(200);
    expect(await owner.put(rulePath(calendar, id), {})).toMatchObject({ status: 400, reason: "required" });
  });

  it("cannot become another's", async () => {
    const calendar = await makeCalendar(owner);
    const { id } = await share(owner, calendar, guest, "reader");
    const other = { role: "writer", scope: user("other@example.org") };

    for (const refused of [await owner.put(rulePath(calendar, id), other), await owner.patch(rulePath(calendar, id), other)]) {
      expect(refused).toMatchObject({ status: 400, reason: "invalid" });
      expect(locationOf(refused)).toBe("scope");
    }
    expect((await owner.get(rulePath(calendar, id))).body.role).toBe("reader");
  });

  it.each(["delete", "insert of none", "update to none", "patch to none"])("is taken away by %s", async (how) => {
    const calendar = await makeCalendar(owner);
    const { id, scope } = await share(owner, calendar, guest, "reader");
    const path = rulePath(calendar, id);
    expect((await guest.get(`/calendar/v3/calendars/${calendar}`)).status).toBe(200);

    const gone = { role: "none", scope };
    const answer = await (how === "delete"
      ? owner.delete(path)
      : how === "insert of none"
        ? owner.post(aclPath(calendar), gone)
        : how === "update to none"
          ? owner.put(path, gone)
          : owner.patch(path, { role: "none" }));

    expect(answer).toMatchObject(
      how === "delete" ? { status: 204, body: undefined } : { status: 200, body: { id, role: "none" } },
    );
    expect(await guest.get(`/calendar/v3/calendars/${calendar}`)).toMatchObject({ status: 404, reason: "notFound" });
    expect((await readAll(owner, aclPath(calendar))).items).toHaveLength(1);
    const { items } = await readAll(owner, aclPath(calendar), { showDeleted: true });
    expect(items.find((one) => one.id === id)).toMatchObject({ role: "none", scope });
    for (const missing of [await owner.get(path), await owner.delete(path), await owner.patch(path, { role: "reader" })]) {
      expect(missing).toMatchObject({ status: 404, reason: "notFound" });
    }
    expect(await share(owner, calendar, guest, "reader")).toMatchObject({ id, role: "reader" });
  });

  it("has an ETag that writes and reads can name", async () => {
    const calendar = await makeCalendar(owner);
    const { id, etag } = await share(owner, calendar, guest, "reader");
    const path = rulePath(calendar, id);
    expect((await owner.get(path, { "If-None-Match": etag })).status).toBe(304);

    const changed = await owner.patch(path, { role: "writer" }, { "If-Match": etag });

    expect(changed.status).toBe(200);
    for (const refused of [
      await owner.patch(path, { role: "reader" }, { "If-Match": etag }),
      await owner.put(path, { role: "reader" }, { "If-Match": etag }),
      await owner.delete(path, { "If-Match": etag }),
    ]) {
      expect(refused).toMatchObject({ status: 412, reason: "conditionNotMet" });
    }
    expect((await owner.get(path, { "If-None-Match": etag })).body.role).toBe("writer");
    expect((await owner.delete(path, { "If-Match": changed.body.etag })).status).toBe(204);
  });
});

describe("the owner's rule", () => {
  it("is there from the start, on primary calendars too", async () => {
    for (const calendar of [owner.email, "primary", await makeCalendar(owner)]) {
      const { items } = await readAll(owner, aclPath(calendar));
      expect(items).toMatchObject([{ id: `user:${owner.email}`, role: "owner", scope: user(owner.email) }]);
    }
  });

  it("is changed by nobody: not by the owner, not by another owner", async () => {
    const calendar = await makeCalendar(owner);
    await share(owner, calendar, guest, "owner");
    const own = { who: owner, reason: "cannotChangeOwnAcl" };
    const others = { who: guest, reason: "cannotChangeOwnerAcl" };
    const path = rulePath(calendar, `user:${owner.email}`);

    for (const { who, reason } of [own, others]) {
      for (const refused of [
        await who.delete(path),
        await who.patch(path, { role: "reader" }),
        await who.put(path, { role: "none" }),
        await who.post(aclPath(calendar), { role: "writer", scope: user(owner.email.toUpperCase()) }),
      ]) {
        expect(refused).toMatchObject({ status: 403, reason });
      }
    }
    expect((await owner.delete(path)).body.error.message).toBe("Cannot change your own access level.");
    expect((await guest.get(path)).body.role).toBe("owner");
  });

  it("is nobody else's to lose: an owner does not change their own rule, another owner does", async () => {
    const calendar = await makeCalendar(owner);
    await share(owner, calendar, guest, "owner");
    const path = rulePath(calendar, `user:${guest.email}`);

    expect(await guest.patch(path, { role: "reader" })).toMatchObject({ status: 403, reason: "cannotChangeOwnAcl" });
    expect(await guest.delete(path)).toMatchObject({ status: 403, reason: "cannotChangeOwnAcl" });
    expect((await guest.patch(path, { role: "owner" })).status).toBe(200);
    expect((await owner.delete(path)).status).toBe(204);
    expect((await guest.get(aclPath(calendar))).status).toBe(404);
  });

  it("does not let whoever owns by a group write themselves a rule", async () => {
    const calendar = await makeCalendar(owner);
    await api.call("POST", "/v1/groups", { key: api.adminKey, body: { email: "chiefs@example.org" } });
    await api.call("PUT", `/v1/groups/chiefs@example.org/members/${guest.email}`, { key: api.adminKey });
    await share(owner, calendar, { type: "group", value: "chiefs@example.org" }, "owner");

    expect(await guest.post(aclPath(calendar), { role: "reader", scope: user(guest.email) })).toMatchObject({
      status: 403,
      reason: "cannotChangeOwnAcl",
    });
    expect((await guest.post(aclPath(calendar), { role: "reader", scope: { type: "default" } })).status).toBe(200);
  });
});

it("refuses more rules than a calendar can have, and takes another when one is gone", async () => {
  const calendar = await makeCalendar(owner);
  const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
  await db.query(sql.type(row())`
    insert into acl_rules (calendar_id, id, scope_type, scope_value, role, change, updated_at)
    select ${calendar}, 'user:' || n || '@example.net', 'user', n || '@example.net', 'reader', 1, now()
    from generate_series(1, 999) n
  `);
  await db.close();

  expect(await owner.post(aclPath(calendar), { role: "reader", scope: user(guest.email) })).toMatchObject({
    status: 403,
    reason: "quotaExceeded",
  });
  expect((await owner.post(aclPath(calendar), { role: "writer", scope: user("7@example.net") })).status).toBe(200);
  expect((await owner.delete(rulePath(calendar, "user:8@example.net"))).status).toBe(204);
  expect((await owner.post(aclPath(calendar), { role: "reader", scope: user(guest.email) })).status).toBe(200);
  expect((await readAll(owner, aclPath(calendar), { maxResults: 9_999 })).pages).toBe(4);
});
