import { type Api, type Person, startApi } from "#test/support/api.ts";
import { limitedKey, withKey } from "#test/support/keys.ts";
import { aclPath, calendarPath, entryPath, listPath, makeCalendar, readAll, share } from "#test/support/sharing.ts";

let api: Api;
let ana: Person;
let ben: Person;
/** Calendars of Ana's. */
let team: string;
let secret: string;
beforeAll(async () => {
  api = await startApi();
  ana = await api.person();
  ben = await api.person();
  team = await makeCalendar(ana, "Team");
  secret = await makeCalendar(ana, "Secret");
});
afterAll(() => api.stop());

const event = { start: { date: "2026-05-04" }, end: { date: "2026-05-05" }, summary: "offsite" };
const insufficient = {
  status: 403,
  body: {
    error: { code: 403, message: "Insufficient Permission", errors: [{ domain: "global", reason: "insufficientPermissions" }] },
  },
};
const notFound = { status: 404, reason: "notFound" };

describe("a key with scopes", () => {
  it("does what they say, and is refused the rest in Google's words", async () => {
    const call = withKey(api, (await limitedKey(ana, { scopes: ["events.write"] })).key);

    const made = await call("POST", `${calendarPath(team)}/events`, event);
    expect(made.status).toBe(200);
    expect((await call("GET", `${calendarPath(team)}/events/${made.body.id}`)).status).toBe(200);
    expect(
      (
        await call("POST", "/calendar/v3/freeBusy", {
          timeMin: "2026-05-01T00:00:00Z",
          timeMax: "2026-05-09T00:00:00Z",
          items: [],
        })
      ).status,
    ).toBe(200);
    expect(await call("GET", listPath)).toMatchObject(insufficient);
    expect(await call("PATCH", calendarPath(team), { summary: "x" })).toMatchObject(insufficient);
    expect(await call("POST", "/v1/users/me/keys", { name: "more" })).toMatchObject(insufficient);
  });

  it("that only asks when people are busy sees nothing else", async () => {
    const call = withKey(api, (await limitedKey(ana, { scopes: ["freebusy"] })).key);

    const query = { timeMin: "2026-05-01T00:00:00Z", timeMax: "2026-05-09T00:00:00Z", items: [{ id: team }] };
    expect(await call("POST", "/calendar/v3/freeBusy", query)).toMatchObject({ status: 200 });
    expect(await call("GET", `${calendarPath(team)}/events`)).toMatchObject(insufficient);
    expect((await call("GET", "/v1/keys/self")).body).toMatchObject({ userId: ana.id, scopes: ["freebusy"] });
  });

  it("has the rights of several together", async () => {
    const call = withKey(api, (await limitedKey(ana, { scopes: ["readonly", "events.write"] })).key);

    expect((await call("GET", listPath)).status).toBe(200);
    expect((await call("POST", `${calendarPath(team)}/events`, event)).status).toBe(200);
    expect(await call("DELETE", calendarPath(secret))).toMatchObject(insufficient);
  });

  it("of an administrator's administers only with the scope for it", async () => {
    const make = async (scopes: string[]) =>
      (await api.call("POST", "/v1/users/me/keys", { key: api.adminKey, body: { name: "x", scopes } })).body.key as string;
    const reader = withKey(api, await make(["readonly"]));
    const admin = withKey(api, await make(["admin"]));

    expect(await reader("GET", "/v1/users")).toMatchObject(insufficient);
    expect(await reader("GET", `/v1/users/${ana.id}`)).toMatchObject(notFound);
    expect((await admin("GET", `/v1/users/${ana.id}`)).status).toBe(200);
    expect((await admin("POST", `/v1/users/${ana.id}/keys`, { name: "theirs" })).status).toBe(201);
  });

  it("of somebody else's scope `admin` is no administrator", async () => {
    const call = withKey(api, (await limitedKey(ana, { scopes: ["admin"] })).key);

    expect(await call("GET", "/v1/users")).toMatchObject({ status: 403, reason: "forbidden" });
    expect((await call("GET", "/v1/users/me/keys")).status).toBe(200);
  });
});

