/** Facts 37, 38, 40 and 41: access, busy times, settings and colours. */
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { type Client, clientOf, fact, newCalendarOf, refusalOf, timed } from "./client.ts";

let api: Api;
let ana: Person;
let ben: Person;
let client: Client;
let bens: Client;
beforeAll(async () => {
  api = await startApi();
  [ana, ben] = [await api.person(), await api.person()];
  [client, bens] = [clientOf(api, ana), clientOf(api, ben)];
});
afterAll(() => api.stop());

const acl = () => client.acl;

describe("a rule of access", () => {
  fact(37, "gives a role to everybody, a user, a group or a domain, and has its id from them", async () => {
    const calendarId = await newCalendarOf(client);
    const scopes = [
      [{ type: "default" }, "default"],
      [{ type: "user", value: "Wanda@X.example" }, "user:wanda@x.example"],
      [{ type: "group", value: "team@x.example" }, "group:team@x.example"],
      [{ type: "domain", value: "x.example" }, "domain:x.example"],
    ] as const;
    for (const [scope, id] of scopes) {
      const { data } = await acl().insert({ calendarId, requestBody: { role: "reader", scope } });
      expect(data).toMatchObject({ kind: "calendar#aclRule", id, role: "reader", scope: { type: scope.type } });
      expect("value" in (data.scope ?? {})).toBe(scope.type !== "default");
    }
    for (const role of ["freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"]) {
      const { data } = await acl().patch({ calendarId, ruleId: "user:wanda@x.example", requestBody: { role } });
      expect(data.role).toBe(role);
    }
    const wrong = await refusalOf(acl().patch({ calendarId, ruleId: "default", requestBody: { role: "boss" } }));
    expect(wrong).toMatchObject({ status: 400, reason: "invalid", location: "role" });
  });

  fact(37, "that is deleted is told with the role none; who has none does not know of the calendar", async () => {
    const calendarId = await newCalendarOf(client);
    const ruleId = `user:${ben.email}`;
    const scope = { type: "user", value: ben.email };
    await acl().insert({ calendarId, requestBody: { role: "writer", scope } });
    expect((await bens.calendars.get({ calendarId })).status).toBe(200);
    const { data: before } = await acl().list({ calendarId });

    await acl().delete({ calendarId, ruleId });

    const { data } = await acl().list({ calendarId, syncToken: before.nextSyncToken as string });
    expect(data.items).toMatchObject([{ id: ruleId, role: "none", scope }]);
    expect((await acl().list({ calendarId })).data.items?.map(({ id }) => id)).toEqual([`user:${ana.email}`]);
    expect((await acl().list({ calendarId, showDeleted: true })).data.items).toHaveLength(2);
    expect(await refusalOf(bens.calendars.get({ calendarId }))).toMatchObject({ status: 404, reason: "notFound" });
  });

  fact(37, "lets each role do what Google lets it", async () => {
    const calendarId = await newCalendarOf(client);
    const { data: event } = await client.events.insert({ calendarId, requestBody: timed("2026-03-09T09:00:00") });
    const scope = { type: "user", value: ben.email };
    const his = bens;
    const requestBody = { ...timed("2026-03-09T09:00:00"), summary: "ben's" };
    const acts = [
      () => his.events.get({ calendarId, eventId: event.id as string }),
      () => his.events.insert({ calendarId, requestBody }),
      () => his.acl.list({ calendarId }),
      () => his.acl.insert({ calendarId, requestBody: { role: "reader", scope: { type: "user", value: "c@x.example" } } }),
    ];
    const allowed: Record<string, number[]> = {};
    for (const role of ["freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"]) {
      await acl().insert({ calendarId, requestBody: { role, scope } });
      allowed[role] = await Promise.all(
        acts.map((act) =>
          act().then(
            ({ status }) => status,
            ({ status }) => status,
          ),
        ),
      );
    }
    expect(allowed).toEqual({
      freeBusyReader: [200, 403, 403, 403],
      reader: [200, 403, 403, 403],
      writerWithoutPrivateAccess: [200, 200, 403, 403],
      writer: [200, 200, 200, 403],
      owner: [200, 200, 200, 200],
    });
  });

  fact(37, "of one's own, or of the calendar's owner, cannot be changed", async () => {
    const calendarId = await newCalendarOf(client);
    const own = { calendarId, ruleId: `user:${ana.email}` };
    const refusal = { status: 403, domain: "calendar", reason: "cannotChangeOwnAcl" };
    expect(await refusalOf(acl().delete(own))).toMatchObject(refusal);
    expect(await refusalOf(acl().patch({ ...own, requestBody: { role: "reader" } }))).toMatchObject(refusal);
    await acl().insert({ calendarId, requestBody: { role: "owner", scope: { type: "user", value: ben.email } } });
    expect(await refusalOf(bens.acl.delete(own))).toMatchObject({ ...refusal, reason: "cannotChangeOwnerAcl" });
  });
});

