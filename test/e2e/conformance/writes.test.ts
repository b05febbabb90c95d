/** Facts 29 to 36: conditions and selections, what a client says it knows, and the further ways to write an event. */
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { type Client, clientOf, fact, headerOf, newCalendarOf, refusalOf, timed } from "./client.ts";

let api: Api;
let ana: Person;
let ben: Person;
let client: Client;
let bens: Client;
let calendarId: string;
beforeAll(async () => {
  api = await startApi();
  [ana, ben] = [await api.person(), await api.person()];
  [client, bens] = [clientOf(api, ana), clientOf(api, ben)];
  calendarId = await newCalendarOf(client);
});
afterAll(() => api.stop());

const events = () => client.events;
const morning = timed("2026-03-09T09:00:00");
const insert = async (more: object = {}, query: object = {}) =>
  (await events().insert({ calendarId, requestBody: { ...morning, ...more }, ...query })).data;
const share = (role: string) =>
  client.acl.insert({ calendarId, requestBody: { role, scope: { type: "user", value: ben.email } } });

describe("conditions and selections", () => {
  fact(29, "An ETag is quoted, in the body as in the header; If-Match and If-None-Match are kept", async () => {
    const { id, etag } = await insert();
    const eventId = id as string;
    const { data, headers } = await events().get({ calendarId, eventId });
    expect([data.etag, headerOf(headers, "etag")]).toEqual([etag, etag]);
    expect(etag).toMatch(/^"[^"]+"$/);
    const known = await events().get({ calendarId, eventId }, { headers: { "If-None-Match": etag as string } });
    expect(known.status).toBe(304);

    const requestBody = { ...morning, summary: "new" };
    const fresh = { headers: { "If-Match": etag as string } };
    const { data: changed } = await events().patch({ calendarId, eventId, requestBody }, fresh);
    const unmet = {
      status: 412,
      domain: "global",
      reason: "conditionNotMet",
      message: "Precondition Failed",
      locationType: "header",
      location: "If-Match",
    };
    expect(await refusalOf(events().patch({ calendarId, eventId, requestBody }, fresh))).toEqual(unmet);
    expect(await refusalOf(events().update({ calendarId, eventId, requestBody }, fresh))).toEqual(unmet);
    expect(await refusalOf(events().delete({ calendarId, eventId }, fresh))).toEqual(unmet);
    const now = { headers: { "If-Match": changed.etag as string } };
    expect((await events().delete({ calendarId, eventId }, now)).status).toBe(204);
  });

  fact(29, "A calendar, an entry of the list and a rule have ETags like an event's", async () => {
    const own = { calendarId: await newCalendarOf(client) };
    const scope = { type: "user", value: "wanda@x.example" };
    const { data: made } = await client.acl.insert({ ...own, requestBody: { role: "reader", scope } });
    const rule = { ...own, ruleId: made.id as string };
    const stale = { headers: { "If-Match": '"0"' } };
    const { data: calendar } = await client.calendars.get(own);
    const { data: entry } = await client.calendarList.get(own);
    const known = (etag: string | null | undefined) => ({ headers: { "If-None-Match": etag as string } });
    expect((await client.calendars.get(own, known(calendar.etag))).status).toBe(304);
    expect((await client.calendarList.get(own, known(entry.etag))).status).toBe(304);
    expect((await client.acl.get(rule, known(made.etag))).status).toBe(304);
    const requestBody = { summary: "x" };
    for (const refuse of [
      () => client.calendars.patch({ ...own, requestBody }, stale),
      () => client.calendars.update({ ...own, requestBody }, stale),
      () => client.calendars.delete(own, stale),
      () => client.calendarList.patch({ ...own, requestBody: {} }, stale),
      () => client.calendarList.update({ ...own, requestBody: {} }, stale),
      () => client.acl.patch({ ...rule, requestBody: { role: "writer" } }, stale),
      () => client.acl.update({ ...rule, requestBody: { role: "writer" } }, stale),
      () => client.acl.delete(rule, stale),
    ]) {
      expect(await refusalOf(refuse())).toMatchObject({ status: 412, reason: "conditionNotMet" });
    }
  });

  fact(30, "fields selects parts of an answer, by brackets, slashes and stars; a wrong selection is refused", async () => {
    const own = await newCalendarOf(client);
    const requestBody = { ...morning, summary: "s", attendees: [{ email: "a@x.example" }] };
    const { data: event } = await events().insert({ calendarId: own, requestBody });
    const list = async (fields: string) => (await events().list({ calendarId: own, fields })).data;

    expect(await list("kind,items(id,start/dateTime)")).toEqual({
      kind: "calendar#events",
      items: [{ id: event.id, start: { dateTime: "2026-03-09T09:00:00Z" } }],
    });
    expect(await list("items/attendees/email")).toEqual({ items: [{ attendees: [{ email: "a@x.example" }] }] });
    expect((await list("*")).items).toHaveLength(1);
    const selector =
      "kind,nextPageToken,nextSyncToken,items(id,iCalUID,summary,start,end,description,location,transparency,status,eventType,visibility,attendees,attendeesOmitted,recurrence,recurringEventId,originalStartTime,reminders)";
    expect(await list(selector)).toMatchObject({ items: [{ id: event.id, summary: "s" }], nextSyncToken: expect.any(String) });
    const refusal = await refusalOf(list("items(id,nonsense)"));
    expect(refusal).toMatchObject({ status: 400, reason: "invalidParameter", location: "fields", locationType: "parameter" });
    expect(refusal.message).toBe("Invalid field selection nonsense");
  });
});

