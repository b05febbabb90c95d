/** Fact 42: every reason this server refuses with, from what triggers it to the exact words; and Google's reasons that it never has. */
import { failures, type Reason } from "#lib/errors.ts";
import { type Answer, type Api, type Person, startApi } from "#test/support/api.ts";
import { type Client, clientOf, fact, newCalendarOf, timed } from "./client.ts";
import { neverOurs, reasonsOfGoogle, shownElsewhere } from "./reasons.ts";

let api: Api;
let ana: Person;
let ben: Person;
let client: Client;
let calendarId: string;
beforeAll(async () => {
  api = await startApi({ freeBusyMaxDays: 92, pushAllowLoopback: true });
  [ana, ben] = [await api.person(), await api.person()];
  client = clientOf(api, ana);
  calendarId = await newCalendarOf(client);
});
afterAll(() => api.stop());

const root = "/calendar/v3";
const primary = `${root}/calendars/primary`;
const own = () => `${root}/calendars/${encodeURIComponent(calendarId)}`;
const morning = timed("2026-03-09T09:00:00");
const event = async (more: object = {}, path = `${own()}/events`) => (await ana.post(path, { ...morning, ...more })).body;
const shareWithBen = (role: string) => ana.post(`${own()}/acl`, { role, scope: { type: "user", value: ben.email } });
const channel = (more: object) => ({ id: "channel-of-reasons", type: "web_hook", address: "http://127.0.0.1:9999/", ...more });
const at = (timeMin: string, timeMax: string) => ({ timeMin: `${timeMin}T00:00:00Z`, timeMax: `${timeMax}T00:00:00Z` });

type Trigger = () => Promise<Answer>;
type Expected = readonly [status: number, reason: string, message: string, location?: string | undefined, domain?: string];

