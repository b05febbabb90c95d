/** All methods of the client, each called with every parameter that Google's types give it; one that is left out fails by its name. */
import { randomUUID } from "node:crypto";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { type Client, clientOf, listen, newCalendarOf, timed } from "./client.ts";
import { methodsOfGoogle, standardParameters } from "./google-types.ts";

let api: Api;
let ana: Person;
let ben: Person;
let client: Client;
let admin: Client;
let calendarId: string;
let bens: string;
beforeAll(async () => {
  api = await startApi({ pushAllowLoopback: true });
  [ana, ben] = [await api.person(), await api.person()];
  client = clientOf(api, ana);
  admin = clientOf(api, { key: api.adminKey });
  calendarId = await newCalendarOf(client);
  bens = await newCalendarOf(clientOf(api, ben));
  await ben.post(`/calendar/v3/calendars/${encodeURIComponent(bens)}/acl`, {
    role: "reader",
    scope: { type: "user", value: ana.email },
  });
});
afterAll(() => api.stop());

const morning = timed("2026-03-09T09:00:00");
const daily = { ...morning, recurrence: ["RRULE:FREQ=DAILY;COUNT=4"] };
const window = { timeMin: "2026-03-01T00:00:00Z", timeMax: "2026-04-01T00:00:00Z" };
const insert = async (requestBody: object = morning) =>
  (await client.events.insert({ calendarId, requestBody })).data.id as string;
const rule = async () => {
  const requestBody = { role: "reader", scope: { type: "user", value: `${randomUUID()}@x.example` } };
  return (await client.acl.insert({ calendarId, requestBody })).data.id as string;
};
const channel = () => ({ id: randomUUID(), type: "web_hook", address: "http://127.0.0.1:9999/" });
const notified = { sendNotifications: true, sendUpdates: "none" };
const knowing = { conferenceDataVersion: 1, eventLabelVersion: 1, supportsAttachments: true };
const writing = { ...notified, ...knowing, maxAttendees: 5, alwaysIncludeEmail: true };
const { alwaysIncludeEmail, ...inserting } = writing;
const ofLists = { ...window, updatedMin: window.timeMin, q: "x", iCalUID: "x", orderBy: "startTime", singleEvents: true };
const filters = {
  ...{ alwaysIncludeEmail, eventTypes: ["default", "birthday"], maxAttendees: 5, maxResults: 5, showDeleted: true },
  ...{ privateExtendedProperty: ["a=b"], sharedExtendedProperty: ["c=d"], showHiddenInvitations: true, timeZone: "Asia/Tokyo" },
};

type Calls = Readonly<Record<string, () => Promise<readonly { readonly status: number }[]>>>;

