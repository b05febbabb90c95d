import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, idsOf, newCalendar, on, type TestCalendar } from "#test/support/events.ts";

let api: Api;
let person: Person;
let calendar: TestCalendar;
beforeAll(async () => {
  api = await startApi();
  person = await api.person({ timeZone: "America/New_York" });
  calendar = await newCalendar(person, "America/New_York");
});
afterAll(() => api.stop());

const morning = at("2026-03-09T09:00:00", "America/New_York");

/** Every field of the resource that a writer may set. */
const everything = {
  summary: "Everything",
  description: "<b>All</b> of it\n\twith \u{1f389}",
  location: "Café",
  colorId: "5",
  transparency: "transparent",
  visibility: "private",
  status: "tentative",
  anyoneCanAddSelf: true,
  guestsCanInviteOthers: false,
  guestsCanModify: true,
  guestsCanSeeOtherGuests: false,
  privateCopy: true,
  endTimeUnspecified: true,
  sequence: 7,
  iCalUID: "everything@example.org",
  recurrence: ["RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE;TZID=America/New_York:20260316T090000"],
  attendees: [
    {
      email: "ana@example.org",
      displayName: "Ana",
      optional: true,
      resource: false,
      responseStatus: "accepted",
      comment: "late",
      additionalGuests: 2,
      id: "12",
    },
  ],
  extendedProperties: { private: { a: "1", constructor: "2" }, shared: { b: "" } },
  reminders: {
    useDefault: false,
    overrides: [
      { method: "popup", minutes: 0 },
      { method: "email", minutes: 40_320 },
    ],
  },
  source: { title: "Source", url: "https://example.org/" },
  attachments: [
    {
      fileUrl: "https://example.org/a.pdf",
      title: "a",
      mimeType: "application/pdf",
      iconLink: "https://example.org/i",
      fileId: "f",
    },
  ],
  conferenceData: { entryPoints: [{ entryPointType: "video", uri: "https://example.org/call" }], notes: "n" },
  gadget: { display: "icon" },
  eventType: "workingLocation",
  workingLocationProperties: { type: "officeLocation", officeLocation: { label: "HQ", floorId: "1" } },
};
const knowing = "?conferenceDataVersion=1&supportsAttachments=true";