/** What brings each refusal about, and what it says; `header:` before a location that is one. */
const triggers: Partial<Record<Reason, readonly [Trigger, ...Expected]>> = {
  authError: [
    () => api.call("GET", `${root}/colors`, { key: "wrong" }),
    401,
    "authError",
    "Invalid Credentials",
    "header:Authorization",
  ],
  loginRequired: [() => api.call("GET", `${root}/colors`), 401, "required", "Login Required", "header:Authorization"],
  forbidden: [
    async () => {
      const { id } = await event({ visibility: "private" });
      await shareWithBen("writerWithoutPrivateAccess");
      return ben.patch(`${own()}/events/${id}`, { summary: "x" });
    },
    403,
    "forbidden",
    "The event is private: it can be changed by those who may see it.",
  ],
  requiredAccessLevel: [
    async () => {
      await shareWithBen("reader");
      return ben.post(`${own()}/events`, morning);
    },
    403,
    "requiredAccessLevel",
    "You need to have writer access to this calendar.",
    undefined,
    "calendar",
  ],
  forbiddenForNonOrganizer: [
    async () => {
      const { id } = await event({ attendees: [{ email: ben.email }] });
      return ben.patch(`${primary}/events/${id}`, { summary: "mine" });
    },
    403,
    "forbiddenForNonOrganizer",
    "Shared properties can only be changed by the organizer of the event.",
    undefined,
    "calendar",
  ],
  cannotChangeOrganizer: [
    async () => {
      const { id } = await event({ attendees: [{ email: ben.email }] });
      const { body } = await ben.post(`${root}/calendars`, { summary: "Ben's" });
      return ben.post(`${primary}/events/${id}/move?destination=${encodeURIComponent(body.id)}`);
    },
    403,
    "cannotChangeOrganizer",
    "The organizer of an event can only be changed from the organizer's own calendar.",
    undefined,
    "calendar",
  ],
  cannotChangeOrganizerOfInstance: [
    async () => {
      const { id } = await event({ recurrence: ["RRULE:FREQ=DAILY;COUNT=2"] });
      return ana.post(`${own()}/events/${id}_20260310T090000Z/move?destination=primary`);
    },
    400,
    "cannotChangeOrganizerOfInstance",
    "Cannot change the organizer of an instance.",
    undefined,
    "calendar",
  ],
  eventTypeRestriction: [
    async () => {
      const { id } = await event({ eventType: "focusTime" });
      return ana.post(`${own()}/events/${id}/move?destination=primary`);
    },
    400,
    "eventTypeRestriction",
    "This operation is not available for this type of event.",
    undefined,
    "calendar",
  ],
  cannotChangeOwnAcl: [
    () => ana.delete(`${own()}/acl/user:${ana.email}`),
    403,
    "cannotChangeOwnAcl",
    "Cannot change your own access level.",
    undefined,
    "calendar",
  ],
  cannotChangeOwnerAcl: [
    async () => {
      await shareWithBen("owner");
      return ben.delete(`${own()}/acl/user:${ana.email}`);
    },
    403,
    "cannotChangeOwnerAcl",
    "Cannot change the access level of the calendar's owner.",
    undefined,
    "calendar",
  ],
  cannotChangeOwnPrimarySubscription: [
    () => ana.delete(`${root}/users/me/calendarList/primary`),
    403,
    "cannotChangeOwnPrimarySubscription",
    "Cannot change the subscription to your own primary calendar.",
    undefined,
    "calendar",
  ],
  cannotUnsubscribeFromOwnedCalendar: [
    () => ana.delete(`${root}/users/me/calendarList/${encodeURIComponent(calendarId)}`),
    403,
    "cannotUnsubscribeFromOwnedCalendar",
    "Cannot unsubscribe from a calendar that you own. Delete it instead.",
    undefined,
    "calendar",
  ],
  cannotDeletePrimaryCalendar: [
    () => ana.delete(primary),

    403,
    "cannotDeletePrimaryCalendar",
    "The primary calendar of a user cannot be deleted.",
    undefined,
    "calendar",
  ],
  cannotDeleteLastAdministrator: [
    () => api.call("DELETE", "/v1/users/me", { key: api.adminKey }),
    403,
    "cannotDeleteLastAdministrator",
    "The last administrator cannot be erased.",
    undefined,
    "calendar",
  ],
  badRequest: [() => ana.get("/%zz"), 400, "badRequest", "The request is not well-formed HTTP."],
  parseError: [
    () => ana.post(`${own()}/events`, "{", { "Content-Type": "application/json" }),
    400,
    "parseError",
    "Parse Error: Expected property name or '}' in JSON at position 1 (line 1 column 2)",
  ],
  required: [() => ana.post(`${own()}/events`, { end: morning.end }), 400, "required", "Missing start time.", "start"],
  invalid: [
    () => ana.post(`${own()}/events`, { ...morning, attendees: [{ email: "nobody" }] }),
    400,
    "invalid",
    "Invalid attendee email.",
    "attendees[0].email",
  ],
  invalidParameter: [
    () => ana.get(`${own()}/events?maxResults=none`),
    400,
    "invalidParameter",
    "Invalid value for maxResults: it must be an integer.",
    "maxResults",
  ],
  cannotUseDefaultRemindersAndSpecifyOverride: [
    () =>
      ana.post(`${own()}/events`, {
        ...morning,
        reminders: { useDefault: true, overrides: [{ method: "popup", minutes: 1 }] },
      }),
    400,
    "cannotUseDefaultRemindersAndSpecifyOverride",
    "Cannot specify both default reminders and overrides at the same time.",
    "reminders",
    "calendar",
  ],
  timeRangeEmpty: [
    () => ana.get(`${own()}/events?timeMin=2026-03-02T00:00:00Z&timeMax=2026-03-02T00:00:00Z`),
    400,
    "timeRangeEmpty",
    "The specified time range is empty.",
    "timeMax",
    "calendar",
  ],
  timeRangeTooLong: [
    () => ana.post(`${root}/freeBusy`, at("2026-01-01", "2026-06-01")),
    400,
    "timeRangeTooLong",
    "The requested time range is too long.",
    "timeMax",
    "calendar",
  ],
  channelIdNotUnique: [
    async () => {
      await ana.post(`${own()}/events/watch`, channel({}));
      return ana.post(`${own()}/events/watch`, channel({}));
    },
    400,
    "channelIdNotUnique",
    "Channel id channel-of-reasons not unique",
    "id",
  ],
  idempotencyKeyReused: [
    async () => {
      const key = { "Idempotency-Key": "of-the-reasons" };
      await ana.post(`${own()}/events`, { start: { date: "2026-03-02" }, end: { date: "2026-03-03" } }, key);
      return ana.post(`${own()}/events`, { start: { date: "2026-03-04" }, end: { date: "2026-03-05" } }, key);
    },
    422,
    "idempotencyKeyReused",
    "This Idempotency-Key was used for another request. Use it again only to repeat that one.",
    "header:Idempotency-Key",
  ],
  webhookUrlNotHttps: [
    () => ana.post(`${own()}/events/watch`, channel({ address: "ftp://x.example/" })),
    400,
    "push.webhookUrlNotHttps",
    "WebHook callback must be HTTPS: ftp://x.example/",
    "address",
  ],
  webhookUrlUnauthorized: [
    () => ana.post(`${own()}/events/watch`, channel({ address: "https://10.0.0.1/" })),
    400,
    "push.webhookUrlUnauthorized",
    "Unauthorized WebHook callback channel: the host is not on the public internet.",
    "address",
  ],
  invalidSequence: [
    async () => ana.patch(`${own()}/events/${(await event({ sequence: 2 })).id}`, { sequence: 1 }),
    400,
    "invalid",
    "Invalid sequence value. The specified sequence number is below the current sequence number of the resource.",
    "sequence",
  ],
  invalidSyncToken: [() => ana.get(`${own()}/events?syncToken=none`), 400, "invalid", "Invalid sync token value.", "syncToken"],
  notFound: [() => ana.get(`${own()}/events/nowhere`), 404, "notFound", "Not Found"],
  methodNotAllowed: [
    () => ana.post(own(), {}),
    405,
    "httpMethodNotAllowed",
    "This endpoint takes DELETE, GET, HEAD, PATCH, PUT only.",
  ],
  duplicate: [
    async () => {
      await event({ id: "doubled0" });
      return ana.post(`${own()}/events`, { ...morning, id: "doubled0" });
    },
    409,
    "duplicate",
    "The requested identifier already exists.",
  ],
  deleted: [
    async () => {
      const path = `${own()}/events/${(await event()).id}`;
      await ana.delete(path);
      return ana.delete(path);
    },
    410,
    "deleted",
    "Resource has been deleted",
  ],
  conditionNotMet: [
    async () => ana.delete(`${own()}/events/${(await event()).id}`, { "If-Match": '"0"' }),
    412,
    "conditionNotMet",
    "Precondition Failed",
    "header:If-Match",
  ],
  uploadTooLarge: [
    () => ana.post(`${own()}/events`, { summary: "x".repeat(1_100_000) }),
    413,
    "uploadTooLarge",
    "The request body is too large.",
  ],
  unsupportedMediaType: [
    () => ana.post(`${own()}/events`, "<x/>", { "Content-Type": "text/xml" }),
    415,
    "unsupportedMediaType",
    "The body must be application/json.",
    "header:Content-Type",
  ],
};