describe("what a client says", () => {
  fact(31, "of whom to tell is taken in both ways; of parts it does not know, its bodies change nothing", async () => {
    for (const sendUpdates of ["all", "externalOnly", "none"])
      expect((await insert({}, { sendUpdates })).status).toBe("confirmed");
    expect((await insert({}, { sendNotifications: true })).status).toBe("confirmed");
    const wrong = await refusalOf(insert({}, { sendUpdates: "some" }));
    expect(wrong).toMatchObject({ status: 400, reason: "invalidParameter", location: "sendUpdates" });

    const parts = { conferenceData: { notes: "n" }, attachments: [{ fileUrl: "https://x.example/a" }] };
    const ignorant = await insert({ ...parts, colorId: "3", eventLabelId: "l" });
    expect(ignorant).toMatchObject({ colorId: "3" });
    for (const name of ["conferenceData", "attachments", "eventLabelId"]) expect(ignorant).not.toHaveProperty(name);
    const knowing = { conferenceDataVersion: 1, supportsAttachments: true, eventLabelVersion: 1 };
    const whole = await insert({ ...parts, colorId: "3", eventLabelId: "l" }, knowing);
    expect(whole).toMatchObject({ ...parts, eventLabelId: "l" });
    expect(whole).not.toHaveProperty("colorId");
    const kept = await events().update({ calendarId, eventId: whole.id as string, requestBody: morning });
    expect(kept.data).toMatchObject(parts);
    const label = { ...knowing, calendarId, eventId: whole.id as string };
    expect((await events().patch({ ...label, requestBody: { eventLabelId: "" } })).data).not.toHaveProperty("eventLabelId");
  });

  fact(31, "is limited: 25 attachments, 200 labels of a calendar with names of 50 letters", async () => {
    const attachments = Array.from({ length: 26 }, () => ({ fileUrl: "https://x.example/a" }));
    expect(await refusalOf(insert({ attachments }, { supportsAttachments: true }))).toMatchObject({
      status: 400,
      reason: "invalid",
    });
    const label = (name: string) => ({ name, backgroundColor: "#039be5" });
    const labelled = (eventLabels: object[]) =>
      client.calendars.patch({ calendarId, requestBody: { labelProperties: { eventLabels } } });
    expect((await labelled(Array.from({ length: 200 }, () => label("x".repeat(50))))).status).toBe(200);
    for (const wrong of [Array.from({ length: 201 }, () => label("x")), [label("x".repeat(51))]]) {
      expect(await refusalOf(labelled(wrong))).toMatchObject({ status: 400, reason: "invalid" });
    }
  });

  fact(
    32,
    "of reminders is up to five, by email or popup, up to four weeks before, and not beside the default ones",
    async () => {
      const popup = (minutes: number, method = "popup") => ({ method, minutes });
      const reminded = (overrides: object[], useDefault = false) => insert({ reminders: { useDefault, overrides } });
      const five = [popup(0), popup(10), popup(40_320), popup(1, "email"), popup(2)];
      expect((await reminded(five)).reminders).toEqual({ useDefault: false, overrides: five });
      for (const wrong of [[...five, popup(3)], [popup(40_321)], [popup(-1)], [popup(1, "sms")]]) {
        expect(await refusalOf(reminded(wrong))).toMatchObject({ status: 400, reason: "invalid" });
      }
      expect(await refusalOf(reminded(five, true))).toMatchObject({
        status: 400,
        domain: "calendar",
        reason: "cannotUseDefaultRemindersAndSpecifyOverride",
      });
    },
  );
});