describe("an event that is inserted", () => {
  it("has all that a client needs: ids, stamps, people, defaults", async () => {
    const event = await calendar.insert({ summary: "lunch", ...morning });

    expect(event).toMatchObject({
      kind: "calendar#event",
      status: "confirmed",
      summary: "lunch",
      iCalUID: `${event.id}@calendar-api.internal`,
      sequence: 0,
      creator: { email: person.email },
      organizer: { email: calendar.id, self: true },
      start: { dateTime: "2026-03-09T09:00:00-04:00", timeZone: "America/New_York" },
      end: { dateTime: "2026-03-09T10:00:00-04:00", timeZone: "America/New_York" },
      reminders: { useDefault: true },
      eventType: "default",
    });
    expect(event.id).toMatch(/^[a-v0-9]{26}$/);
    expect(event.etag).toMatch(/^"\d+"$/);
    expect(event.updated).toBe(event.created);
    expect(event.htmlLink).toMatch(/^http:\/\/calendar\.test\//);
    expect(event).not.toHaveProperty("recurrence");
    const read = await calendar.get(event.id);
    expect(read.body).toEqual(event);
    expect(read.headers.get("etag")).toBe(event.etag);
    expect(read.headers.get("content-type")).toBe("application/json; charset=UTF-8");
  });

  it("is in the caller's own calendar under its address and as primary, whoever is the attendee", async () => {
    const attendees = [{ email: person.email.toUpperCase(), responseStatus: "accepted" }, { email: "b@example.org" }];
    const made = await person.post("/calendar/v3/calendars/primary/events", { ...morning, attendees });

    const read = await person.get(`/calendar/v3/calendars/${person.email.toUpperCase()}/events/${made.body.id}`);

    expect(read.body).toEqual(made.body);
    expect(read.body.organizer).toEqual({ email: person.email, self: true });
    expect(read.body.creator).toEqual({ email: person.email, self: true });
    expect(read.body.attendees).toEqual([
      { email: person.email, responseStatus: "accepted", self: true, organizer: true },
      { email: "b@example.org", responseStatus: "needsAction" },
    ]);
  });

  it("keeps every field of the resource, and a replacement with what was read changes none", async () => {
    const made = await calendar.post(knowing, { ...everything, ...morning });
    expect(made.status).toBe(200);
    expect(made.body).toMatchObject(everything);

    const again = await calendar.put(`${made.body.id}${knowing}`, made.body);

    const { etag, updated, ...rest } = made.body;
    expect(again.body).toMatchObject(rest);
    expect(Object.keys(again.body).sort()).toEqual(Object.keys(made.body).sort());
    expect(again.body.sequence).toBe(7);
  });

  it("does not take what is the server's, or nobody's", async () => {
    const event = await calendar.insert({
      ...morning,
      kind: "calendar#other",
      etag: '"1"',
      htmlLink: "https://evil.example/",
      created: "2000-01-01T00:00:00Z",
      updated: "2000-01-01T00:00:00Z",
      creator: { email: "other@example.org" },
      organizer: { email: "other@example.org" },
      locked: true,
      attendeesOmitted: true,
      recurringEventId: "abcde",
      originalStartTime: { dateTime: "2026-03-09T09:00:00Z" },
      surprise: { a: 1 },
      attendees: [{ email: "x@example.org", self: true, organizer: true, surprise: 1 }],
    });

    expect(event.created > "2026").toBe(true);
    expect(event).toMatchObject({ creator: { email: person.email }, organizer: { email: calendar.id } });
    for (const name of ["locked", "attendeesOmitted", "recurringEventId", "originalStartTime", "surprise"]) {
      expect(event).not.toHaveProperty(name);
    }
    expect(event.attendees[0]).not.toHaveProperty("self");
    expect(event.attendees[0]).not.toHaveProperty("organizer");
  });

  it("has the id the client chose, once, also when it was deleted", async () => {
    const event = await calendar.insert({ id: "0123456789abcdefghijklmnopqrstuv", ...morning });
    expect(event.id).toBe("0123456789abcdefghijklmnopqrstuv");

    const again = await calendar.post("", { id: event.id, ...on("2026-01-01") });
    await calendar.delete(event.id);
    const afterDeletion = await calendar.post("", { id: event.id, ...on("2026-01-01") });

    for (const refused of [again, afterDeletion]) {
      expect(refused).toMatchObject({ status: 409, reason: "duplicate" });
      expect(refused.body.error.message).toBe("The requested identifier already exists.");
    }
    expect((await calendar.get(event.id)).body).toMatchObject({ status: "cancelled", start: event.start });
    expect((await (await newCalendar(person)).insert({ id: event.id, ...morning })).id).toBe(event.id);
  });

  it("is made once when the same insert comes many times at once", async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => calendar.post("", { id: "together", ...morning })));

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(9).fill(409)]);
  });

  it.each(["abcd", "ABCDE", "abcde_", "wxyz1", "abc de", "äbcde", "", "a".repeat(1_025)])(
    "may not have the id %j",
    async (id) => {
      const refused = await calendar.post("", { id, ...morning });

      expect(refused).toMatchObject({ status: 400, reason: "invalid" });
      expect(refused.body.error.errors[0].location).toBe("id");
    },
  );

  it.each([
    ["an offset", { dateTime: "2026-07-01T09:00:00+02:00" }, "2026-07-01T03:00:00-04:00", "America/New_York"],
    [
      "an offset and another zone",
      { dateTime: "2026-07-01T09:00:00+02:00", timeZone: "Asia/Tokyo" },
      "2026-07-01T03:00:00-04:00",
      "Asia/Tokyo",
    ],
    ["a zone alone", { dateTime: "2026-07-01T09:00:00", timeZone: "Asia/Tokyo" }, "2026-06-30T20:00:00-04:00", "Asia/Tokyo"],
    ["fractions and small letters", { dateTime: "2026-07-01t09:00:00.123456z" }, "2026-07-01T05:00:00-04:00", "America/New_York"],
    [
      "a zone in odd case",
      { dateTime: "2026-07-01T09:00:00", timeZone: "europe/BERLIN" },
      "2026-07-01T03:00:00-04:00",
      "Europe/Berlin",
    ],
    [
      "a time that clocks skip",
      { dateTime: "2026-03-08T02:30:00", timeZone: "America/New_York" },
      "2026-03-08T03:30:00-04:00",
      "America/New_York",
    ],
    [
      "a time that comes twice",
      { dateTime: "2026-11-01T01:30:00", timeZone: "America/New_York" },
      "2026-11-01T01:30:00-04:00",
      "America/New_York",
    ],
    [
      "half an hour of DST",
      { dateTime: "2026-01-01T09:00:00", timeZone: "Australia/Lord_Howe" },
      "2025-12-31T17:00:00-05:00",
      "Australia/Lord_Howe",
    ],
    ["local mean time", { dateTime: "1850-01-01T00:00:00Z" }, "1849-12-31T19:04:00-04:56", "America/New_York"],
    ["the first year", { dateTime: "0001-01-01T00:00:00Z" }, "0001-01-01T00:00:00Z", "America/New_York"],
    ["the year 987", { dateTime: "0987-06-05T04:03:02Z" }, "0987-06-04T23:07:02-04:56", "America/New_York"],
    ["the last second", { dateTime: "9999-12-31T23:59:59Z" }, "9999-12-31T18:59:59-05:00", "America/New_York"],
  ])("may start at %s", async (_, start, dateTime, timeZone) => {
    const event = await calendar.insert({ start, end: start });

    expect(event.start).toEqual({ dateTime, timeZone });
    expect((await calendar.get(event.id)).body.start).toEqual({ dateTime, timeZone });
    expect(Date.parse(event.start.dateTime)).toBe(Date.parse(event.end.dateTime));
  });

  it("lasts the day when it is all-day and ends on the day it begins", async () => {
    expect((await calendar.insert({ start: { date: "2026-03-09" }, end: { date: "2026-03-09" } })).end).toEqual({
      date: "2026-03-10",
    });
  });

  it("may be far in the past or future, and is found there", async () => {
    const far = await newCalendar(person, "Asia/Tokyo");
    for (const date of ["0001-01-01", "0987-06-05", "1849-12-31", "9999-12-30"]) await far.insert({ summary: date, ...on(date) });
    await far.insert({ ...on("9000-01-01"), recurrence: ["RRULE:FREQ=YEARLY"] });

    const { items } = await far.list({ singleEvents: true, orderBy: "startTime" });

    expect(items.map(({ start }) => start.date).slice(0, 3)).toEqual(["0001-01-01", "0987-06-05", "1849-12-31"]);
    const late = await far.list({ singleEvents: true, timeMin: "9998-06-01T00:00:00Z" });
    expect(late.items.map(({ start }) => start.date)).toEqual(["9999-01-01", "9999-12-30"]);
  });

  it("has conference data, attachments and labels only from clients that know them", async () => {
    const body = {
      ...morning,
      colorId: "3",
      eventLabelId: "label",
      attachments: everything.attachments,
      conferenceData: everything.conferenceData,
    };
    const made = await calendar.insert(body);
    expect(made).toMatchObject({ colorId: "3" });
    for (const name of ["attachments", "conferenceData", "eventLabelId"]) expect(made).not.toHaveProperty(name);

    const known = await calendar.post(`${knowing}&eventLabelVersion=1`, body);
    expect(known.body).toMatchObject({
      eventLabelId: "label",
      conferenceData: body.conferenceData,
      attachments: body.attachments,
    });
    expect(known.body).not.toHaveProperty("colorId");
    const replaced = await calendar.put(known.body.id, { ...morning, attachments: [], conferenceData: {} });
    expect(replaced.body).toMatchObject({
      eventLabelId: "label",
      conferenceData: body.conferenceData,
      attachments: body.attachments,
    });
  });
});

