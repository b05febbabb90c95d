/** The real things that requests are about: people with keys and calendars. Requests use them up, so new ones come all the time. */
import { randomUUID } from "node:crypto";
import { callServer } from "#test/support/server-process.ts";
import type { Kind } from "./values.ts";

interface SceneCalendar {
  readonly id: string;
  readonly events: string[];
  readonly rules: string[];
}

/** A person, what they have, and what the server told about it. */
export interface Scene {
  readonly userId: string;
  readonly email: string;
  readonly key: string;
  /** Keys of theirs that may be lost, by id, and some that can do less. */
  readonly keyIds: string[];
  readonly limitedKeys: string[];
  readonly calendars: SceneCalendar[];
  readonly channels: { readonly id: string; readonly resourceId: string }[];
  readonly pageTokens: string[];
  readonly syncTokens: string[];
  readonly etags: string[];
}

const most = 12;

/** Keeps the latest, and not too many. */
const keep = <T>(list: T[], item: T): void => {
  list.push(item);
  if (list.length > most) list.shift();
};

const at = <T>(list: readonly T[], pick: number): T | undefined => list[pick % list.length];

const settings = ["timezone", "weekStart", "locale", "format24HourTime", "defaultEventLength", "hideWeekends", "nosuch"];

let made = 0;

export class Scenes {
  readonly url: string;
  private readonly scenes: Scene[] = [];
  private readonly groups: string[] = [];

  constructor(url: string) {
    this.url = url;
  }

  /** Makes another person, as good clients do; throws when a good request fails. */
  async add(): Promise<Scene> {
    made += 1;
    const number = made;
    const email = `fuzz${number}-${process.pid}@example.org`;
    const call = async (method: string, path: string, body?: unknown, key?: string) => {
      const answer = await callServer(this.url, method, path, body, key ? { "X-API-Key": key } : {});
      if (answer.status >= 300) throw new Error(`A good request failed: ${method} ${path} ${JSON.stringify(answer)}`);
      return answer.body;
    };
    const user = await call("POST", "/v1/users", { email, timeZone: "Europe/Berlin" });
    const { key } = await call("POST", `/v1/users/${user.id}/keys`, { name: "main" });
    const spare = await call("POST", "/v1/users/me/keys", { name: "spare" }, key);
    const limited = await call("POST", "/v1/users/me/keys", { name: "limited", scopes: ["readonly"] }, key);
    const calendar = await call("POST", "/calendar/v3/calendars", { summary: "Team", timeZone: "America/New_York" }, key);
    const scene: Scene = {
      ...{ userId: user.id, email, key, keyIds: [spare.id], limitedKeys: [limited.key] },
      ...{ calendars: [], channels: [], pageTokens: [], syncTokens: [], etags: [] },
    };
    for (const id of [calendar.id, email]) {
      const path = `/calendar/v3/calendars/${encodeURIComponent(id)}`;
      const events: string[] = [];
      const span = (day: number) => ({ start: { date: `2026-03-${day}` }, end: { date: `2026-03-${day + 1}` } });
      const timed = {
        start: { dateTime: "2026-03-09T09:00:00Z", timeZone: "UTC" },
        end: { dateTime: "2026-03-09T10:00:00Z", timeZone: "UTC" },
      };
      const attendees = [{ email: this.scenes.at(-1)?.email ?? "guest@example.net" }];
      const bodies = [span(10), { ...timed, attendees }, { ...timed, recurrence: ["RRULE:FREQ=DAILY;COUNT=20"] }];
      for (const body of bodies) events.push((await call("POST", `${path}/events`, { summary: "Lunch", ...body }, key)).id);
      events.push(`${events[2]}_20260312T090000Z`);
      const rule = await call(
        "POST",
        `${path}/acl`,
        { role: "writer", scope: { type: "user", value: "guest@example.net" } },
        key,
      );
      const channel = { id: randomUUID(), type: "web_hook", address: "https://127.0.0.1:1025/" };
      scene.channels.push(await call("POST", `${path}/events/watch`, channel, key));
      scene.calendars.push({ id, events, rules: [rule.id] });
    }
    const shared = { role: "reader", scope: { type: "default" } };
    await call("POST", `/calendar/v3/calendars/${encodeURIComponent(calendar.id)}/acl`, shared, key);
    // One of the others' calendars, if it is still there.
    const [foreign] = this.scenes.at(-1)?.calendars ?? [];
    if (foreign) {
      const list = "/calendar/v3/users/me/calendarList";
      const { status } = await callServer(this.url, "POST", list, { id: foreign.id }, { "X-API-Key": key });
      if (status === 200) scene.calendars.push({ id: foreign.id, events: [], rules: [] });
    }
    const address = `team${number}-${process.pid}@example.org`;
    await call("POST", "/v1/groups", { email: address });
    for (const member of [email, "guest@example.net"]) await call("PUT", `/v1/groups/${address}/members/${member}`);
    keep(this.groups, address);
    keep(this.scenes, scene);
    return scene;
  }