describe("a query for busy times", () => {
  const bounds = { timeMin: "2026-03-09T00:00:00+01:00", timeMax: "2026-03-10T00:00:00+01:00" };
  const query = async (more: object) => (await client.freebusy.query({ requestBody: { ...bounds, ...more } })).data;

  fact(38, "is answered in UTC or the zone that is asked for; what cannot be read has an error of its own", async () => {
    const calendarId = await newCalendarOf(client);
    await client.events.insert({ calendarId, requestBody: timed("2026-03-09T09:00:00") });
    const hidden = await newCalendarOf(bens);
    const items = [{ id: calendarId }, { id: "nobody@x.example" }, { id: hidden }];
    const notFound = { errors: [{ domain: "global", reason: "notFound" }], busy: [] };

    expect(await query({ items })).toEqual({
      kind: "calendar#freeBusy",
      timeMin: "2026-03-08T23:00:00.000Z",
      timeMax: "2026-03-09T23:00:00.000Z",
      calendars: {
        [calendarId]: { busy: [{ start: "2026-03-09T09:00:00Z", end: "2026-03-09T10:00:00Z" }] },
        "nobody@x.example": notFound,
        [hidden]: notFound,
      },
    });
    const { calendars } = await query({ items: [{ id: calendarId }], timeZone: "Asia/Tokyo" });
    expect(calendars?.[calendarId]?.busy?.[0]?.start).toBe("2026-03-09T18:00:00+09:00");
  });

  fact(38, "opens groups up to groupExpansionMax, and reads calendars up to calendarExpansionMax", async () => {
    const admin = { key: api.adminKey };
    expect((await api.call("POST", "/v1/groups", { ...admin, body: { email: "team@example.org" } })).status).toBeLessThan(300);
    for (const email of [ana.email, "x@x.example"]) {
      await api.call("PUT", `/v1/groups/team@example.org/members/${email}`, admin);
    }
    const items = [{ id: "team@example.org" }];
    expect(await query({ items })).toMatchObject({
      groups: { "team@example.org": { calendars: [ana.email, "x@x.example"] } },
      calendars: { [ana.email]: { busy: [] }, "x@x.example": { errors: [{ reason: "notFound" }] } },
    });
    const { groups } = await query({ items, groupExpansionMax: 1 });
    expect(groups).toEqual({ "team@example.org": { calendars: [], errors: [{ domain: "global", reason: "groupTooBig" }] } });
    const { calendars } = await query({ items: [{ id: "primary" }, { id: ben.email }], calendarExpansionMax: 1 });
    expect(calendars).toEqual({
      primary: { busy: [] },
      [ben.email]: { busy: [], errors: [{ domain: "global", reason: "tooManyCalendarsRequested" }] },
    });
  });
});

describe("a user's settings", () => {
  fact(40, "are Google's twelve, with values that are texts", async () => {
    const { data } = await client.settings.list();
    expect(data.kind).toBe("calendar#settings");
    expect(data.items?.map(({ id }) => id)).toEqual([
      "autoAddHangouts",
      "dateFieldOrder",
      "defaultEventLength",
      "format24HourTime",
      "hideInvitations",
      "hideWeekends",
      "locale",
      "remindOnRespondedEventsOnly",
      "showDeclinedEvents",
      "timezone",
      "useKeyboardShortcuts",
      "weekStart",
    ]);
    for (const item of data.items ?? []) {
      expect(item).toEqual({ kind: "calendar#setting", etag: item.etag, id: item.id, value: expect.any(String) });
      expect((await client.settings.get({ setting: item.id as string })).data).toEqual(item);
    }
    expect(await refusalOf(client.settings.get({ setting: "taste" }))).toMatchObject({ status: 404 });
  });
});

describe("the palette", () => {
  fact(41, "has Google's 11 colours of events and 24 of calendars", async () => {
    const { data } = await client.colors.get();
    const backgrounds = (palette: typeof data.event) =>
      Object.values(palette ?? {}).map(({ background }) => background?.slice(1));
    expect(backgrounds(data.event).join(" ")).toBe(
      "a4bdfc 7ae7bf dbadff ff887c fbd75b ffb878 46d6db e1e1e1 5484ed 51b749 dc2127",
    );
    expect(backgrounds(data.calendar).slice(0, 12).join(" ")).toBe(
      "ac725e d06b64 f83a22 fa573c ff7537 ffad46 42d692 16a765 7bd148 b3dc6c fbe983 fad165",
    );
    expect(backgrounds(data.calendar)).toHaveLength(24);
    for (const { foreground } of Object.values(data.event ?? {})) expect(foreground).toBe("#1d1d1d");
  });
});
