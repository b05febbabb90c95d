import { type Api, startApi } from "#test/support/api.ts";
import { calendarPath, locationOf, makeCalendar, share } from "#test/support/sharing.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const asAdmin = (method: string, path: string, body?: object) =>
  api.call(method, path, { key: api.adminKey, ...(body && { body }) });
const insert = (email: string, more: object = {}) => asAdmin("POST", "/v1/groups", { email, ...more });

describe("a group", () => {
  it("is made by an administrator, known by its address, and deleted", async () => {
    const made = await insert("Team@Example.org", { displayName: "The team" });

    expect(made).toMatchObject({
      status: 201,
      body: { kind: "calendar#group", id: "team@example.org", email: "team@example.org", displayName: "The team" },
    });
    expect((await asAdmin("GET", "/v1/groups/TEAM@example.org")).body).toEqual(made.body);
    expect(await asAdmin("DELETE", "/v1/groups/team@example.org")).toMatchObject({ status: 204, body: undefined });
    expect(await asAdmin("GET", "/v1/groups/team@example.org")).toMatchObject({ status: 404, reason: "notFound" });
    expect(await asAdmin("DELETE", "/v1/groups/team@example.org")).toMatchObject({ status: 404, reason: "notFound" });
  });

  it("shares its address with no other group and no user", async () => {
    const person = await api.person();
    await insert("once@example.org");

    for (const email of ["ONCE@example.org", person.email]) {
      const refused = await insert(email);
      expect(refused).toMatchObject({ status: 409, reason: "duplicate" });
      expect(locationOf(refused)).toBe("email");
    }
    expect(await asAdmin("POST", "/v1/users", { email: "once@example.org" })).toMatchObject({ status: 409, reason: "duplicate" });
  });

  it("never gets an address at the same time as a user", async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const email = `race${index}@example.org`;
        const answers = await Promise.all([insert(email), asAdmin("POST", "/v1/users", { email })]);
        return answers.map(({ status }) => status).sort();
      }),
    );

    for (const outcome of outcomes) expect(outcome).toEqual([201, 409]);
  });

  it.each([[{}], [{ email: "team" }], [{ email: "a@b.c", surprise: 1 }], [{ email: 1 }]])("is not made of %j", async (body) => {
    expect((await asAdmin("POST", "/v1/groups", body)).status).toBe(400);
  });

  it("is listed with the others, a page at a time", async () => {
    for (const name of ["a", "b", "c"]) await insert(`listed-${name}@example.org`);
    const ids: string[] = [];
    let pageToken = "";
    do {
      const { body } = await asAdmin("GET", `/v1/groups?maxResults=2${pageToken && `&pageToken=${pageToken}`}`);
      expect(body.kind).toBe("calendar#groups");
      ids.push(...body.items.map(({ id }: { id: string }) => id));
      pageToken = body.nextPageToken ?? "";
    } while (pageToken);

    expect(ids).toEqual([...new Set(ids)].sort());
    expect(ids).toEqual(expect.arrayContaining(["listed-a@example.org", "listed-c@example.org"]));
    expect(await asAdmin("GET", "/v1/groups?pageToken=x")).toMatchObject({ status: 400, reason: "invalid" });
  });

  it("is nothing that others may know of or change", async () => {
    const person = await api.person();
    await insert("secret@example.org");

    for (const answer of [
      await person.get("/v1/groups"),
      await person.post("/v1/groups", { email: "mine@example.org" }),
      await person.get("/v1/groups/secret@example.org"),
      await person.delete("/v1/groups/secret@example.org"),
      await person.get("/v1/groups/secret@example.org/members"),
      await person.put(`/v1/groups/secret@example.org/members/${person.email}`),
      await person.delete(`/v1/groups/secret@example.org/members/${person.email}`),
    ]) {
      expect(answer).toMatchObject({ status: 403, reason: "forbidden" });
    }
  });
});

describe("members of a group", () => {
  it("come, are listed in pages, and go", async () => {
    const group = "/v1/groups/club@example.org/members";
    await insert("club@example.org");
    for (const name of ["Cid", "ana", "bea"]) {
      expect(await asAdmin("PUT", `${group}/${name}@example.net`)).toMatchObject({
        status: 200,
        body: { kind: "calendar#groupMember", email: `${name.toLowerCase()}@example.net` },
      });
    }
    expect((await asAdmin("PUT", `${group}/ana@example.net`)).status).toBe(200);

    const first = await asAdmin("GET", `${group}?maxResults=2`);
    const second = await asAdmin("GET", `${group}?maxResults=2&pageToken=${first.body.nextPageToken}`);
    expect([...first.body.items, ...second.body.items].map(({ email }) => email)).toEqual([
      "ana@example.net",
      "bea@example.net",
      "cid@example.net",
    ]);
    expect(second.body).not.toHaveProperty("nextPageToken");

    expect(await asAdmin("DELETE", `${group}/BEA@example.net`)).toMatchObject({ status: 204 });
    expect(await asAdmin("DELETE", `${group}/bea@example.net`)).toMatchObject({ status: 404, reason: "notFound" });
    expect((await asAdmin("GET", group)).body.items).toHaveLength(2);
  });

  it("are addresses, of groups that there are", async () => {
    await insert("strict@example.org");

    expect(await asAdmin("PUT", "/v1/groups/strict@example.org/members/ana")).toMatchObject({ status: 400, reason: "invalid" });
    for (const answer of [
      await asAdmin("PUT", "/v1/groups/none@example.org/members/ana@example.net"),
      await asAdmin("GET", "/v1/groups/none@example.org/members"),
      await asAdmin("DELETE", "/v1/groups/none@example.org/members/ana@example.net"),
    ]) {
      expect(answer).toMatchObject({ status: 404, reason: "notFound" });
    }
  });

  it("have what rules allow the group as long as they are in it", async () => {
    const [owner, member] = [await api.person(), await api.person()];
    const calendar = await makeCalendar(owner);
    await share(owner, calendar, { type: "group", value: "crew@example.org" }, "reader");
    const status = async () => (await member.get(calendarPath(calendar))).status;
    const membership = `/v1/groups/crew@example.org/members/${member.email}`;

    expect(await status()).toBe(404);
    await insert("crew@example.org");
    expect(await status()).toBe(404);
    await asAdmin("PUT", membership);
    expect(await status()).toBe(200);
    await asAdmin("DELETE", membership);
    expect(await status()).toBe(404);
  });
});
