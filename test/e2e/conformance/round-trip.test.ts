/** Every field that a client may write is stored, and comes back from each method that answers with the resource. */
import { randomUUID } from "node:crypto";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { type Client, clientOf, newCalendarOf } from "./client.ts";
import { typeNamed } from "./google-types.ts";

let api: Api;
let ana: Person;
let client: Client;
let calendarId: string;
beforeAll(async () => {
  api = await startApi({ pushAllowLoopback: true });
  ana = await api.person();
  client = clientOf(api, ana);
  calendarId = await newCalendarOf(client);
});
afterAll(() => api.stop());

const namesOf = (name: string) => Object.keys(typeNamed(name).fields ?? {}).sort();

/** Fields of an event that are the server's to write. */
const serversOfEvent = {
  attendeesOmitted: false,
  created: "2000-01-01T00:00:00Z",
  creator: { email: "other@x.example" },
  etag: '"0"',
  htmlLink: "https://x.example/",
  kind: "calendar#other",
  locked: true,
  organizer: { email: "other@x.example" },
  originalStartTime: { date: "2000-01-01" },
  recurringEventId: "other",
  updated: "2000-01-01T00:00:00Z",
};

const times = {
  start: { dateTime: "2026-03-09T09:00:00Z", timeZone: "Europe/Berlin" },
  end: { dateTime: "2026-03-09T10:00:00Z", timeZone: "America/New_York" },
  recurrence: ["RRULE:FREQ=WEEKLY;COUNT=3", "EXDATE:20260316T090000Z"],
};
const shownTimes = {
  ...times,
  start: { ...times.start, dateTime: "2026-03-09T09:00:00Z" },
  end: { ...times.end, dateTime: "2026-03-09T10:00:00Z" },
};

/** All that a client may say of an event, with every part of Google's own features, which are kept as data. */
const maximal = {
  anyoneCanAddSelf: true,
  attachments: [
    { fileId: "f", fileUrl: "https://x.example/f", iconLink: "https://x.example/i", mimeType: "text/plain", title: "File" },
  ],
  attendees: [
    {
      additionalGuests: 2,
      comment: "late",
      displayName: "Wanda",
      email: "wanda@x.example",
      id: "w",
      optional: true,
      resource: true,
      responseStatus: "tentative",
    },
  ],
  birthdayProperties: { contact: "people/c1", customTypeName: "party", type: "birthday" },
  colorId: "5",
  conferenceData: {
    conferenceId: "aaa-bbbb-ccc",
    conferenceSolution: { iconUri: "https://x.example/i", key: { type: "addOn" }, name: "Meet" },
    createRequest: { conferenceSolutionKey: { type: "addOn" }, requestId: "r", status: { statusCode: "success" } },
    entryPoints: [{ entryPointType: "video", uri: "https://x.example/v", label: "v", pin: "1", accessCode: "2", passcode: "3" }],
    notes: "bring tea",
    parameters: { addOnParameters: { parameters: { a: "b" } } },
    signature: "s",
  },
  description: "<b>text</b>",
  endTimeUnspecified: true,
  eventType: "focusTime",
  extendedProperties: { private: { a: "1" }, shared: { b: "2" } },
  focusTimeProperties: { autoDeclineMode: "declineNone", chatStatus: "available", declineMessage: "no" },
  gadget: { display: "chip", height: 1, iconLink: "i", link: "l", preferences: { a: "b" }, title: "t", type: "x", width: 2 },
  guestsCanInviteOthers: false,
  guestsCanModify: true,
  guestsCanSeeOtherGuests: false,
  hangoutLink: "https://meet.x.example/h",
  location: "Zagreb",
  outOfOfficeProperties: { autoDeclineMode: "declineNone", declineMessage: "away" },
  privateCopy: true,
  reminders: { useDefault: false, overrides: [{ method: "email", minutes: 30 }] },
  sequence: 4,
  source: { title: "Page", url: "https://x.example/page" },
  status: "tentative",
  summary: "All of it",
  transparency: "transparent",
  visibility: "private",
  workingLocationProperties: {
    customLocation: { label: "c" },
    homeOffice: {},
    officeLocation: { buildingId: "b", deskId: "d", floorId: "f", floorSectionId: "s", label: "o" },
    type: "officeLocation",
  },
};

const knowing = { conferenceDataVersion: 1, supportsAttachments: true };

