/**
 * The unmodified `@googleapis/calendar` client: only its root URL is changed. What passes here works for every program that is
 * written against it.
 */
import { auth, type calendar_v3, calendar as googleCalendar } from "@googleapis/calendar";
import { type Api, type Person, startApi } from "#test/support/api.ts";

let api: Api;
let person: Person;
let client: calendar_v3.Calendar;
beforeAll(async () => {
  api = await startApi();
  person = await api.person({ timeZone: "America/New_York" });
  client = googleCalendar({ version: "v3", rootUrl: `${api.url}/`, headers: { "X-API-Key": person.key } });
});
afterAll(() => api.stop());

const bearer = (key: string) => {
  const client = new auth.OAuth2();
  client.setCredentials({ access_token: key });
  return client;
};

const newYork = "America/New_York";

/** What the client shows its program of an error. */
const failureOf = async (call: Promise<unknown>) => {
  try {
    await call;
  } catch (error) {
    const { status, code, message, cause } = error as Error & { status: number; code: number };
    return { status, code, message, reason: (cause as { errors: { reason: string }[] }).errors[0]?.reason };
  }
  throw new Error("The call passed.");
};

const all = async (parameters: calendar_v3.Params$Resource$Events$List) => {
  const items: calendar_v3.Schema$Event[] = [];
  let pageToken: string | undefined;
  for (;;) {
    const { data } = await client.events.list({ ...parameters, ...(pageToken && { pageToken }) });
    items.push(...(data.items ?? []));
    pageToken = data.nextPageToken ?? undefined;
    if (!pageToken) return { items, syncToken: data.nextSyncToken as string };
  }
};