describe("a key for named calendars", () => {
  let call: ReturnType<typeof withKey>;
  beforeAll(async () => {
    call = withKey(api, (await limitedKey(ana, { calendars: [team.toUpperCase()] })).key);
  });

  it("works there as any other, and elsewhere there is nothing", async () => {
    const made = await call("POST", `${calendarPath(team)}/events`, event);
    const elsewhere = await ana.post(`${calendarPath(secret)}/events`, event);
    expect(made.status).toBe(200);

    expect(await call("GET", calendarPath(secret))).toMatchObject(notFound);
    expect(await call("GET", calendarPath("primary"))).toMatchObject(notFound);
    expect(await call("GET", `${calendarPath(secret)}/events`)).toMatchObject(notFound);
    expect(await call("GET", `${calendarPath(secret)}/events/${elsewhere.body.id}`)).toMatchObject(notFound);
    expect(await call("DELETE", `${calendarPath(secret)}/events/${elsewhere.body.id}`)).toMatchObject(notFound);
    expect(await call("GET", aclPath(secret))).toMatchObject(notFound);
    expect(await call("POST", aclPath(secret), { role: "reader", scope: { type: "default" } })).toMatchObject(notFound);
    expect(await call("GET", `/v1/calendars/${encodeURIComponent(secret)}/export.ics`)).toMatchObject(notFound);
    expect(await call("DELETE", calendarPath(secret))).toMatchObject(notFound);
    expect((await ana.get(calendarPath(secret))).status).toBe(200);
  });

  it("moves no event out of them, nor in", async () => {
    const inside = await call("POST", `${calendarPath(team)}/events`, event);
    const outside = await ana.post(`${calendarPath(secret)}/events`, event);
    const move = (from: string, id: string, to: string) =>
      call("POST", `${calendarPath(from)}/events/${id}/move?destination=${encodeURIComponent(to)}`);

    expect(await move(team, inside.body.id, secret)).toMatchObject(notFound);
    expect(await move(secret, outside.body.id, team)).toMatchObject(notFound);
    expect((await ana.get(`${calendarPath(team)}/events/${inside.body.id}`)).body.status).toBe("confirmed");
  });

  it("lists those alone, also what has changed, and keeps its sync tokens apart", async () => {
    const mine = { ...ana, get: (path: string) => call("GET", path) };
    const { items, nextSyncToken = "" } = await readAll(mine, listPath);
    expect(items.map(({ id }) => id)).toEqual([team]);

    await ana.patch(entryPath(secret), { colorId: "3" });
    await ana.patch(entryPath(team), { colorId: "4" });

    const changed = await readAll(mine, listPath, { syncToken: nextSyncToken });
    expect(changed.items.map(({ id }) => id)).toEqual([team]);
    expect((await call("GET", entryPath(secret))).status).toBe(404);
    expect((await call("PATCH", entryPath(secret), { colorId: "5" })).status).toBe(404);
    expect((await call("POST", listPath, { id: secret })).status).toBe(404);
    expect((await ana.get(`${listPath}?syncToken=${nextSyncToken}`)).status).toBe(400);
  });

  it("tells of other calendars neither when they are busy nor who is in a group", async () => {
    await api.call("POST", "/v1/groups", { key: api.adminKey, body: { email: "crew@example.org" } });
    await api.call("PUT", `/v1/groups/crew@example.org/members/${ana.email}`, { key: api.adminKey });
    const ids = [team, secret, "primary", "crew@example.org"];
    const query = { timeMin: "2026-05-01T00:00:00Z", timeMax: "2026-05-09T00:00:00Z", items: ids.map((id) => ({ id })) };
    expect(Object.keys((await ana.post("/calendar/v3/freeBusy", query)).body.groups)).toEqual(["crew@example.org"]);

    const { body } = await call("POST", "/calendar/v3/freeBusy", query);

    expect(body.calendars[team].busy).not.toHaveLength(0);
    for (const id of ids.slice(1)) {
      expect(body.calendars[id]).toMatchObject({ busy: [], errors: [{ domain: "global", reason: "notFound" }] });
    }
    expect(body.groups ?? {}).toEqual({});
  });

  it("reaches nothing of the user's that is on no calendar, makes no calendar, and administers nothing", async () => {
    const channel = { id: "x", type: "web_hook", address: "https://receiver.example.org/" };
    expect(await call("GET", "/calendar/v3/users/me/settings")).toMatchObject(notFound);
    expect(await call("GET", "/calendar/v3/users/me/settings/weekStart")).toMatchObject(notFound);
    expect(await call("PUT", "/v1/users/me/settings/weekStart", { value: "1" })).toMatchObject(notFound);
    expect(await call("POST", "/calendar/v3/users/me/settings/watch", channel)).toMatchObject(notFound);
    expect(await call("POST", `${listPath}/watch`, channel)).toMatchObject(notFound);
    expect(await call("POST", "/calendar/v3/calendars", { summary: "new" })).toMatchObject(insufficient);
    const admin = await api.call("POST", "/v1/users/me/keys", { key: api.adminKey, body: { name: "x", calendars: [team] } });
    const limited = withKey(api, admin.body.key);
    expect(await limited("GET", "/v1/users")).toMatchObject({ status: 403 });
    expect(await limited("GET", `/v1/users/${ana.id}`)).toMatchObject(notFound);
  });

  it("invites guests: their copies are the server's to write", async () => {
    const made = await call("POST", `${calendarPath(team)}/events`, { ...event, attendees: [{ email: ben.email }] });

    expect((await ben.get(`${calendarPath("primary")}/events/${made.body.id}`)).status).toBe(200);
  });

  it("gives no right that its user has not: a calendar that is not shared with them is not there", async () => {
    const bens = await makeCalendar(ben, "Ben's");
    const keyed = withKey(api, (await limitedKey(ana, { calendars: [bens] })).key);
    expect(await keyed("GET", calendarPath(bens))).toMatchObject(notFound);

    await share(ben, bens, ana, "reader");

    expect((await keyed("GET", calendarPath(bens))).status).toBe(200);
  });

  it("names the user's own calendar `primary` when it is made, and is shown its id", async () => {
    const made = await limitedKey(ana, { calendars: ["primary"] });

    expect(made.calendars).toEqual([ana.email]);
    expect((await withKey(api, made.key)("GET", calendarPath("primary"))).status).toBe(200);
  });

  it("stops channels of those calendars alone", async () => {
    const watch = async (path: string, id: string) =>
      (await ana.post(path, { id, type: "web_hook", address: "https://93.184.216.34/" })).body;
    const [inside, outside, list] = [
      await watch(`${calendarPath(team)}/events/watch`, "inside"),
      await watch(`${calendarPath(secret)}/events/watch`, "outside"),
      await watch(`${listPath}/watch`, "list"),
    ];
    const stop = ({ id, resourceId }: { id: string; resourceId: string }) =>
      call("POST", "/calendar/v3/channels/stop", { id, resourceId });

    expect((await stop(inside)).status).toBe(204);
    expect(await stop(outside)).toMatchObject(notFound);
    expect(await stop(list)).toMatchObject(notFound);
  });

  it("is bound by its limits inside a batch", async () => {
    const { key } = await limitedKey(ana, { calendars: [team], scopes: ["readonly"] });
    const parts = [calendarPath(team), calendarPath(secret)].map(
      (path) => `--x\r\nContent-Type: application/http\r\n\r\nGET ${path} HTTP/1.1\r\n\r\n`,
    );
    const headers = { "Content-Type": "multipart/mixed; boundary=x" };

    const { body } = await api.call("POST", "/batch/calendar/v3", { key, headers, body: `${parts.join("")}--x--\r\n` });

    expect([...String(body).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(["200", "404"]);
  });
});

describe("a key for some addresses", () => {
  it("is refused from others, which the load balancer reports, not the client", async () => {
    const { key } = await limitedKey(ana, { ipRanges: ["192.0.2.0/24", "2001:db8::/32"] });
    const from = (address: string) => withKey(api, key, address)("GET", "/v1/users/me");

    for (const address of ["192.0.2.77", "2001:db8::5", "10.1.2.3, 192.0.2.77", "::ffff:192.0.2.77"]) {
      expect([address, (await from(address)).status]).toEqual([address, 200]);
    }
    for (const address of ["192.0.3.1", "2001:db9::5", "192.0.2.77, 10.1.2.3", "nonsense"]) {
      expect([address, await from(address)]).toMatchObject([address, { status: 403, reason: "ipRefererBlocked" }]);
    }
    // Without the header the container writes the address of the connection: this machine's.
    expect(await withKey(api, key)("GET", "/v1/users/me")).toMatchObject({ status: 403, reason: "ipRefererBlocked" });
  });
});

describe("what a key gives to another", () => {
  const give = async (own: object, wanted: object) => {
    const { key } = await limitedKey(ana, own);
    const made = await withKey(api, key, "10.1.0.9")("POST", "/v1/users/me/keys", { name: "other", ...wanted });
    return { status: made.status, body: made.body, location: made.body.error?.errors[0].location };
  };
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  const later = new Date(Date.now() + 7_200_000).toISOString();

  it("is never more than it has itself", async () => {
    expect(await give({ calendars: [team] }, { calendars: [team, secret] })).toMatchObject({
      status: 403,
      location: "calendars",
    });
    expect(await give({ ipRanges: ["10.0.0.0/8"] }, { ipRanges: ["0.0.0.0/0"] })).toMatchObject({
      status: 403,
      location: "ipRanges",
    });
    expect(await give({ ipRanges: ["10.0.0.0/8"] }, { ipRanges: ["::/0"] })).toMatchObject({ status: 403, location: "ipRanges" });
    expect(await give({ expires: soon }, { expires: later })).toMatchObject({ status: 403, location: "expires" });
    expect((await give({ scopes: ["events.write", "calendars.write"] }, { scopes: ["admin"] })).status).toBe(403);
  });

  it("may be less, and is as much when nothing is said", async () => {
    const own = { calendars: [team, secret], ipRanges: ["10.0.0.0/8"], expires: later, scopes: ["admin"] };

    expect(await give(own, {})).toMatchObject({ status: 201, body: own });
    const less = { calendars: [team], ipRanges: ["10.1.0.0/16"], expires: soon, scopes: ["readonly", "freebusy"] };
    expect(await give(own, less)).toMatchObject({ status: 201, body: less });
  });

  it("is checked", async () => {
    const refused = async (wanted: object) =>
      (await ana.post("/v1/users/me/keys", { name: "x", ...wanted })).body.error.errors[0];
    expect(await refused({ ipRanges: ["10.0.0.0/8", "10.0.0.1/8"] })).toMatchObject({
      reason: "invalid",
      location: "ipRanges[1]",
    });
    expect(await refused({ expires: "2020-01-01T00:00:00Z" })).toMatchObject({ reason: "invalid", location: "expires" });
    expect(await refused({ expires: "tomorrow" })).toMatchObject({ reason: "invalidParameter", location: "expires" });
    expect(await refused({ scopes: ["everything"] })).toMatchObject({ reason: "invalid", location: "scopes[0]" });
    expect(await refused({ scopes: [] })).toMatchObject({ location: "scopes" });
    expect(await refused({ calendars: [] })).toMatchObject({ location: "calendars" });
    expect(await refused({ scope: "admin" })).toMatchObject({ location: "scope" });
  });

  it("is all that it sees and ends of the user's keys", async () => {
    const wide = await limitedKey(ana, {});
    const own = await limitedKey(ana, { calendars: [team] });
    const narrow = await limitedKey(ana, { calendars: [team], scopes: ["readonly"] });
    const call = withKey(api, own.key);

    const ids = (await call("GET", "/v1/users/me/keys")).body.items.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(expect.arrayContaining([own.id, narrow.id]));
    expect(ids).not.toContain(wide.id);
    expect(await call("DELETE", `/v1/users/me/keys/${wide.id}`)).toMatchObject(notFound);
    expect(await call("POST", `/v1/users/me/keys/${wide.id}/rotate`, {})).toMatchObject(notFound);
    expect((await call("DELETE", `/v1/users/me/keys/${narrow.id}`)).status).toBe(204);
    expect((await call("DELETE", `/v1/users/me/keys/${own.id}`)).status).toBe(204);
    expect((await call("GET", "/v1/keys/self")).status).toBe(401);
  });
});