describe("a patch", () => {
  it("keeps what it does not name, removes what is null, merges objects and replaces arrays", async () => {
    const { id } = await calendar.insert({
      ...morning,
      summary: "old",
      location: "here",
      description: "x",
      attendees: [{ email: "a@example.org" }, { email: "b@example.org" }],
      extendedProperties: { private: { a: "1", b: "2" }, shared: { c: "3" } },
      source: { title: "t", url: "https://example.org/" },
    });

    const patched = await calendar.patch(id, {
      summary: "new",
      location: null,
      attendees: [{ email: "c@example.org" }],
      extendedProperties: { private: { a: null, z: "9" } },
      source: { title: null },
    });

    expect(patched.body).toMatchObject({
      summary: "new",
      description: "x",
      extendedProperties: { private: { b: "2", z: "9" }, shared: { c: "3" } },
      source: { url: "https://example.org/" },
      start: { dateTime: "2026-03-09T09:00:00-04:00" },
    });
    expect(patched.body).not.toHaveProperty("location");
    expect(patched.body.extendedProperties.private).not.toHaveProperty("a");
    expect(patched.body.attendees).toEqual([{ email: "c@example.org", responseStatus: "needsAction" }]);
    expect((await calendar.get(id)).body).toEqual(patched.body);
  });

  it("of a time alone keeps its zone, and turns a timed event into an all-day one when both ends say so", async () => {
    const { id } = await calendar.insert(at("2026-03-09T09:00:00", "Europe/Berlin"));

    const later = await calendar.patch(id, { end: { dateTime: "2026-03-09T12:00:00" } });
    expect(later.body.end).toEqual({ dateTime: "2026-03-09T07:00:00-04:00", timeZone: "Europe/Berlin" });
    const zoned = await calendar.patch(id, { start: { timeZone: "Asia/Tokyo" } });
    expect(zoned.body.start).toEqual({ dateTime: "2026-03-09T04:00:00-04:00", timeZone: "Asia/Tokyo" });
    const half = await calendar.patch(id, { start: { date: "2026-03-09" } });
    expect(half).toMatchObject({ status: 400, reason: "invalid" });
    const whole = await calendar.patch(id, { start: { date: "2026-03-09" }, end: { date: "2026-03-11", dateTime: null } });
    expect(whole.body).toMatchObject({ start: { date: "2026-03-09" }, end: { date: "2026-03-11" } });
    const timed = await calendar.patch(id, at("2026-03-09T09:00:00", "Europe/Berlin"));
    expect(timed.body.start).toEqual({ dateTime: "2026-03-09T04:00:00-04:00", timeZone: "Europe/Berlin" });
  });

  it("of reminders alone does not make the event newer, but tells clients that sync", async () => {
    const { id, updated } = await calendar.insert({ ...morning, summary: "x", recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
    await new Promise((done) => setTimeout(done, 5));

    const reminded = await calendar.patch(id, { reminders: { useDefault: false, overrides: [{ method: "popup", minutes: 5 }] } });
    expect(reminded.body.updated).toBe(updated);
    expect(reminded.body.reminders).toEqual({ useDefault: false, overrides: [{ method: "popup", minutes: 5 }] });
    const defaults = await calendar.patch(id, { reminders: { useDefault: true } });
    expect(defaults.body.reminders).toEqual({ useDefault: true });
    const renamed = await calendar.patch(id, { summary: "y", reminders: { useDefault: false } });
    expect(renamed.body.updated > updated).toBe(true);
  });

  it("of one's own answer, with the other attendees omitted, keeps the others", async () => {
    const attendees = [
      { email: "a@example.org" },
      { email: calendar.id },
      { email: "b@example.org", responseStatus: "declined" },
    ];
    const { id } = await calendar.insert({ ...morning, attendees });

    const mine = { attendeesOmitted: true, attendees: [{ email: calendar.id, responseStatus: "accepted" }] };
    const patched = await calendar.patch(id, mine);
    const replaced = await calendar.put(id, { ...morning, ...mine });

    for (const { body } of [patched, replaced]) {
      expect(body.attendees.map(({ responseStatus }: { responseStatus: string }) => responseStatus)).toEqual([
        "needsAction",
        "accepted",
        "declined",
      ]);
      expect(body).not.toHaveProperty("attendeesOmitted");
    }
  });

  it("cannot change the type of an event, or say two things of its reminders", async () => {
    const { id } = await calendar.insert({ ...morning, eventType: "focusTime" });

    expect(await calendar.patch(id, { eventType: "default" })).toMatchObject({ status: 400, reason: "invalid" });
    expect((await calendar.put(id, morning)).body.eventType).toBe("focusTime");
    const both = { useDefault: true, overrides: [{ method: "popup", minutes: 1 }] };
    const refused = await calendar.patch(id, { reminders: both });
    expect(refused).toMatchObject({ status: 400, reason: "cannotUseDefaultRemindersAndSpecifyOverride" });
  });
});

describe("a replacement", () => {
  it("removes what it does not have, and keeps what is the server's", async () => {
    const made = await calendar.insert({ ...everything, iCalUID: "replaced@example.org", ...morning });

    const { body } = await calendar.put(made.id, { ...on("2026-05-01"), iCalUID: "other@example.org", id: "otherid" });

    expect(body).toMatchObject({
      id: made.id,
      iCalUID: "replaced@example.org",
      creator: made.creator,
      organizer: made.organizer,
      created: made.created,
    });
    for (const name of ["summary", "recurrence", "attendees", "extendedProperties", "colorId", "source"])
      expect(body).not.toHaveProperty(name);
    expect(body.status).toBe("confirmed");
  });

  it("needs a start and an end", async () => {
    const { id } = await calendar.insert(morning);

    expect((await calendar.put(id, { end: morning.end })).body.error.errors[0]).toMatchObject({
      reason: "required",
      location: "start",
    });
    expect((await calendar.put(id, { start: morning.start })).body.error.errors[0]).toMatchObject({
      reason: "required",
      location: "end",
    });
  });
});

describe("the sequence number", () => {
  it("grows when the times change, takes what is larger, and refuses what is smaller", async () => {
    const { id } = await calendar.insert({ ...morning, summary: "x" });

    expect((await calendar.patch(id, { summary: "y" })).body.sequence).toBe(0);
    expect((await calendar.put(id, { summary: "z", ...morning })).body.sequence).toBe(0);
    expect((await calendar.patch(id, at("2026-03-09T11:00:00", "America/New_York"))).body.sequence).toBe(1);
    expect((await calendar.patch(id, { recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] })).body.sequence).toBe(2);
    expect((await calendar.patch(id, { sequence: 5 })).body.sequence).toBe(5);
    const refused = await calendar.patch(id, { sequence: 4 });
    expect(refused).toMatchObject({ status: 400, reason: "invalid" });
    expect(refused.body.error.message).toMatch(/^Invalid sequence value\./);
    expect((await calendar.patch(id, { sequence: 2_147_483_647 })).status).toBe(200);
    expect((await calendar.patch(id, on("2026-03-09"))).body.sequence).toBe(2_147_483_647);
    expect((await calendar.patch(id, { sequence: 2_147_483_648 })).status).toBe(400);
  });
});

describe("an ETag", () => {
  it("lets only writes to the version it names pass", async () => {
    const made = await calendar.insert(morning);
    const changed = await calendar.patch(made.id, { summary: "changed" }, { "If-Match": made.etag });
    expect(changed.status).toBe(200);
    expect(changed.body.etag).not.toBe(made.etag);
    expect(changed.headers.get("etag")).toBe(changed.body.etag);

    const stale = { "If-Match": made.etag };
    for (const refused of [
      await calendar.patch(made.id, { summary: "stale" }, stale),
      await calendar.put(made.id, morning, stale),
      await calendar.delete(made.id, stale),
    ]) {
      expect(refused).toMatchObject({ status: 412, reason: "conditionNotMet" });
      expect(refused.body.error.errors[0]).toMatchObject({ location: "If-Match", locationType: "header" });
    }
    expect((await calendar.get(made.id)).body).toEqual(changed.body);
    expect((await calendar.put(made.id, morning, { "If-Match": `"0", W/${changed.body.etag}` })).status).toBe(200);
    expect((await calendar.delete(made.id, { "If-Match": "*" })).status).toBe(204);
  });

  it("answers 304 to who has that version", async () => {
    const { id, etag } = await calendar.insert(morning);

    const known = await calendar.get(id, { "If-None-Match": etag });
    expect(known).toMatchObject({ status: 304, body: undefined });
    expect(known.headers.get("etag")).toBe(etag);
    await calendar.patch(id, { summary: "x" });
    expect((await calendar.get(id, { "If-None-Match": etag })).status).toBe(200);
  });

  it("lets one of many writers with the same version pass", async () => {
    const { id, etag } = await calendar.insert(morning);

    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) => calendar.patch(id, { summary: `${index}` }, { "If-Match": etag })),
    );

    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)]);
  });
});