describe("further ways to write", () => {
  fact(33, "import needs a UID, keeps the organizer, takes only the default type, and knows its event again", async () => {
    const body = { ...morning, iCalUID: "there@x.example", organizer: { email: "boss@x.example", displayName: "Boss" } };
    const importing = async (requestBody: object) => (await events().import({ calendarId, requestBody })).data;
    const first = await importing(body);
    expect(first).toMatchObject({ iCalUID: body.iCalUID, organizer: body.organizer });
    expect(await importing({ ...body, summary: "again" })).toMatchObject({ id: first.id, summary: "again" });
    expect(await refusalOf(importing(morning))).toMatchObject({ status: 400, reason: "required", location: "iCalUID" });
    const focus = await refusalOf(importing({ ...body, eventType: "focusTime" }));
    expect(focus).toMatchObject({ status: 400, reason: "invalid", location: "eventType" });
  });

  fact(33, "quickAdd makes an event of an hour from a phrase", async () => {
    const { data } = await events().quickAdd({ calendarId, text: "Lunch with Wanda on March 9 2027 at 12:30" });
    expect([data.summary, data.start?.dateTime, data.end?.dateTime]).toEqual([
      "Lunch with Wanda",
      "2027-03-09T12:30:00Z",
      "2027-03-09T13:30:00Z",
    ]);
  });

  fact(34, "move gives an event another calendar and organizer; instances and special types stay where they are", async () => {
    const destination = await newCalendarOf(client);
    const { id } = await insert();
    const { data } = await events().move({ calendarId, eventId: id as string, destination });
    expect(data).toMatchObject({ id, organizer: { email: destination, self: true } });
    expect((await events().get({ calendarId, eventId: id as string })).data.status).toBe("cancelled");
    const series = await insert({ recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
    const instance = { calendarId, eventId: `${series.id}_20260310T090000Z`, destination };
    expect(await refusalOf(events().move(instance))).toMatchObject({ status: 400, reason: "cannotChangeOrganizerOfInstance" });
    const focus = await insert({ eventType: "focusTime" });
    const refusal = await refusalOf(events().move({ calendarId, eventId: focus.id as string, destination }));
    expect(refusal).toMatchObject({ status: 400, reason: "eventTypeRestriction" });
  });

  fact(34, "Only secondary calendars are deleted, only primary ones cleared", async () => {
    const { calendars } = client as Client;
    const secondary = await newCalendarOf(client);
    const primary = await refusalOf(calendars.delete({ calendarId: "primary" }));
    expect(primary).toMatchObject({ status: 403, domain: "calendar", reason: "cannotDeletePrimaryCalendar" });
    expect(await refusalOf(calendars.clear({ calendarId: secondary }))).toMatchObject({ status: 400, reason: "invalid" });
    expect((await calendars.clear({ calendarId: "primary" })).status).toBe(204);
    expect((await calendars.delete({ calendarId: secondary })).status).toBe(204);
  });
});

describe("others", () => {
  fact(
    35,
    "Private and confidential events hide what they say from readers, and from writers without private access",
    async () => {
      const own = (await insert({ visibility: "private", summary: "secret" })).id as string;
      for (const visibility of ["private", "confidential"]) {
        await events().patch({ calendarId, eventId: own, requestBody: { visibility } });
        for (const [role, hidden] of [
          ["reader", true],
          ["writerWithoutPrivateAccess", true],
          ["writer", false],
        ] as const) {
          await share(role);
          const { data } = await bens.events.get({ calendarId, eventId: own });
          expect([role, data.summary]).toEqual([role, hidden ? undefined : "secret"]);
          expect(data.start).toMatchObject({ dateTime: "2026-03-09T09:00:00Z" });
        }
      }
    },
  );

  fact(35, "Transparent events take up no time", async () => {
    const own = await newCalendarOf(client);
    const requestBody = { ...timed("2026-03-09T09:00:00"), transparency: "transparent" };
    await events().insert({ calendarId: own, requestBody });
    const query = { timeMin: "2026-03-09T00:00:00Z", timeMax: "2026-03-10T00:00:00Z", items: [{ id: own }] };
    const { data } = await client.freebusy.query({ requestBody: query });
    expect(data.calendars?.[own]).toEqual({ busy: [] });
  });

  fact(
    36,
    "Guests have an event each, with themselves marked and an answer of their own, which reaches all up to 200",
    async () => {
      const cy = await api.person();
      const cys = clientOf(api, cy);
      const people = [ben, cy];
      for (const crowd of [0, 200]) {
        const attendees = [
          ...people.map(({ email }) => ({ email })),
          ...Array.from({ length: crowd }, (_, index) => ({ email: `guest${index}@x.example` })),
        ];
        const { data } = await events().insert({ calendarId: "primary", requestBody: { ...morning, attendees } });
        const copy = { calendarId: "primary", eventId: data.id as string };
        const own = await bens.events.get({ ...copy, maxAttendees: 1 });
        expect(own.data.attendees).toEqual([{ email: ben.email, responseStatus: "needsAction", self: true }]);

        const answer = { attendeesOmitted: true, attendees: [{ email: ben.email, responseStatus: "accepted" }] };
        await bens.events.patch({ ...copy, requestBody: answer });

        const answers = await Promise.all(
          [client, cys].map(
            async (one) => (await one.events.get(copy)).data.attendees?.find(({ email }) => email === ben.email)?.responseStatus,
          ),
        );
        expect(answers).toEqual(["accepted", crowd > 0 ? "needsAction" : "accepted"]);
      }
    },
  );
});
