/** A request that succeeds, for every endpoint that changes something; what it needs is made when it is asked for. */
import { randomUUID } from "node:crypto";
import type { Api, Call, Person } from "#test/support/api.ts";
import { at, newCalendar } from "#test/support/events.ts";

export interface Request {
  readonly path: string;
  readonly call: Call;
}

type Make = (api: Api) => Promise<Request>;

const ofPerson = (person: Person, path: string, body?: unknown, headers: Call["headers"] = {}): Request => ({
  path,
  call: { key: person.key, headers, ...(body !== undefined && { body }) },
});
const ofAdmin = ({ adminKey }: Api, path: string, body?: unknown): Request => ({
  path,
  call: { key: adminKey, ...(body !== undefined && { body }) },
});

const lunch = { summary: "Lunch", ...at("2026-03-09T12:00:00") };
const list = "/calendar/v3/users/me/calendarList";
const calendars = "/calendar/v3/calendars";
const encode = encodeURIComponent;

/** A person with a calendar and, if it is asked for, an event on it. */
const setting = async (api: Api, event?: object) => {
  const person = await api.person();
  const calendar = await newCalendar(person);
  const own = `${calendars}/${encode(calendar.id)}`;
  const made = event && (await calendar.insert(event));
  return { person, own, calendarId: calendar.id, events: calendar.path, event: `${calendar.path}/${made?.id}`, made };
};

const withRule = async (api: Api) => {
  const { person, own } = await setting(api);
  const scope = { type: "user", value: `${randomUUID()}@example.net` };
  const rule = await person.post(`${own}/acl`, { scope, role: "reader" });
  return { person, rule: `${own}/acl/${encode(rule.body.id)}`, scope };
};

const withEntry = async (api: Api) => {
  const { person, own, calendarId } = await setting(api);
  const reader = await api.person();
  await person.post(`${own}/acl`, { scope: { type: "user", value: reader.email }, role: "reader" });
  await reader.post(list, { id: calendarId });
  return { reader, calendarId, entry: `${list}/${encode(calendarId)}` };
};

const withGroup = async (api: Api) => {
  const email = `${randomUUID()}@example.net`;
  await api.call("POST", "/v1/groups", ofAdmin(api, "", { email }).call);
  await api.call("PUT", `/v1/groups/${email}/members/member@example.net`, ofAdmin(api, "").call);
  return `/v1/groups/${email}`;
};

const withKey = async (api: Api) => {
  const person = await api.person();
  const key = await person.post("/v1/users/me/keys", { name: "old" });
  return { person, path: `/v1/users/me/keys/${key.body.id}` };
};

const channel = () => ({ id: randomUUID(), type: "web_hook", address: "https://1.1.1.1/hook?secret=x" });

const series = { ...lunch, recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] };
const calendarText = [
  "BEGIN:VCALENDAR",
  "VERSION:2.0",
  "PRODID:-//test//EN",
  "BEGIN:VEVENT",
  "UID:imported@example.net",
  "DTSTAMP:20260301T000000Z",
  "DTSTART:20260309T090000Z",
  "DTEND:20260309T100000Z",
  "SUMMARY:Imported",
  "END:VEVENT",
  "END:VCALENDAR",
  "",
].join("\r\n");