describe("a deleted event", () => {
  it("can still be read, is not listed, cannot be deleted again, and comes back when its status says so", async () => {
    const own = await newCalendar(person);
    const made = await own.insert({ ...morning, summary: "x" });

    const deleted = await own.delete(made.id);
    expect(deleted).toMatchObject({ status: 204, body: undefined });
    expect((await own.get(made.id)).body).toMatchObject({ id: made.id, status: "cancelled" });
    expect((await own.list()).items).toEqual([]);
    expect(idsOf((await own.list({ showDeleted: true })).items)).toEqual([made.id]);
    const again = await own.delete(made.id);
    expect(again).toMatchObject({ status: 410, reason: "deleted" });
    expect(again.body.error.message).toBe("Resource has been deleted");

    expect((await own.patch(made.id, { location: "y" })).body.status).toBe("cancelled");
    expect((await own.patch(made.id, { status: "confirmed" })).body).toMatchObject({
      status: "confirmed",
      summary: "x",
      location: "y",
    });
    expect(idsOf((await own.list()).items)).toEqual([made.id]);
    expect((await own.patch(made.id, { status: "cancelled" })).body.status).toBe("cancelled");
    expect((await own.put(made.id, morning)).body.status).toBe("confirmed");
  });
});

describe("an event", () => {
  it.each(["nowhere", "abcde_20260309", "abcde_20260309T090000Z", "%C4%8D%2F", "..%2F..", "a".repeat(1_100)])(
    "that is not there, %s, is not found",
    async (id) => {
      for (const answer of [
        await calendar.get(id),
        await calendar.patch(id, {}),
        await calendar.put(id, morning),
        await calendar.delete(id),
      ]) {
        expect(answer).toMatchObject({ status: 404, reason: "notFound" });
      }
    },
  );

  it("of another person is not found, nor can it be written", async () => {
    const { id } = await calendar.insert(morning);
    const other = await api.person();
    const path = `${calendar.path}/${id}`;

    for (const answer of [
      await other.get(path),
      await other.patch(path, { summary: "mine" }),
      await other.put(path, morning),
      await other.delete(path),
      await other.post(calendar.path, morning),
      await other.get(calendar.path),
      await other.get(`${path}/instances`),
      await other.post(`${calendar.path}/import`, { ...morning, iCalUID: "x" }),
    ]) {
      expect(answer).toMatchObject({ status: 404, reason: "notFound" });
    }
    expect((await calendar.get(id)).body).not.toHaveProperty("summary");
  });

  it("with a UID longer than an index entry is found by it", async () => {
    const iCalUID = Array.from({ length: 1_024 }, (_, index) => String.fromCodePoint(0x1_0000 + ((index * 7_919) % 60_000))).join(
      "",
    );

    const { id } = await calendar.insert({ ...morning, iCalUID });

    expect(idsOf((await calendar.list({ showDeleted: true })).items)).toContain(id);
    const listed = await person.get(`${calendar.path}?iCalUID=${encodeURIComponent(iCalUID)}`);
    expect(listed.status === 200 ? idsOf(listed.body.items) : listed.status).toEqual([id]);
  });

  it("shows its times in the zone that is asked for", async () => {
    const { id } = await calendar.insert(morning);

    expect((await calendar.get(`${id}?timeZone=Asia/Tokyo`)).body.start).toEqual({
      dateTime: "2026-03-09T22:00:00+09:00",
      timeZone: "America/New_York",
    });
  });
});