describe("a refusal", () => {
  fact(
    42,
    "has Google's status, domain, reason, message and location, whatever triggers it",
    async () => {
      const seen: Record<string, unknown> = {};
      const expected: Record<string, unknown> = {};
      for (const [name, [trigger, status, reason, message, place, domain = "global"]] of Object.entries(triggers)) {
        const location = place?.replace("header:", "");
        const locationType = place?.startsWith("header:") ? "header" : "parameter";
        const first = { domain, reason, message, ...(location && { locationType, location }) };
        expected[name] = { status, body: { error: { errors: [first], code: status, message } } };
        const answer = await trigger();
        seen[name] = { status: answer.status, body: answer.body };
      }
      expect(seen).toEqual(expected);
    },
    60_000,
  );

  fact(42, "that no trigger here brings about is shown by another test, or cannot be brought about by a client", () => {
    const known = [...Object.keys(triggers), ...Object.keys(shownElsewhere)];
    expect(known.sort()).toEqual(Object.keys(failures).sort());
    return Promise.resolve();
  });

  fact(42, "has one of the reasons that tools know, or there is a word on why it never has it", () => {
    const ours = Object.entries(failures).map(([name, kind]) => ("reason" in kind ? (kind.reason as string) : name));
    for (const reason of reasonsOfGoogle) {
      expect([reason, ours.includes(reason) !== reason in neverOurs]).toEqual([reason, true]);
    }
    return Promise.resolve();
  });
});
