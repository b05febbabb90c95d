import { type Api, type Person, startApi } from "#test/support/api.ts";
import {
  aclPath,
  calendarPath,
  entryPath,
  listPath,
  locationOf,
  Mirror,
  makeCalendar,
  readAll,
  share,
} from "#test/support/sharing.ts";

let api: Api;
let old: Person;
let next: Person;
beforeAll(async () => {
  api = await startApi();
  [old, next] = [await api.person(), await api.person()];
});
afterAll(() => api.stop());

const transfer = (id: string, newDataOwner: string, useAdminAccess: boolean | string = true) =>
  api.call("POST", `${calendarPath(id)}/transferOwnership?newDataOwner=${newDataOwner}&useAdminAccess=${useAdminAccess}`, {
    key: api.adminKey,
  });

describe("the owner of a calendar", () => {
  it("is named by secondary calendars alone, to all who may see them", async () => {
    const id = await makeCalendar(old);
    await share(old, id, next, "freeBusyReader");

    for (const person of [old, next]) expect((await person.get(calendarPath(id))).body.dataOwner).toBe(old.email);
    expect((await old.get(calendarPath("primary"))).body).not.toHaveProperty("dataOwner");
    expect((await old.patch(calendarPath(id), { dataOwner: next.email })).body.dataOwner).toBe(old.email);
  });

  it("becomes another user when an administrator says so; the old one stays an owner by rule", async () => {
    const id = await makeCalendar(old);
    await share(old, id, next, "reader");
    const { etag } = (await old.get(calendarPath(id))).body;
    const [list, rules] = [new Mirror(next, listPath), new Mirror(old, aclPath(id))];
    await list.sync();
    await rules.sync();

    expect(await transfer(id, next.email.toUpperCase())).toMatchObject({ status: 204, body: undefined });

    const { body } = await next.get(calendarPath(id));
    expect(body.dataOwner).toBe(next.email);
    expect(body.etag).not.toBe(etag);
    expect(await list.sync()).toMatchObject([{ id, accessRole: "owner", dataOwner: next.email, selected: true }]);
    expect(await rules.sync()).toMatchObject([{ id: `user:${next.email}`, role: "owner" }]);
    expect((await old.get(entryPath(id))).body).toMatchObject({ accessRole: "owner", dataOwner: next.email });
    expect(await old.delete(`${aclPath(id)}/user:${next.email}`)).toMatchObject({ status: 403, reason: "cannotChangeOwnerAcl" });
    expect((await old.delete(entryPath(id))).status).toBe(204);
    expect(await next.delete(entryPath(id))).toMatchObject({ status: 403, reason: "cannotUnsubscribeFromOwnedCalendar" });
    expect((await next.delete(`${aclPath(id)}/user:${old.email}`)).status).toBe(204);
    expect((await old.get(calendarPath(id))).status).toBe(404);
  });

  it("keeps what they said of the calendar in their list before", async () => {
    const id = await makeCalendar(old);
    await share(old, id, next, "reader");
    await next.post(listPath, { id, summaryOverride: "Mine", hidden: true });

    await transfer(id, next.email);

    expect((await next.get(entryPath(id))).body).toMatchObject({ summaryOverride: "Mine", hidden: true, accessRole: "owner" });
  });

  it("can be the same as before", async () => {
    const id = await makeCalendar(old);

    expect((await transfer(id, old.email)).status).toBe(204);
    expect((await readAll(old, aclPath(id))).items).toMatchObject([{ id: `user:${old.email}`, role: "owner" }]);
  });

  it("is not changed by others, without admin access, to nobody, or of a primary calendar", async () => {
    const id = await makeCalendar(old);
    const query = `newDataOwner=${next.email}&useAdminAccess=true`;

    expect(await old.post(`${calendarPath(id)}/transferOwnership?${query}`)).toMatchObject({ status: 403, reason: "forbidden" });
    for (const [refused, status, reason, location] of [
      [await transfer(id, next.email, false), 400, "invalid", "useAdminAccess"],
      [await transfer(id, next.email, ""), 400, "invalidParameter", "useAdminAccess"],
      [await transfer(id, "nobody@example.org"), 400, "invalid", "newDataOwner"],
      [await transfer(old.email, next.email), 400, "invalid", "calendarId"],
    ] as const) {
      expect(refused).toMatchObject({ status, reason });
      expect(locationOf(refused)).toBe(location);
    }
    expect(await transfer("c_none@group.calendar-api.internal", next.email)).toMatchObject({ status: 404, reason: "notFound" });
    for (const part of ["newDataOwner=a@b.c", "useAdminAccess=true"]) {
      const path = `${calendarPath(id)}/transferOwnership?${part}`;
      expect(await api.call("POST", path, { key: api.adminKey })).toMatchObject({ status: 400, reason: "required" });
    }
    expect((await old.get(calendarPath(id))).body.dataOwner).toBe(old.email);
  });
});