describe("an event", () => {
  it("has no field that is neither written here nor the server's", () => {
    const known = [...Object.keys({ ...maximal, ...times, ...serversOfEvent }), "eventLabelId", "iCalUID", "id"];
    expect(known.sort()).toEqual(namesOf("Event"));
  });

  it("keeps all that a client may say, through insert, get, list, update, patch, move and import; the rest is the server's", async () => {
    const id = `all${Date.now()}`;
    const requestBody = { ...serversOfEvent, ...maximal, ...times, id, iCalUID: `${id}@x.example`, nonsense: { a: 1 } };
    const shown = {
      ...maximal,
      ...shownTimes,
      id,
      iCalUID: `${id}@x.example`,
      kind: "calendar#event",
      organizer: { self: true },
    };
    const asked = { calendarId, eventId: id };
    const expectWhole = (data: object) => {
      expect(data).toMatchObject({ ...shown, creator: { email: ana.email } });
      for (const name of ["attendeesOmitted", "locked", "nonsense", "originalStartTime", "recurringEventId"]) {
        expect(data).not.toHaveProperty(name);
      }
      expect(data).not.toMatchObject({ created: serversOfEvent.created });
    };

    expectWhole((await client.events.insert({ calendarId, requestBody, ...knowing })).data);
    expectWhole((await client.events.get(asked)).data);
    const { data: list } = await client.events.list({ calendarId, iCalUID: requestBody.iCalUID });
    expectWhole(list.items?.[0] ?? {});
    expectWhole((await client.events.update({ ...asked, requestBody, ...knowing })).data);
    expectWhole((await client.events.patch({ ...asked, requestBody, ...knowing })).data);
    expectWhole((await client.events.patch({ ...asked, requestBody: {}, ...knowing })).data);
    const { data: read } = await client.events.get(asked);
    const same = { ...read, etag: expect.any(String), updated: expect.any(String) };
    expect((await client.events.update({ ...asked, requestBody: read, ...knowing })).data).toEqual(same);
    expect((await client.events.patch({ ...asked, requestBody: read, ...knowing })).data).toEqual(same);
    const { data: instances } = await client.events.instances(asked);
    expect(instances.items).toHaveLength(2);
    const { sequence, recurrence, ...said } = maximal as typeof maximal & { recurrence?: unknown };
    expect(instances.items?.[0]).toMatchObject({ ...said, recurringEventId: id });

    const { eventType, ...imported } = { ...requestBody, iCalUID: "imported@x.example", organizer: { email: "boss@x.example" } };
    const { data } = await client.events.import({ calendarId, requestBody: imported, ...knowing });
    const { eventType: _, id: __, organizer, ...kept } = shown;
    expect(data).toMatchObject({ ...kept, iCalUID: "imported@x.example", organizer: { email: "boss@x.example" } });
  });

  it("keeps each field through a patch of another, and loses each by null", async () => {
    const { eventType, privateCopy, birthdayProperties, sequence, status, endTimeUnspecified, ...removable } = maximal;
    const { data: event } = await client.events.insert({ calendarId, requestBody: { ...maximal, ...times }, ...knowing });
    const asked = { calendarId, eventId: event.id as string, ...knowing };
    let left: Record<string, unknown> = { ...removable };
    for (const name of Object.keys(removable)) {
      const { data } = await client.events.patch({ ...asked, requestBody: { [name]: null } });
      const { [name]: _, ...others } = left;
      left = others;
      expect(data).toMatchObject(left);
      if (name === "reminders") expect(data.reminders).toEqual({ useDefault: true });
      else expect(data).not.toHaveProperty(name);
    }
  });

  it("has a label in the place of a colour for who knows labels, and ignores names that parts do not have", async () => {
    const label = randomUUID();
    const requestBody = {
      ...times,
      eventLabelId: label,
      attendees: [{ email: "wanda@x.example", asyncOperation: "inProgress", nonsense: 1, self: true, organizer: true }],
      reminders: { useDefault: true, nonsense: 1 },
      extendedProperties: { private: { a: "1" }, nonsense: { a: "1" } },
      source: { title: "t", nonsense: 1 },
    };
    const { data } = await client.events.insert({ calendarId, eventLabelVersion: 1, requestBody: requestBody as never });
    expect(data).toMatchObject({ eventLabelId: label });
    expect(data.attendees).toEqual([{ email: "wanda@x.example", responseStatus: "needsAction" }]);
    expect(data.reminders).toEqual({ useDefault: true });
    expect([data.extendedProperties, data.source]).toEqual([{ private: { a: "1" } }, { title: "t" }]);
  });
});

