/** What Google's documents and clients ask for besides the numbered facts. */
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { type Client, clientOf, newCalendarOf, timed } from "./client.ts";

let api: Api;
let ana: Person;
let ben: Person;
let client: Client;
let calendarId: string;
beforeAll(async () => {
  api = await startApi();
  [ana, ben] = [await api.person(), await api.person()];
  client = clientOf(api, ana);
  calendarId = await newCalendarOf(client);
});
afterAll(() => api.stop());

it("q finds working locations by their building and desk (events.list, q)", async () => {
  const workingLocationProperties = { type: "officeLocation", officeLocation: { buildingId: "tower7", deskId: "d42" } };
  const requestBody = { ...timed("2026-03-09T09:00:00"), eventType: "workingLocation", workingLocationProperties };
  await client.events.insert({ calendarId, requestBody });
  expect((await client.events.list({ calendarId, q: "tower7" })).data.items).toHaveLength(1);
  expect((await client.events.list({ calendarId, q: "d42" })).data.items).toHaveLength(1);
});

it("The source of an event is shown to its creator alone (Event.source)", async () => {
  const requestBody = { ...timed("2026-03-09T09:00:00"), source: { title: "Page", url: "https://x.example/" } };
  const { data } = await client.events.insert({ calendarId, requestBody });
  await client.acl.insert({ calendarId, requestBody: { role: "writer", scope: { type: "user", value: ben.email } } });
  const seen = await clientOf(api, ben).events.get({ calendarId, eventId: data.id as string });
  expect(seen.data).not.toHaveProperty("source");
});

it("An instance that is made private makes its whole series private (Event.visibility)", async () => {
  const requestBody = { ...timed("2026-03-09T09:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] };
  const { data } = await client.events.insert({ calendarId, requestBody });
  const eventId = `${data.id}_20260309T090000Z`;
  await client.events.patch({ calendarId, eventId, requestBody: { visibility: "private" } });
  const series = await client.events.get({ calendarId, eventId: data.id as string });
  expect(series.data.visibility).toBe("private");
});

it("A POST is what X-HTTP-Method-Override says: PATCH where Java's transport has none (google-http-java-client)", async () => {
  const { data } = await client.events.insert({ calendarId: "primary", requestBody: timed("2026-03-09T09:00:00") });
  const path = `/calendar/v3/calendars/primary/events/${data.id}`;
  const patched = await ana.post(path, { summary: "patched" }, { "X-HTTP-Method-Override": "PATCH" });
  expect(patched).toMatchObject({ status: 200, body: { summary: "patched" } });
});

it("A POST of a query is a GET where its URL would be longer than 2,048 letters (google-api-python-client)", async () => {
  const headers = { "X-HTTP-Method-Override": "GET", "Content-Type": "application/x-www-form-urlencoded" };
  const body = `maxResults=5&q=${"x".repeat(900)}`;
  const url = `${api.url}/calendar/v3/calendars/primary/events`;
  const listed = await fetch(url, { method: "POST", headers: { ...headers, "X-API-Key": ana.key }, body });
  expect(listed.status).toBe(200);
  expect(await listed.json()).toMatchObject({ kind: "calendar#events", items: [] });
});

it("An instance that is made less private than its series stays as it is (Event.visibility)", async () => {
  const requestBody = { ...timed("2026-03-09T09:00:00"), visibility: "private", recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] };
  const { data } = await client.events.insert({ calendarId, requestBody });
  const eventId = `${data.id}_20260309T090000Z`;
  const patched = await client.events.patch({ calendarId, eventId, requestBody: { visibility: "public", summary: "Shown" } });
  expect(patched.data).toMatchObject({ visibility: "private", summary: "Shown" });
});

it("The source of an event is changed by its creator alone (Event.source)", async () => {
  const source = { title: "Page", url: "https://x.example/" };
  const { data } = await client.events.insert({ calendarId, requestBody: { ...timed("2026-03-09T09:00:00"), source } });
  const eventId = data.id as string;
  const other = clientOf(api, ben);
  const theirs = { ...timed("2026-03-09T09:00:00"), summary: "Ours", source: { title: "Other", url: "https://y.example/" } };
  expect((await other.events.update({ calendarId, eventId, requestBody: theirs })).data).not.toHaveProperty("source");
  expect((await client.events.get({ calendarId, eventId })).data).toMatchObject({ summary: "Ours", source });
});

it("The source of an event is not shown by what moves or splits it either (Event.source)", async () => {
  const source = { title: "Page", url: "https://x.example/" };
  const daily = { ...timed("2026-03-09T09:00:00"), source, recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] };
  const { data } = await client.events.insert({ calendarId, requestBody: daily });
  const path = `/v1/calendars/${encodeURIComponent(calendarId)}/events/${data.id}_20260310T090000Z/split`;
  const split = await ben.post(path, { source: { title: "Other", url: "https://y.example/" } });
  expect([split.body.before.source, split.body.after.source]).toEqual([undefined, undefined]);
  expect((await client.events.get({ calendarId, eventId: split.body.after.id })).data.source).toEqual(source);
  const moved = await clientOf(api, ben).events.move({ calendarId, eventId: data.id as string, destination: ben.email });
  expect(moved.data).not.toHaveProperty("source");
});
