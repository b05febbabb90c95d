import { type Api, startApi } from "#test/support/api.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

describe("users", () => {
  it("are made by an administrator, with a primary calendar whose id is the address", async () => {
    const made = await api.call("POST", "/v1/users", {
      key: api.adminKey,
      body: { email: "Ana@Example.org", displayName: "Ana", timeZone: "Europe/Berlin" },
    });

    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ email: "ana@example.org", displayName: "Ana", primaryCalendarId: "ana@example.org" });
    const key = await api.call("POST", `/v1/users/${made.body.id}/keys`, { key: api.adminKey, body: { name: "laptop" } });
    const calendar = await api.call("GET", "/calendar/v3/calendars/primary", { key: key.body.key });
    expect(calendar.body).toMatchObject({ id: "ana@example.org", timeZone: "Europe/Berlin" });
  });

  it("are not made twice with one address, in whatever case", async () => {
    const ana = await api.person();

    const again = await api.call("POST", "/v1/users", { key: api.adminKey, body: { email: ana.email.toUpperCase() } });

    expect(again).toMatchObject({ status: 409, reason: "duplicate" });
  });

  it("are not made, listed or read by others", async () => {
    const ana = await api.person();
    const ben = await api.person();

    expect(await ana.post("/v1/users", { email: "c@example.org" })).toMatchObject({ status: 403, reason: "forbidden" });
    expect(await ana.get("/v1/users")).toMatchObject({ status: 403, reason: "forbidden" });
    expect(await ana.get(`/v1/users/${ben.id}`)).toMatchObject({ status: 404, reason: "notFound" });
    expect(await ana.get("/v1/users/me")).toMatchObject({ status: 200, body: { id: ana.id } });
  });

  it("are listed a page at a time", async () => {
    await api.person();
    const emails: string[] = [];
    let pageToken = "";
    do {
      const page = await api.call("GET", `/v1/users?maxResults=2${pageToken && `&pageToken=${pageToken}`}`, {
        key: api.adminKey,
      });
      emails.push(...page.body.items.map(({ email }: { email: string }) => email));
      pageToken = page.body.nextPageToken ?? "";
    } while (pageToken);

    expect(emails).toEqual([...new Set(emails)].sort());
    expect(emails).toContain("admin@localhost");
  });
});