/** Calls of each method that have, together, every parameter it has. */
const calls: Calls = {
  "acl.delete": async () => [await client.acl.delete({ calendarId, ruleId: await rule() })],
  "acl.get": async () => [await client.acl.get({ calendarId, ruleId: await rule() })],
  "acl.insert": async () => {
    const requestBody = { role: "reader", scope: { type: "default" } };
    return [await client.acl.insert({ calendarId, requestBody, sendNotifications: false })];
  },
  "acl.list": async () => {
    await rule();
    const first = await client.acl.list({ calendarId, maxResults: 1, showDeleted: true });
    const pageToken = first.data.nextPageToken as string;
    const rest = await client.acl.list({ calendarId, maxResults: 250, showDeleted: true, pageToken });
    return [first, rest, await client.acl.list({ calendarId, syncToken: rest.data.nextSyncToken as string })];
  },
  "acl.patch": async () => {
    const asked = { calendarId, ruleId: await rule(), sendNotifications: true };
    return [await client.acl.patch({ ...asked, requestBody: { role: "writer" } })];
  },
  "acl.update": async () => {
    const asked = { calendarId, ruleId: await rule(), sendNotifications: true };
    return [await client.acl.update({ ...asked, requestBody: { role: "writer" } })];
  },
  "acl.watch": async () => {
    const tokens = { pageToken: "p", syncToken: "s" };
    return [await client.acl.watch({ calendarId, maxResults: 5, showDeleted: true, ...tokens, requestBody: channel() })];
  },
  "calendarList.insert": async () => {
    const requestBody = { id: bens, backgroundColor: "#0088aa", foregroundColor: "#ffffff" };
    return [await client.calendarList.insert({ colorRgbFormat: true, requestBody })];
  },
  "calendarList.get": async () => [await client.calendarList.get({ calendarId: bens })],
  "calendarList.list": async () => {
    const filters = { minAccessRole: "reader", showDeleted: true, showHidden: true, showOwnOrganizationOnly: true };
    const first = await client.calendarList.list({ ...filters, maxResults: 1 });
    const second = await client.calendarList.list({ ...filters, pageToken: first.data.nextPageToken as string });
    const whole = await client.calendarList.list();
    return [first, second, await client.calendarList.list({ syncToken: whole.data.nextSyncToken as string })];
  },
  "calendarList.patch": async () => {
    const requestBody = { backgroundColor: "#aa8800", foregroundColor: "#000000" };
    return [await client.calendarList.patch({ calendarId: bens, colorRgbFormat: true, requestBody })];
  },
  "calendarList.update": async () => {
    return [await client.calendarList.update({ calendarId: bens, colorRgbFormat: false, requestBody: { colorId: "3" } })];
  },
  "calendarList.delete": async () => [await client.calendarList.delete({ calendarId: bens })],
  "calendarList.watch": async () => {
    const filters = { minAccessRole: "reader", showDeleted: true, showHidden: true, showOwnOrganizationOnly: true };
    const tokens = { maxResults: 5, pageToken: "p", syncToken: "s" };
    return [await client.calendarList.watch({ ...filters, ...tokens, requestBody: channel() })];
  },
  "calendars.clear": async () => [await client.calendars.clear({ calendarId: "primary" })],
  "calendars.delete": async () => [await client.calendars.delete({ calendarId: await newCalendarOf(client) })],
  "calendars.get": async () => [await client.calendars.get({ calendarId })],
  "calendars.insert": async () => [await client.calendars.insert({ requestBody: { summary: "New" } })],
  "calendars.patch": async () => [await client.calendars.patch({ calendarId, requestBody: { description: "d" } })],
  "calendars.transferOwnership": async () => {
    const given = { calendarId: await newCalendarOf(client), newDataOwner: ben.email, useAdminAccess: true };
    const answer = await admin.calendars.transferOwnership(given);
    expect((await clientOf(api, ben).calendars.get(given)).data.dataOwner).toBe(ben.email);
    return [answer];
  },
  "calendars.update": async () => [await client.calendars.update({ calendarId, requestBody: { summary: "Team" } })],
  "channels.stop": async () => {
    const { data } = await client.settings.watch({ requestBody: channel() });
    return [await client.channels.stop({ requestBody: { id: data.id as string, resourceId: data.resourceId as string } })];
  },
  "colors.get": async () => [await client.colors.get()],
  "events.delete": async () => [await client.events.delete({ calendarId, eventId: await insert(), ...notified })],
  "events.get": async () => {
    const asked = { calendarId, eventId: await insert(), alwaysIncludeEmail, maxAttendees: 1, timeZone: "Asia/Tokyo" };
    return [await client.events.get(asked)];
  },
  "events.import": async () => {
    const requestBody = { ...morning, iCalUID: `${randomUUID()}@x.example` };
    return [await client.events.import({ calendarId, ...knowing, requestBody })];
  },
  "events.insert": async () => [await client.events.insert({ calendarId, ...inserting, requestBody: morning })],
  "events.instances": async () => {
    const asked = { calendarId, eventId: await insert(daily), alwaysIncludeEmail, maxAttendees: 1, timeZone: "Asia/Tokyo" };
    const shown = { ...window, maxResults: 1, showDeleted: true };
    const first = await client.events.instances({ ...asked, ...shown });
    const second = await client.events.instances({ ...asked, ...shown, pageToken: first.data.nextPageToken as string });
    const one = await client.events.instances({ ...asked, originalStart: "2026-03-10T09:00:00Z" });
    expect([second, one].map(({ data }) => data.items?.[0]?.originalStartTime?.dateTime)).toEqual([
      "2026-03-10T18:00:00+09:00",
      "2026-03-10T18:00:00+09:00",
    ]);
    return [first, second, one];
  },
  "events.list": async () => {
    await insert(daily);
    const all = await client.events.list({ calendarId, ...ofLists, ...filters });
    const first = await client.events.list({ calendarId, maxResults: 1 });
    const second = await client.events.list({ calendarId, pageToken: first.data.nextPageToken as string });
    return [all, second, await client.events.list({ calendarId, syncToken: second.data.nextSyncToken as string })];
  },
  "events.move": async () => {
    return [await client.events.move({ calendarId, eventId: await insert(), destination: "primary", ...notified })];
  },
  "events.patch": async () => {
    return [await client.events.patch({ calendarId, eventId: await insert(), ...writing, requestBody: { summary: "x" } })];
  },
  "events.quickAdd": async () => [await client.events.quickAdd({ calendarId, text: "Lunch at noon", ...notified })],
  "events.update": async () => {
    return [await client.events.update({ calendarId, eventId: await insert(), ...writing, requestBody: morning })];
  },
  "events.watch": async () => {
    const tokens = { pageToken: "p", syncToken: "s" };
    return [await client.events.watch({ calendarId, ...ofLists, ...filters, ...tokens, requestBody: channel() })];
  },
  "freebusy.query": async () => [await client.freebusy.query({ requestBody: { ...window, items: [{ id: "primary" }] } })],
  "settings.get": async () => [await client.settings.get({ setting: "weekStart" })],
  "settings.list": async () => {
    const first = await client.settings.list({ maxResults: 1 });
    const second = await client.settings.list({ pageToken: first.data.nextPageToken as string });
    return [first, second, await client.settings.list({ syncToken: second.data.nextSyncToken as string })];
  },
  "settings.watch": async () => {
    const tokens = { pageToken: "p", syncToken: "s" };
    return [await client.settings.watch({ maxResults: 5, ...tokens, requestBody: channel() })];
  },
};