describe("other resources", () => {
  it("A calendar keeps all that a client may say through insert, get, update and patch", async () => {
    const servers = { dataOwner: "other@x.example", etag: '"0"', id: "other", kind: "calendar#other" };
    const said = {
      autoAcceptInvitations: true,
      conferenceProperties: { allowedConferenceSolutionTypes: ["hangoutsMeet"] },
      description: "d",
      labelProperties: { eventLabels: [{ id: randomUUID(), name: "blue", backgroundColor: "#039be5" }] },
      location: "l",
      summary: "s",
      timeZone: "Europe/Berlin",
    };
    expect(Object.keys({ ...servers, ...said }).sort()).toEqual(namesOf("Calendar"));
    const requestBody = { ...servers, ...said };
    const { data: made } = await client.calendars.insert({ requestBody });
    expect(made).toEqual({ ...said, kind: "calendar#calendar", etag: made.etag, id: made.id, dataOwner: ana.email });
    expect(made.id).not.toBe("other");
    const asked = { calendarId: made.id as string };
    expect((await client.calendars.get(asked)).data).toEqual(made);
    expect((await client.calendars.update({ ...asked, requestBody })).data).toEqual({ ...made, etag: expect.any(String) });
    expect((await client.calendars.patch({ ...asked, requestBody })).data).toEqual({ ...made, etag: expect.any(String) });
  });

  it("An entry of the calendar list keeps all that a client may say through insert, get, update and patch", async () => {
    const ben = await api.person();
    const bens = clientOf(api, ben);
    const { data: calendar } = await client.calendars.insert({
      requestBody: { summary: "Ana's", description: "d", location: "l", timeZone: "Europe/Berlin" },
    });
    const scope = { type: "user", value: ben.email };
    await client.acl.insert({ calendarId: calendar.id as string, requestBody: { role: "writer", scope } });
    const servers = {
      accessRole: "owner",
      autoAcceptInvitations: true,
      conferenceProperties: { allowedConferenceSolutionTypes: ["hangoutsMeet"] },
      dataOwner: "other@x.example",
      deleted: true,
      description: "other",
      etag: '"0"',
      kind: "calendar#other",
      location: "other",
      primary: true,
      summary: "other",
      timeZone: "Asia/Tokyo",
    };
    const said = {
      backgroundColor: "#0088aa",
      defaultReminders: [{ method: "popup", minutes: 10 }],
      foregroundColor: "#ffffff",
      hidden: true,
      id: calendar.id as string,
      notificationSettings: { notifications: [{ type: "eventCreation", method: "email" }] },
      selected: true,
      summaryOverride: "Mine",
    };
    expect(Object.keys({ ...servers, ...said, colorId: "1" }).sort()).toEqual(namesOf("CalendarListEntry"));
    const requestBody = { ...servers, ...said };
    const { data: made } = await bens.calendarList.insert({ colorRgbFormat: true, requestBody });
    const { etag, kind, labelProperties, ...ofCalendar } = calendar;
    expect(made).toEqual({
      ...ofCalendar,
      ...said,
      kind: "calendar#calendarListEntry",
      etag: made.etag,
      accessRole: "writer",
      colorId: expect.stringMatching(/^\d+$/),
    });
    const asked = { calendarId: calendar.id as string };
    const same = { ...made, etag: expect.any(String) };
    expect((await bens.calendarList.get(asked)).data).toEqual(made);
    expect((await bens.calendarList.update({ ...asked, colorRgbFormat: true, requestBody })).data).toEqual(same);
    expect((await bens.calendarList.patch({ ...asked, colorRgbFormat: true, requestBody })).data).toEqual(same);
    const colored = await bens.calendarList.patch({ ...asked, requestBody: { colorId: "7" } });
    expect(colored.data).toMatchObject({ colorId: "7", backgroundColor: "#42d692" });
  });

  it("The default reminders of an entry are told with the calendar's events", async () => {
    const own = { calendarId: await newCalendarOf(client) };
    const defaultReminders = [{ method: "popup", minutes: 7 }];
    await client.calendarList.patch({ ...own, requestBody: { defaultReminders } });
    expect((await client.events.list(own)).data.defaultReminders).toEqual(defaultReminders);
  });

  it("A rule of access keeps its role and scope through insert, get, update and patch", async () => {
    const said = { role: "writer", scope: { type: "user", value: "wanda@x.example" } };
    const servers = { etag: '"0"', id: "other", kind: "calendar#other" };
    expect(Object.keys({ ...said, ...servers }).sort()).toEqual(namesOf("AclRule"));
    const requestBody = { ...servers, ...said };
    const { data: made } = await client.acl.insert({ calendarId, requestBody });
    expect(made).toEqual({ ...said, kind: "calendar#aclRule", id: "user:wanda@x.example", etag: made.etag });
    const asked = { calendarId, ruleId: made.id as string };
    const same = { ...made, etag: expect.any(String) };
    expect((await client.acl.get(asked)).data).toEqual(made);
    expect((await client.acl.update({ ...asked, requestBody })).data).toEqual(same);
    expect((await client.acl.patch({ ...asked, requestBody })).data).toEqual(same);
  });

  it("A channel is asked for with all its fields, and answers with those that Google's answers have", async () => {
    const expiration = String(Date.now() + 3_600_000);
    const servers = { kind: "api#other", resourceId: "other", resourceUri: "https://x.example/" };
    const kept = { expiration, id: randomUUID(), token: "t" };
    const only = { address: "http://127.0.0.1:9999/", params: { ttl: "60" }, payload: true, type: "web_hook" };
    expect(Object.keys({ ...servers, ...kept, ...only }).sort()).toEqual(namesOf("Channel"));
    const { data } = await client.acl.watch({ calendarId, requestBody: { ...servers, ...kept, ...only } });
    const resourceUri = `http://calendar.test/calendar/v3/calendars/${encodeURIComponent(calendarId)}/acl?alt=json`;
    expect(data).toEqual({ ...kept, kind: "api#channel", resourceId: expect.any(String), resourceUri });
    expect(data.resourceId).not.toBe("other");
  });
});