describe("the unmodified Google client", () => {
  it.each([
    ["a key in the query", () => ({ auth: person.key })],
    ["a key in Google's header", () => ({ auth: auth.fromAPIKey(person.key) as never })],
    ["a bearer token", () => ({ auth: bearer(person.key) })],
    ["a key in our header", () => ({ headers: { "X-API-Key": person.key } })],
  ])("is let in with %s", async (_, credentials) => {
    const own = googleCalendar({ version: "v3", rootUrl: `${api.url}/`, ...credentials() });

    const { status, data } = await own.calendarList.list();

    expect(status).toBe(200);
    expect(data.items?.map(({ id }) => id)).toContain(person.email);
  });

  it("makes a weekly series in New York over a clock change, moves one instance, cancels one, and sees by sync what changed", async () => {
    const { data: calendar } = await client.calendars.insert({ requestBody: { summary: "Team", timeZone: newYork } });
    const calendarId = calendar.id as string;
    const { data: series } = await client.events.insert({
      calendarId,
      requestBody: {
        summary: "standup",
        start: { dateTime: "2026-02-23T09:00:00", timeZone: newYork },
        end: { dateTime: "2026-02-23T09:30:00", timeZone: newYork },
        recurrence: ["RRULE:FREQ=WEEKLY;COUNT=5"],
      },
    });
    const eventId = series.id as string;
    const before = await all({ calendarId, singleEvents: true, maxResults: 2 });
    expect(before.items.map(({ start }) => start?.dateTime)).toEqual([
      "2026-02-23T09:00:00-05:00",
      "2026-03-02T09:00:00-05:00",
      "2026-03-09T09:00:00-04:00",
      "2026-03-16T09:00:00-04:00",
      "2026-03-23T09:00:00-04:00",
    ]);

    const { data: found } = await client.events.instances({ calendarId, eventId, originalStart: "2026-03-09T09:00:00-04:00" });
    const moved = found.items?.[0] as calendar_v3.Schema$Event;
    await client.events.patch({
      calendarId,
      eventId: moved.id as string,
      requestBody: { start: { dateTime: "2026-03-10T14:00:00-04:00" }, end: { dateTime: "2026-03-10T14:30:00-04:00" } },
    });
    const cancelledId = before.items[3]?.id as string;
    const deleted = await client.events.delete({ calendarId, eventId: cancelledId });
    expect(deleted.status).toBe(204);

    const after = await all({ calendarId, singleEvents: true, orderBy: "startTime" });
    expect(after.items.map(({ start }) => start?.dateTime)).toEqual([
      "2026-02-23T09:00:00-05:00",
      "2026-03-02T09:00:00-05:00",
      "2026-03-10T14:00:00-04:00",
      "2026-03-23T09:00:00-04:00",
    ]);
    const changes = await all({ calendarId, singleEvents: true, syncToken: before.syncToken });
    expect(changes.items.map(({ id, status, originalStartTime }) => [id, status, originalStartTime?.dateTime])).toEqual([
      [moved.id, "confirmed", "2026-03-09T09:00:00-04:00"],
      [cancelledId, "cancelled", "2026-03-16T09:00:00-04:00"],
    ]);
    expect((await all({ calendarId, singleEvents: true, syncToken: changes.syncToken })).items).toEqual([]);
  });

  it("speaks all the methods there are of calendars and events", async () => {
    const { data: calendar } = await client.calendars.insert({ requestBody: { summary: "All", timeZone: "UTC" } });
    const calendarId = calendar.id as string;
    const at = { start: { dateTime: "2026-03-09T09:00:00Z" }, end: { dateTime: "2026-03-09T10:00:00Z" } };

    expect((await client.calendars.get({ calendarId })).data).toEqual(calendar);
    expect((await client.calendars.patch({ calendarId, requestBody: { description: "d" } })).data.description).toBe("d");
    expect((await client.calendars.update({ calendarId, requestBody: { summary: "New" } })).data).not.toHaveProperty(
      "description",
    );
    const { data: event } = await client.events.insert({
      calendarId,
      sendUpdates: "none",
      requestBody: { id: "chosen1", ...at },
    });
    expect(event.id).toBe("chosen1");
    const eventId = "chosen1";
    expect((await client.events.get({ calendarId, eventId, timeZone: newYork })).data.start?.dateTime).toBe(
      "2026-03-09T05:00:00-04:00",
    );
    expect((await client.events.update({ calendarId, eventId, requestBody: { ...event, summary: "put" } })).data.summary).toBe(
      "put",
    );
    const shared = { extendedProperties: { shared: { a: "b c&d" } } };
    await client.events.patch({ calendarId, eventId, requestBody: shared });
    const { data: filtered } = await client.events.list({
      calendarId,
      sharedExtendedProperty: ["a=b c&d"],
      eventTypes: ["default", "focusTime"],
    });
    expect(filtered.items?.map(({ id }) => id)).toEqual([eventId]);
    const imported = await client.events.import({ calendarId, requestBody: { iCalUID: "a/b č@x.example", ...at } });
    expect((await client.events.list({ calendarId, iCalUID: "a/b č@x.example" })).data.items).toMatchObject([
      { id: imported.data.id },
    ]);
    expect((await client.calendars.clear({ calendarId: "primary" })).status).toBe(204);
    expect((await client.calendars.delete({ calendarId })).status).toBe(204);
  });

  it("shows errors as Google's", async () => {
    const calendarId = "primary";
    const requestBody = { id: "double", start: { date: "2026-03-09" }, end: { date: "2026-03-10" } };
    const { data } = await client.events.insert({ calendarId, requestBody });

    expect(await failureOf(client.events.insert({ calendarId, requestBody }))).toEqual({
      status: 409,
      code: 409,
      message: "The requested identifier already exists.",
      reason: "duplicate",
    });
    expect(await failureOf(client.events.get({ calendarId, eventId: "nowhere" }))).toMatchObject({
      status: 404,
      reason: "notFound",
    });
    expect(await failureOf(client.events.list({ calendarId, syncToken: "none" }))).toMatchObject({
      status: 400,
      message: "Invalid sync token value.",
    });
    expect(await failureOf(client.events.insert({ calendarId, requestBody: {} }))).toMatchObject({
      status: 400,
      reason: "required",
    });
    const stale = { headers: { "If-Match": '"0"' } };
    expect(await failureOf(client.events.patch({ calendarId, eventId: "double", requestBody: {} }, stale))).toMatchObject({
      status: 412,
      reason: "conditionNotMet",
    });
    const known = await client.events.get(
      { calendarId, eventId: "double" },
      { headers: { "If-None-Match": data.etag as string } },
    );
    expect(known.status).toBe(304);
    const stranger = googleCalendar({ version: "v3", rootUrl: `${api.url}/`, auth: "wrong" });
    expect(await failureOf(stranger.calendarList.list())).toMatchObject({ status: 401, reason: "authError" });
  });
});
