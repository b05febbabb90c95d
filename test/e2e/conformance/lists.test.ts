/** Facts 10 to 16: pages and sync tokens of the four lists. */
import { purgeDeleted } from "#lib/domain/purge.ts";
import { openDatabase } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { type Client, clientOf, fact, newCalendarOf, readAll, refusalOf, timed } from "./client.ts";

let api: Api;
let ana: Person;
let client: Client;
beforeAll(async () => {
  api = await startApi();
  ana = await api.person();
  client = clientOf(api, ana);
});
afterAll(() => api.stop());

/** Puts so many events on a calendar, one every hour, in one request. */
const fill = async (calendarId: string, count: number) => {
  const hour = (index: number) => new Date(Date.UTC(2026, 0, 1, index)).toISOString().replaceAll(/[-:]|\.000/g, "");
  const events = Array.from(
    { length: count },
    (_, index) =>
      `BEGIN:VEVENT\r\nUID:${index}@x.example\r\nDTSTART:${hour(index)}\r\nDTEND:${hour(index + 1)}\r\nEND:VEVENT\r\n`,
  );
  const text = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\n${events.join("")}END:VCALENDAR\r\n`;
  const path = `/v1/calendars/${encodeURIComponent(calendarId)}/import`;
  expect((await ana.post(path, text, { "Content-Type": "text/calendar" })).body.created).toBe(count);
};

const purge = async () => {
  const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 10_000 });
  await purgeDeleted(db, Date.now() + 1_000, Date.now());
  await db.close();
};

describe("a page", () => {
  fact(
    10,
    "of events has 250 items when nothing is said, and is cut to 2,500, not refused",
    async () => {
      const calendarId = await newCalendarOf(client);
      await fill(calendarId, 2_501);

      expect((await client.events.list({ calendarId })).data.items).toHaveLength(250);
      for (const maxResults of [2_500, 9_999]) {
        expect((await client.events.list({ calendarId, maxResults })).data.items).toHaveLength(2_500);
      }
    },
    60_000,
  );

  fact(
    10,
    "of rules, calendars or settings has 100 items when nothing is said, and is cut to 250",
    async () => {
      const calendarId = await newCalendarOf(client);
      const rules = Array.from({ length: 250 }, (_, index) => ({
        role: "reader",
        scope: { type: "user", value: `${index}@x.example` },
      }));
      await Promise.all(rules.map((requestBody) => client.acl.insert({ calendarId, requestBody })));
      await Promise.all(Array.from({ length: 100 }, () => newCalendarOf(client)));

      expect((await client.acl.list({ calendarId })).data.items).toHaveLength(100);
      expect((await client.acl.list({ calendarId, maxResults: 9_999 })).data.items).toHaveLength(250);
      expect((await client.calendarList.list()).data.items).toHaveLength(100);
      expect((await client.calendarList.list({ maxResults: 9_999 })).data.items?.length).toBeGreaterThan(100);
      expect((await client.settings.list({ maxResults: 9_999 })).data.items).toHaveLength(12);
    },
    60_000,
  );

  fact(
    11,
    "before the last has a page token, the last has the sync token, none has both, and items are always a list",
    async () => {
      const calendarId = await newCalendarOf(client);
      const empty = await client.events.list({ calendarId });
      expect(empty.data).toMatchObject({ items: [], nextSyncToken: expect.any(String) });
      for (let hour = 10; hour < 15; hour += 1) {
        await client.events.insert({ calendarId, requestBody: timed(`2026-03-09T${hour}:00:00`) });
      }
      const lists = [
        await readAll((pageToken) => client.events.list({ calendarId, maxResults: 2, ...(pageToken && { pageToken }) })),
        await readAll((pageToken) => client.acl.list({ calendarId, maxResults: 1, ...(pageToken && { pageToken }) })),
        await readAll((pageToken) => client.calendarList.list({ maxResults: 60, ...(pageToken && { pageToken }) })),
        await readAll((pageToken) => client.settings.list({ maxResults: 5, ...(pageToken && { pageToken }) })),
      ];

      expect([lists[0]?.pages, lists[1]?.pages, lists[3]?.pages]).toEqual([[2, 2, 1], [1], [5, 5, 2]]);
      for (const { syncToken } of lists) expect(syncToken).toEqual(expect.any(String));
    },
  );
});

describe("a sync token", () => {
  fact(12, "of events is refused beside what it stands for, and always tells of deletions", async () => {
    const calendarId = await newCalendarOf(client);
    const { data: event } = await client.events.insert({ calendarId, requestBody: timed("2026-03-09T09:00:00") });
    const { syncToken } = await readAll((pageToken) => client.events.list({ calendarId, ...(pageToken && { pageToken }) }));
    const at = "2026-01-01T00:00:00Z";
    const others = {
      iCalUID: "x",
      orderBy: "updated",
      privateExtendedProperty: ["a=b"],
      q: "x",
      sharedExtendedProperty: ["a=b"],
      timeMin: at,
      timeMax: at,
      updatedMin: at,
      showDeleted: false,
    };
    for (const [name, value] of Object.entries(others)) {
      const refusal = await refusalOf(client.events.list({ calendarId, syncToken: syncToken as string, [name]: value }));
      expect(refusal).toMatchObject({ status: 400, domain: "global", reason: "invalid", location: name });
    }
    await client.events.delete({ calendarId, eventId: event.id as string });
    const { data } = await client.events.list({ calendarId, syncToken: syncToken as string });
    expect(data.items).toMatchObject([{ id: event.id, status: "cancelled" }]);
  });

  fact(
    12,
    "of calendars is refused beside a filter, tells of hidden and deleted ones, and not of the calendar's own changes",
    async () => {
      const ben = await api.person();
      const bens = clientOf(api, ben);
      const calendarId = await newCalendarOf(client);
      const hidden = await newCalendarOf(bens);
      const scope = { type: "user", value: ben.email };
      await client.acl.insert({ calendarId, requestBody: { role: "reader", scope } });
      await bens.calendarList.insert({ requestBody: { id: calendarId } });
      const { syncToken } = await readAll((pageToken) => bens.calendarList.list({ ...(pageToken && { pageToken }) }));
      const token = syncToken as string;

      for (const [name, value] of Object.entries({
        minAccessRole: "reader",
        showOwnOrganizationOnly: true,
        showDeleted: false,
        showHidden: false,
      })) {
        const refusal = await refusalOf(bens.calendarList.list({ syncToken: token, [name]: value }));
        expect(refusal).toMatchObject({ status: 400, reason: "invalid", location: name });
      }
      await client.calendars.patch({ calendarId, requestBody: { summary: "Renamed", location: "elsewhere" } });
      await client.acl.patch({ calendarId, ruleId: `user:${ben.email}`, requestBody: { role: "writer" } });
      expect((await bens.calendarList.list({ syncToken: token })).data.items).toEqual([]);

      await bens.calendarList.patch({ calendarId: hidden, requestBody: { hidden: true } });
      await bens.calendarList.delete({ calendarId });
      const { data } = await bens.calendarList.list({ syncToken: token });
      expect(data.items).toMatchObject([
        { id: hidden, hidden: true },
        { id: calendarId, deleted: true },
      ]);
    },
  );

  fact(
    13,
    "that has expired is refused with 410 fullSyncRequired, one that is none with 400, in Google's very words",
    async () => {
      const calendarId = await newCalendarOf(client);
      const { data: event } = await client.events.insert({ calendarId, requestBody: timed("2026-03-09T09:00:00") });
      const { data: events } = await client.events.list({ calendarId });
      const { data: rules } = await client.acl.list({ calendarId });
      await client.events.delete({ calendarId, eventId: event.id as string });
      const scope = { type: "user", value: "ben@x.example" };
      const { data: rule } = await client.acl.insert({ calendarId, requestBody: { role: "reader", scope } });
      await client.acl.delete({ calendarId, ruleId: rule.id as string });
      await purge();

      const place = { locationType: "parameter", location: "syncToken" };
      const message = "Sync token is no longer valid, a full sync is required.";
      const expired = { status: 410, domain: "calendar", reason: "fullSyncRequired", message, ...place };
      expect(await refusalOf(client.events.list({ calendarId, syncToken: events.nextSyncToken as string }))).toEqual(expired);
      expect(await refusalOf(client.acl.list({ calendarId, syncToken: rules.nextSyncToken as string }))).toEqual(expired);
      const none = { status: 400, domain: "global", reason: "invalid", message: "Invalid sync token value.", ...place };
      const syncToken = "none";
      for (const call of [
        () => client.events.list({ calendarId, syncToken }),
        () => client.acl.list({ calendarId, syncToken }),
        () => client.calendarList.list({ syncToken }),
        () => client.settings.list({ syncToken }),
      ]) {
        expect(await refusalOf(call())).toEqual(none);
      }
    },
  );
});

describe("a list of events", () => {
  fact(
    14,
    "since updatedMin has deleted ones whatever showDeleted says, and is refused for a time that is no longer kept",
    async () => {
      const calendarId = await newCalendarOf(client);
      const { data: event } = await client.events.insert({ calendarId, requestBody: timed("2026-03-09T09:00:00") });
      await client.events.delete({ calendarId, eventId: event.id as string });
      const asked = { calendarId, updatedMin: "2020-01-01T00:00:00Z", showDeleted: false };
      expect((await client.events.list(asked)).data.items).toMatchObject([{ id: event.id, status: "cancelled" }]);
      expect((await client.events.list({ ...asked, updatedMin: "2100-01-01T00:00:00Z" })).data.items).toEqual([]);

      await purge();

      expect(await refusalOf(client.events.list(asked))).toEqual({
        status: 410,
        domain: "calendar",
        reason: "updatedMinTooLongAgo",
        message: "The requested minimum modification time lies too far in the past.",
        locationType: "parameter",
        location: "updatedMin",
      });
    },
  );

  fact(15, "without a token does not tell of deleted ones: a client that has lost its token compares", async () => {
    const calendarId = await newCalendarOf(client);
    const insert = async () => (await client.events.insert({ calendarId, requestBody: timed("2026-03-09T09:00:00") })).data.id;
    const [kept, gone] = [await insert(), await insert()];
    await client.events.delete({ calendarId, eventId: gone as string });

    const { data } = await client.events.list({ calendarId });
    expect(data.items?.map(({ id }) => id)).toEqual([kept]);
  });

  fact(16, "has series and changed instances side by side; an instance says whose it is, and where it was", async () => {
    const calendarId = await newCalendarOf(client);
    const requestBody = { ...timed("2026-03-09T09:00:00"), recurrence: ["RRULE:FREQ=DAILY;COUNT=3"] };
    const { data: series } = await client.events.insert({ calendarId, requestBody });
    const eventId = `${series.id}_20260310T090000Z`;
    await client.events.patch({ calendarId, eventId, requestBody: timed("2026-03-10T15:00:00") });

    const { data } = await client.events.list({ calendarId });

    const expected = { id: eventId, recurringEventId: series.id, originalStartTime: { dateTime: "2026-03-10T09:00:00Z" } };
    expect(data.items).toMatchObject([{ id: series.id, recurrence: requestBody.recurrence }, expected]);
    expect(data.items?.[1]).not.toHaveProperty("recurrence");
  });
});
