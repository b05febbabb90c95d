import { setTimeout as delay } from "node:timers/promises";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { on } from "#test/support/events.ts";
import { aclPath, calendarPath, listPath, makeCalendar, personAt, share } from "#test/support/sharing.ts";

let api: Api;
let owner: Person;
beforeAll(async () => {
  api = await startApi();
  owner = await api.person();
});
afterAll(() => api.stop());

/** What one may try, in an order in which nothing takes away what the next one needs. */
const deeds: Record<string, (who: Person, calendar: string) => Promise<{ status: number; reason: string | undefined }>> = {
  "read the calendar": (who, calendar) => who.get(calendarPath(calendar)),
  "put it into one's list": (who, calendar) => who.post(listPath, { id: calendar }),
  "list events": (who, calendar) => who.get(`${calendarPath(calendar)}/events`),
  "read an event": (who, calendar) => who.get(`${calendarPath(calendar)}/events/event1`),
  "insert an event": (who, calendar) => who.post(`${calendarPath(calendar)}/events`, on("2026-03-09")),
  "change an event": (who, calendar) => who.patch(`${calendarPath(calendar)}/events/event1`, { summary: "x" }),
  "list rules": (who, calendar) => who.get(aclPath(calendar)),
  "read a rule": (who, calendar) => who.get(`${aclPath(calendar)}/user:${owner.email}`),
  "insert a rule": (who, calendar) => who.post(aclPath(calendar), { role: "reader", scope: { type: "user", value: "x@y.z" } }),
  "change a rule": (who, calendar) => who.patch(`${aclPath(calendar)}/user:ana@example.net`, { role: "reader" }),
  "delete a rule": (who, calendar) => who.delete(`${aclPath(calendar)}/user:ana@example.net`),
  "change the calendar": (who, calendar) => who.patch(calendarPath(calendar), { summary: "New" }),
  "clear the calendar": (who, calendar) => who.post(`${calendarPath(calendar)}/clear`),
  "delete the calendar": (who, calendar) => who.delete(calendarPath(calendar)),
};

/** The weakest role that may do each. */
const needed: Record<string, string> = {
  "read the calendar": "freeBusyReader",
  "put it into one's list": "freeBusyReader",
  "list events": "freeBusyReader",
  "read an event": "freeBusyReader",
  "insert an event": "writerWithoutPrivateAccess",
  "change an event": "writerWithoutPrivateAccess",
  "list rules": "writer",
  "read a rule": "writer",
};
const roles = ["none", "freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"];

const scopes: Record<string, (role: string) => Promise<{ who: Person; scope: object }>> = {
  user: async () => {
    const who = await api.person();
    return { who, scope: { type: "user", value: who.email } };
  },
  group: async (role) => {
    const who = await api.person();
    const group = `${role.toLowerCase()}s@example.org`;
    await api.call("POST", "/v1/groups", { key: api.adminKey, body: { email: group } });
    await api.call("PUT", `/v1/groups/${group}/members/${who.email}`, { key: api.adminKey });
    return { who, scope: { type: "group", value: group } };
  },
  domain: async (role) => {
    const domain = `${role.toLowerCase()}.example.com`;
    return { who: await personAt(api, `ana@${domain}`), scope: { type: "domain", value: domain } };
  },
  default: async () => ({ who: await api.person(), scope: { type: "default" } }),
};

describe.each(Object.keys(scopes))("by a rule for a %s", (type) => {
  it.each(roles)("somebody who is %s may do what that role may, and no more", async (role) => {
    const { who, scope } = await (scopes[type] as (role: string) => Promise<{ who: Person; scope: object }>)(role);
    const calendar = await makeCalendar(owner);
    await owner.post(`${calendarPath(calendar)}/events`, { id: "event1", ...on("2026-03-09") });
    await share(owner, calendar, { type: "user", value: "ana@example.net" }, "writer");
    await share(owner, calendar, scope, role);

    const outcomes: Record<string, unknown> = {};
    const expected: Record<string, unknown> = {};
    for (const [deed, attempt] of Object.entries(deeds)) {
      const { status, reason } = await attempt(who, calendar);
      const may = roles.indexOf(role) >= roles.indexOf(needed[deed] ?? "owner");
      outcomes[deed] = status < 300 ? "done" : `${status} ${reason}`;
      expected[deed] = role === "none" ? "404 notFound" : may ? "done" : "403 requiredAccessLevel";
    }
    // An owner may, but only a primary calendar can be cleared.
    if (role === "owner") expected["clear the calendar"] = "400 invalid";

    expect(outcomes).toEqual(expected);
  });
});

describe("roles", () => {
  it("add up to the strongest that any rule gives", async () => {
    const [who, stranger] = [await api.person(), await personAt(api, "bea@elsewhere.example")];
    const calendar = await makeCalendar(owner);
    await share(owner, calendar, { type: "default" }, "freeBusyReader");
    await share(owner, calendar, who, "reader");
    await share(owner, calendar, { type: "domain", value: "example.org" }, "writer");

    for (const [person, role] of [
      [who, "writer"],
      [stranger, "freeBusyReader"],
    ] as const) {
      expect((await person.post(listPath, { id: calendar })).body.accessRole).toBe(role);
    }
    await owner.delete(`${aclPath(calendar)}/domain:example.org`);
    expect((await who.get(`${listPath}/${calendar}`)).body.accessRole).toBe("reader");
  });

  it("are of the very domain, not of those below it", async () => {
    const below = await personAt(api, "cid@sub.parent.example");
    const calendar = await makeCalendar(owner);
    await share(owner, calendar, { type: "domain", value: "parent.example" }, "reader");

    expect((await below.get(calendarPath(calendar))).status).toBe(404);
  });

  it("may be given on a primary calendar, whose owner alone it stays primary for", async () => {
    const [one, other] = [await api.person(), await api.person()];
    await share(one, one.email, other, "owner");

    expect((await other.post(listPath, { id: one.email })).body).toMatchObject({ id: one.email, accessRole: "owner" });
    expect((await other.get(`${listPath}/${one.email}`)).body).not.toHaveProperty("primary");
    expect((await one.get(`${listPath}/primary`)).body).toMatchObject({ id: one.email, primary: true });
  });

  it("are told from each other in the refusal's text", async () => {
    const who = await api.person();
    const calendar = await makeCalendar(owner);
    await share(owner, calendar, who, "reader");

    const { body } = await who.post(aclPath(calendar), { role: "reader", scope: { type: "default" } });

    expect(body.error).toMatchObject({
      message: "You need to have owner access to this calendar.",
      errors: [{ domain: "calendar" }],
    });
  });

  it("that ended while a write waited for the calendar's lock do not let it pass", async () => {
    const who = await api.person();
    const calendar = await makeCalendar(owner);
    await share(owner, calendar, who, "owner");
    const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });

    // What the transaction returns is in an object, or it would be waited for.
    const { attempt } = await db.inTransaction(async (tx) => {
      const waiting = () =>
        tx.any(sql.type(row())`select from pg_locks where not granted and pg_backend_pid() = any(pg_blocking_pids(pid))`);
      await tx.query(sql.type(row())`update calendars set change = change + 1 where id = ${calendar}`);
      await tx.query(sql.type(row())`
        update acl_rules set role = 'none' where calendar_id = ${calendar} and scope_value = ${who.email}
      `);
      const attempt = who.post(aclPath(calendar), { role: "writer", scope: { type: "default" } });
      while ((await waiting()).length === 0) await delay(5);
      return { attempt };
    });
    await db.close();

    expect(await attempt).toMatchObject({ status: 404, reason: "notFound" });
  });
});