export const changes: Readonly<Record<string, Make>> = {
  "acl.insert": async (api) => {
    const { person, own } = await setting(api);
    return ofPerson(person, `${own}/acl`, { scope: { type: "user", value: "guest@example.net" }, role: "reader" });
  },
  "acl.patch": async (api) => {
    const { person, rule } = await withRule(api);
    return ofPerson(person, rule, { role: "writer" });
  },
  "acl.update": async (api) => {
    const { person, rule, scope } = await withRule(api);
    return ofPerson(person, rule, { role: "writer", scope });
  },
  "acl.delete": async (api) => {
    const { person, rule } = await withRule(api);
    return ofPerson(person, rule);
  },
  "acl.watch": async (api) => {
    const { person, own } = await setting(api);
    return ofPerson(person, `${own}/acl/watch`, channel());
  },
  "calendarList.insert": async (api) => {
    const { reader, calendarId, entry } = await withEntry(api);
    await reader.delete(entry);
    return ofPerson(reader, list, { id: calendarId });
  },
  "calendarList.patch": async (api) => {
    const { reader, entry } = await withEntry(api);
    return ofPerson(reader, entry, { hidden: true });
  },
  "calendarList.update": async (api) => {
    const { reader, entry } = await withEntry(api);
    return ofPerson(reader, entry, { hidden: true });
  },
  "calendarList.delete": async (api) => {
    const { reader, entry } = await withEntry(api);
    return ofPerson(reader, entry);
  },
  "calendarList.watch": async (api) => ofPerson(await api.person(), `${list}/watch`, channel()),
  "settings.watch": async (api) => ofPerson(await api.person(), "/calendar/v3/users/me/settings/watch", channel()),
  "channels.stop": async (api) => {
    const { person, events } = await setting(api);
    const { id, resourceId } = (await person.post(`${events}/watch`, channel())).body;
    return ofPerson(person, "/calendar/v3/channels/stop", { id, resourceId });
  },
  "calendars.insert": async (api) => ofPerson(await api.person(), calendars, { summary: "New" }),
  "calendars.patch": async (api) => {
    const { person, own } = await setting(api);
    return ofPerson(person, own, { summary: "Changed" });
  },
  "calendars.update": async (api) => {
    const { person, own } = await setting(api);
    return ofPerson(person, own, { summary: "Changed" });
  },
  "calendars.delete": async (api) => {
    const { person, own } = await setting(api, lunch);
    return ofPerson(person, own);
  },
  "calendars.clear": async (api) => ofPerson(await api.person(), `${calendars}/primary/clear`),
  "calendars.import": async (api) => {
    const { person, calendarId } = await setting(api);
    return ofPerson(person, `/v1/calendars/${encode(calendarId)}/import`, calendarText, { "Content-Type": "text/calendar" });
  },
  "calendars.transferOwnership": async (api) => {
    const { own } = await setting(api);
    const other = await api.person();
    return ofAdmin(api, `${own}/transferOwnership?useAdminAccess=true&newDataOwner=${encode(other.email)}`);
  },
  "events.insert": async (api) => {
    const { person, events } = await setting(api);
    const guest = await api.person();
    return ofPerson(person, events, { ...lunch, attendees: [{ email: guest.email }] });
  },
  "events.import": async (api) => {
    const { person, events } = await setting(api);
    return ofPerson(person, `${events}/import`, { ...lunch, iCalUID: "one@example.net" });
  },
  "events.quickAdd": async (api) => {
    const { person, events } = await setting(api);
    return ofPerson(person, `${events}/quickAdd?text=${encode("Lunch tomorrow 12:00")}`);
  },
  "events.patch": async (api) => {
    const { person, event } = await setting(api, lunch);
    return ofPerson(person, event, { summary: "Dinner" });
  },
  "events.update": async (api) => {
    const { person, event } = await setting(api, lunch);
    return ofPerson(person, event, { ...lunch, summary: "Dinner" });
  },
  "events.delete": async (api) => {
    const { person, event } = await setting(api, lunch);
    return ofPerson(person, event);
  },
  "events.move": async (api) => {
    const { person, event } = await setting(api, lunch);
    return ofPerson(person, `${event}/move?destination=${encode(person.email)}`);
  },
  "events.split": async (api) => {
    const { person, calendarId, event, made } = await setting(api, series);
    const { items } = (await person.get(`${event}/instances`)).body;
    const split = (api.endpoints.find(({ description }) => description.id === "events.split")?.description.route ?? "").split(
      " ",
    )[1];
    const path = split?.replace("{calendarId}", encode(calendarId)).replace("{eventId}", items[2].id) ?? "";
    return ofPerson(person, path, { summary: `${made?.summary} later` });
  },
  "events.watch": async (api) => {
    const { person, events } = await setting(api);
    return ofPerson(person, `${events}/watch`, channel());
  },
  "groups.insert": async (api) => ofAdmin(api, "/v1/groups", { email: `${randomUUID()}@example.net` }),
  "groups.delete": async (api) => ofAdmin(api, await withGroup(api)),
  "groupMembers.insert": async (api) => ofAdmin(api, `${await withGroup(api)}/members/another@example.net`),
  "groupMembers.delete": async (api) => ofAdmin(api, `${await withGroup(api)}/members/member@example.net`),
  "keys.insert": async (api) => ofPerson(await api.person(), "/v1/users/me/keys", { name: "another" }),
  "keys.revoke": async (api) => {
    const { person, path } = await withKey(api);
    return ofPerson(person, path);
  },
  "keys.rotate": async (api) => {
    const { person, path } = await withKey(api);
    return ofPerson(person, `${path}/rotate`, {});
  },
  // Where its bucket is, is for the test to say.
  "profiles.record": async (api) => ofAdmin(api, "/v1/profiles", { seconds: 1 }),
  "users.insert": async (api) => ofAdmin(api, "/v1/users", { email: `${randomUUID()}@example.net` }),
  "users.delete": async (api) => ofAdmin(api, `/v1/users/${(await api.person()).id}`),
  "users.setSetting": async (api) => ofPerson(await api.person(), "/v1/users/me/settings/weekStart", { value: "1" }),
};

/** Endpoints of other methods than GET that change nothing themselves. */
export const reading: readonly string[] = [
  // Asks a question that is too long for an address.
  "freebusy.query",
  // Its parts are requests of their own, each with an entry of its own.
  "batch.run",
];
