import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, type Item, newCalendar, queryOf, type TestCalendar } from "#test/support/events.ts";

let api: Api;
let owner: Person;
let calendar: TestCalendar;
let open: Item;
let secret: Item;
let series: Item;
beforeAll(async () => {
  api = await startApi();
  owner = await api.person();
  calendar = await newCalendar(owner);
  const private_ = { visibility: "private", extendedProperties: { private: { deal: "big" }, shared: { deal: "big" } } };
  open = await calendar.insert({ ...at("2026-03-02T09:00:00"), summary: "Open house", location: "Hall" });
  secret = await calendar.insert({ ...at("2026-03-02T11:00:00"), summary: "Merger talks", location: "Vault", ...private_ });
  series = await calendar.insert({
    ...at("2026-03-03T09:00:00"),
    summary: "Merger weekly",
    visibility: "confidential",
    recurrence: ["RRULE:FREQ=WEEKLY;COUNT=2"],
    attendees: [{ email: "broker@elsewhere.org" }],
  });
});
afterAll(() => api.stop());

const rules = () => `/calendar/v3/calendars/${encodeURIComponent(calendar.id)}/acl`;

const share = async (role: string): Promise<Person> => {
  const person = await api.person();
  const answer = await owner.post(rules(), { role, scope: { type: "user", value: person.email } });
  if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  return person;
};

const list = async (person: Person, query: Record<string, string | boolean> = {}): Promise<Item[]> => {
  const { status, body } = await person.get(`${calendar.path}?${queryOf(query)}`);
  if (status !== 200) throw new Error(JSON.stringify(body));
  return body.items;
};

const hidden = ["Merger", "Vault", "big", "broker", "weekly"];
const expectHidden = (value: unknown) => {
  for (const word of hidden) expect(JSON.stringify(value)).not.toContain(word);
};

describe("private events", () => {
  it.each(["writer", "owner"])("show all they say to a %s", async (role) => {
    const person = await share(role);
    expect((await list(person)).map(({ summary }) => summary).sort()).toEqual(["Merger talks", "Merger weekly", "Open house"]);
    expect((await person.get(`${calendar.path}/${secret.id}`)).body).toMatchObject({
      summary: "Merger talks",
      location: "Vault",
    });
  });

  it.each(["reader", "writerWithoutPrivateAccess"])("show a %s only when they are", async (role) => {
    const person = await share(role);
    const items = await list(person, { singleEvents: true, orderBy: "startTime" });
    expect(items.map(({ summary }) => summary)).toEqual(["Open house", undefined, undefined, undefined]);
    expect(items[1]).toMatchObject({
      id: secret.id,
      visibility: "private",
      start: secret.start,
      end: secret.end,
      iCalUID: secret.iCalUID,
    });
    expectHidden(items);
    const one = await person.get(`${calendar.path}/${secret.id}`);
    expectHidden(one.body);
    expect(one.body.etag).not.toBe(secret.etag);
    expectHidden((await person.get(`${calendar.path}/${series.id}_20260303T090000Z`)).body);
    expectHidden((await person.get(`${calendar.path}/${series.id}/instances`)).body);
    expectHidden((await person.get(`/v1/calendars/${encodeURIComponent(calendar.id)}/export.ics`)).body);
  });

  it("cannot be found by what they say, by who may not read it", async () => {
    const reader = await share("reader");
    for (const query of [
      { q: "merger" },
      { q: "broker" },
      { privateExtendedProperty: "deal=big" },
      { sharedExtendedProperty: "deal=big" },
    ]) {
      expect(await list(reader, query)).toEqual([]);
      expect((await list(owner, query)).length).toBeGreaterThan(0);
    }
    expect(await list(reader, { q: "open" })).toHaveLength(1);
  });

  it("cannot be written by who may not read them", async () => {
    const person = await share("writerWithoutPrivateAccess");
    const refused = { status: 403, reason: "forbidden" };
    expect(await person.patch(`${calendar.path}/${secret.id}`, { summary: "x" })).toMatchObject(refused);
    expect(await person.put(`${calendar.path}/${secret.id}`, at("2026-03-02T11:00:00"))).toMatchObject(refused);
    expect(await person.delete(`${calendar.path}/${secret.id}`)).toMatchObject(refused);
    expect(await person.post(`${calendar.path}/import`, { ...at("2026-03-02T11:00:00"), iCalUID: secret.iCalUID })).toMatchObject(
      refused,
    );
    const split = `/v1/calendars/${encodeURIComponent(calendar.id)}/events/${series.id}_20260310T090000Z/split`;
    expect(await person.post(split)).toMatchObject(refused);
    expect((await person.post(calendar.path, { ...at("2026-05-02T11:00:00"), summary: "By a helper" })).status).toBe(200);
    expect((await owner.get(`${calendar.path}/${secret.id}`)).body).toEqual(secret);
  });
});

describe("somebody who may see free and busy times", () => {
  it("sees times, and nothing that events say", async () => {
    const person = await share("freeBusyReader");
    const items = await list(person, { singleEvents: true, orderBy: "startTime", timeMax: "2026-04-01T00:00:00Z" });
    expect(items.map(({ start }) => start.dateTime)).toEqual([
      "2026-03-02T09:00:00Z",
      "2026-03-02T11:00:00Z",
      "2026-03-03T09:00:00Z",
      "2026-03-10T09:00:00Z",
    ]);
    for (const item of items) expect(item.summary).toBeUndefined();
    expectHidden(items);
    expect(JSON.stringify(items)).not.toContain("Hall");
    expect(await list(person, { q: "open" })).toEqual([]);
    expect((await person.get(`${calendar.path}/${open.id}`)).body).toMatchObject({ visibility: "private", start: open.start });
    const written = await person.post(calendar.path, at("2026-03-02T09:00:00"));
    expect(written).toMatchObject({ status: 403, reason: "requiredAccessLevel" });
  });
});

describe("a role that changes", () => {
  it("ends the sync token, so that what is shown is read anew", async () => {
    const person = await share("reader");
    const first = (await person.get(calendar.path)).body;
    const rule = `${rules()}/${encodeURIComponent(`user:${person.email}`)}`;
    expect((await person.get(`${calendar.path}?syncToken=${first.nextSyncToken}`)).status).toBe(200);
    await owner.patch(rule, { role: "freeBusyReader" });
    expect(await person.get(`${calendar.path}?syncToken=${first.nextSyncToken}`)).toMatchObject({
      status: 410,
      reason: "fullSyncRequired",
    });
    await owner.delete(rule);
    expect(await person.get(calendar.path)).toMatchObject({ status: 404, reason: "notFound" });
    expect(await person.get(`${calendar.path}/${open.id}`)).toMatchObject({ status: 404, reason: "notFound" });
    expect(await person.post(calendar.path, at("2026-03-02T09:00:00"))).toMatchObject({ status: 404, reason: "notFound" });
  });
});