  /** Somebody is gone. */
  drop(scene: Scene): void {
    const index = this.scenes.indexOf(scene);
    if (index >= 0 && this.scenes.length > 1) this.scenes.splice(index, 1);
  }

  one(pick: number): Scene {
    return at(this.scenes, pick) as Scene;
  }

  /** Something real of a kind, mostly of the scene and its calendar; undefined when there is none yet. */
  find(kind: Kind, pick: number, scene: Scene, calendar: SceneCalendar | undefined): string | undefined {
    const other = pick % 8 === 0 ? this.one(pick >> 3) : scene;
    switch (kind) {
      case "calendarId":
        return other === scene ? calendar?.id : at(other.calendars, pick)?.id;
      case "eventId":
        return at(other === scene ? (calendar?.events ?? []) : (at(other.calendars, pick)?.events ?? []), pick >> 3);
      case "ruleId":
        return at(calendar?.rules ?? [], pick);
      case "userId":
        return other.userId;
      case "keyId":
        return at(other.keyIds, pick >> 3);
      case "email":
        return this.one(pick).email;
      case "groupId":
        return at(this.groups, pick);
      case "channelId":
        return scene.channels.at(-1)?.id;
      case "resourceId":
        return scene.channels.at(-1)?.resourceId;
      case "pageToken":
        return at(other.pageTokens, pick >> 3);
      case "syncToken":
        return at(other.syncTokens, pick >> 3);
      case "etag":
        return at(other.etags, pick >> 3);
      case "setting":
        return at(settings, pick);
    }
  }

  /** Learns from an answer to a scene's request: what there is now, and where lists go on. */
  // biome-ignore lint/suspicious/noExplicitAny: answers have every shape.
  learn(scene: Scene, calendarId: string | undefined, body: any): void {
    if (typeof body !== "object" || body === null) return;
    if (typeof body.nextPageToken === "string") keep(scene.pageTokens, body.nextPageToken);
    if (typeof body.nextSyncToken === "string") keep(scene.syncTokens, body.nextSyncToken);
    if (typeof body.etag === "string") keep(scene.etags, body.etag);
    const calendar = scene.calendars.find(({ id }) => id === calendarId);
    for (const item of [body, ...(Array.isArray(body.items) ? body.items.slice(0, 5) : [])]) {
      if (typeof item?.id !== "string") continue;
      if (item.kind === "calendar#event" && calendar) keep(calendar.events, item.id);
      if (item.kind === "calendar#aclRule" && calendar) keep(calendar.rules, item.id);
      if (item.kind === "calendar#calendar" && item === body && !scene.calendars.some(({ id }) => id === item.id)) {
        keep(scene.calendars, { id: item.id, events: [], rules: [] });
      }
      if (item.kind === "calendar#apiKey" && item.name !== "main" && item.userId === scene.userId) keep(scene.keyIds, item.id);
      if (item.kind === "api#channel") keep(scene.channels, { id: item.id, resourceId: item.resourceId });
    }
  }
}