describe("labels of a calendar", () => {
  const color = "#039BE5";
  const uuid = "3f0e6a52-7d3b-4c7e-9d0a-0d7c1f0b9a11";
  const put = async (eventLabels: unknown) => {
    const id = await makeCalendar(old);
    return old.patch(calendarPath(id), { labelProperties: { eventLabels } });
  };

  it("keep their ids; new ones get one", async () => {
    const { body } = await put([{ id: uuid, name: "red", backgroundColor: color }, { backgroundColor: color }]);

    const [first, second] = body.labelProperties.eventLabels;
    expect(first).toEqual({ id: uuid, name: "red", backgroundColor: color.toLowerCase() });
    expect(second).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
      backgroundColor: color.toLowerCase(),
    });
    expect(second.id).not.toBe(uuid);
  });

  it("stay when an update does not name them, are replaced as a whole, and go when they are null", async () => {
    const { id, labelProperties } = (await put([{ name: "a", backgroundColor: color }])).body;

    expect((await old.put(calendarPath(id), { summary: "x" })).body).toMatchObject({ labelProperties });
    const other = await old.patch(calendarPath(id), {
      labelProperties: { eventLabels: [{ name: "b", backgroundColor: color }] },
    });
    expect(other.body.labelProperties.eventLabels).toMatchObject([{ name: "b" }]);
    expect((await old.patch(calendarPath(id), { labelProperties: null })).body).not.toHaveProperty("labelProperties");
  });

  it.each<[string, unknown, string]>([
    ["no colour", [{ name: "a" }], "[0].backgroundColor"],
    ["a colour in words", [{ backgroundColor: "red" }], "[0].backgroundColor"],
    ["a long name", [{ name: "x".repeat(51), backgroundColor: color }], "[0].name"],
    ["an id that is no UUID", [{ id: "1", backgroundColor: color }], "[0].id"],
    ["one id twice", [uuid, uuid.toUpperCase()].map((id) => ({ id, backgroundColor: color })), "[1].id"],
    ["too many of them", Array(201).fill({ backgroundColor: color }), ""],
  ])("with %s are refused", async (_, labels, where) => {
    const refused = await put(labels);

    expect(refused.status).toBe(400);
    expect(locationOf(refused)).toBe(`labelProperties.eventLabels${where}`);
  });

  it("can be two hundred, with names of fifty letters", async () => {
    const answer = await put(Array(200).fill({ name: "x".repeat(50), backgroundColor: color }));

    expect(answer.status).toBe(200);
    expect(new Set(answer.body.labelProperties.eventLabels.map(({ id }: { id: string }) => id)).size).toBe(200);
  });
});

it("keeps the conferences that a calendar allows, of the kinds that there are", async () => {
  const id = await makeCalendar(old);
  const conferenceProperties = { allowedConferenceSolutionTypes: ["hangoutsMeet"] };

  expect((await old.patch(calendarPath(id), { conferenceProperties })).body).toMatchObject({ conferenceProperties });
  expect((await old.get(entryPath(id))).body).toMatchObject({ conferenceProperties });
  const unknown = { conferenceProperties: { allowedConferenceSolutionTypes: ["smoke"] } };
  expect(await old.patch(calendarPath(id), unknown)).toMatchObject({ status: 400, reason: "invalid" });
  expect((await old.put(calendarPath(id), { summary: "x" })).body).not.toHaveProperty("conferenceProperties");
});