/** The methods that the client has, by asking it. */
const methodsOfClient = (): string[] => {
  const nobody = clientOf({ url: "http://localhost" }, { key: "" });
  const { context, ...resources } = nobody as unknown as Record<string, object>;
  return Object.entries(resources).flatMap(([noun, resource]) =>
    Object.getOwnPropertyNames(Object.getPrototypeOf(resource))
      .filter((verb) => verb !== "constructor")
      .map((verb) => `${noun}.${verb}`.toLowerCase()),
  );
};

it("There are 38 methods of the client, and calls of each of them here", () => {
  const names = Object.keys(calls).map((name) => name.toLowerCase());
  expect(methodsOfClient()).toHaveLength(38);
  expect(names.sort()).toEqual(methodsOfClient().sort());
  expect([...methodsOfGoogle.keys()].sort()).toEqual(methodsOfClient().sort());
});

it.each(Object.entries(calls))("%s is answered, whatever it is asked with", async (name, call) => {
  const before = api.lines.length;
  const { requests, end } = listen();
  const answers = await call();
  end();

  const noContent = /delete|clear|stop|transferOwnership/.test(name);
  for (const { status } of answers) expect(status).toBe(noContent ? 204 : 200);
  const lines = api.lines.slice(before).map((line) => JSON.parse(line));
  const routes = lines.flatMap(({ message, route }) => (message === "request" ? [route] : []));
  const own = requests.filter((_, index) => routes[index] === name);
  expect(own.length).toBeGreaterThanOrEqual(answers.length);
  const inPath = name.startsWith("settings") ? ["setting"] : ["calendarId", "eventId", "ruleId"];
  const sent = [...inPath, ...own.flatMap(({ query }) => [...query.keys()])];
  expect(methodsOfGoogle.get(name.toLowerCase())?.filter((parameter) => !sent.includes(parameter))).toEqual([]);
});

it("Every method takes the parameters that all have", async () => {
  const values: Record<string, string> = {
    ...{
      alt: "json",
      fields: "kind,etag",
      key: ana.key,
      oauth_token: "none",
      prettyPrint: "true",
      quotaUser: "u",
      userIp: "::1",
    },
  };
  expect(Object.keys(values).sort()).toEqual([...standardParameters].sort());
  const { data } = await client.events.list({ calendarId, ...values } as never);
  expect(Object.keys(data as object).sort()).toEqual(["etag", "kind"]);
});
