/**
 * Where answers are not yet what Google's documents say. Each of these tests fails today, and must: once the server does it, the
 * test fails the run and moves to the fact it belongs to.
 */
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

it.failing("q finds working locations by their building and desk (events.list, q)", async () => {
  const workingLocationProperties = { type: "officeLocation", officeLocation: { buildingId: "tower7", deskId: "d42" } };
  const requestBody = { ...timed("2026-03-09T09:00:00"), eventType: "workingLocation", workingLocationProperties };
  await client.events.insert({ calendarId, requestBody });
  expect((await client.events.list({ calendarId, q: "tower7" })).data.items).toHaveLength(1);
  expect((await client.events.list({ calendarId, q: "d42" })).data.items).toHaveLength(1);
});

it.failing("The source of an event is shown to its creator alone (Event.source)", async () => {
  const requestBody = { ...timed("2026-03-09T09:00:00"), source: { title: "Page", url: "https://x.example/" } };
  const { data } = await client.events.insert({ calendarId, requestBody });
  await client.acl.insert({ calendarId, requestBody: { role: "writer", scope: { type: "user", value: ben.email } } });
  const seen = await clientOf(api, ben).events.get({ calendarId, eventId: data.id as string });
  expect(seen.data).not.toHaveProperty("source");
});

it.failing("An instance that is made private makes its whole series private (Event.visibility)", async () => {
  const requestBody = { ...timed("2026-03-09T09:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] };
  const { data } = await client.events.insert({ calendarId, requestBody });
  const eventId = `${data.id}_20260309T090000Z`;
  await client.events.patch({ calendarId, eventId, requestBody: { visibility: "private" } });
  const series = await client.events.get({ calendarId, eventId: data.id as string });
  expect(series.data.visibility).toBe("private");
});

it.failing("A POST is what X-HTTP-Method-Override says: PATCH where Java's transport has none (google-http-java-client)", async () => {
  const { data } = await client.events.insert({ calendarId: "primary", requestBody: timed("2026-03-09T09:00:00") });
  const path = `/calendar/v3/calendars/primary/events/${data.id}`;
  const patched = await ana.post(path, { summary: "patched" }, { "X-HTTP-Method-Override": "PATCH" });
  expect(patched).toMatchObject({ status: 200, body: { summary: "patched" } });
});

it.failing("A POST of a query is a GET where its URL would be longer than 2,048 letters (google-api-python-client)", async () => {
  const headers = { "X-HTTP-Method-Override": "GET", "Content-Type": "application/x-www-form-urlencoded" };
  const listed = await ana.post("/calendar/v3/calendars/primary/events", `maxResults=5&q=${"x".repeat(900)}`, headers);
  expect(listed).toMatchObject({ status: 200, body: { kind: "calendar#events" } });
});
