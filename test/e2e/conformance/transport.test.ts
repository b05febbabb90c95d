/** Facts 1 to 9: how calls travel. Credentials, ids, queries, retries, errors, conditions, compression; batches and Discovery. */
import { once } from "node:events";
import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { auth, calendar as googleCalendar } from "@googleapis/calendar";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { type Client, clientOf, fact, headerOf, listen, newCalendarOf, refusalOf, timed } from "./client.ts";

/** A load balancer in front of the API: it serves it under a path of its own, and fails as often as it is told to. */
class Balancer {
  readonly server: Server;
  failures = 0;
  seen: string[] = [];

  constructor(target: string) {
    this.server = createServer((incoming, outgoing) => {
      this.seen.push(incoming.method ?? "");
      if (this.failures > 0) {
        this.failures -= 1;
        incoming.resume().on("end", () => outgoing.writeHead(503).end());
        return;
      }
      const path = (incoming.url ?? "").replace(/^\/behind\/a\/prefix/, "");
      const { method, headers } = incoming;
      incoming.pipe(
        request(`${target}${path}`, { method, headers }, (answer) => {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
        }),
      );
    }).listen(0, "127.0.0.1");
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
}

let api: Api;
let ana: Person;
let client: Client;
let balancer: Balancer;
beforeAll(async () => {
  api = await startApi();
  ana = await api.person();
  client = clientOf(api, ana);
  balancer = new Balancer(api.url);
  await once(balancer.server, "listening");
});
afterAll(async () => {
  balancer.server.closeAllConnections();
  balancer.server.close();
  await api.stop();
});

const bearer = (key: string) => {
  const oauth = new auth.OAuth2();
  oauth.setCredentials({ access_token: key });
  return oauth;
};
const styles = (key: string) =>
  ({
    "?key=": [{ auth: key }, (asked: ReturnType<typeof listen>["requests"][0]) => asked.query.get("key")],
    "X-Goog-Api-Key": [{ auth: auth.fromAPIKey(key) as never }, (asked) => asked.headers["x-goog-api-key"]],
    Authorization: [{ auth: bearer(key) }, (asked) => `${asked.headers.authorization}`.replace(/^Bearer /, "")],
    "X-API-Key": [{ headers: { "X-API-Key": key } }, (asked) => asked.headers["x-api-key"]],
  }) satisfies Record<string, [object, (asked: ReturnType<typeof listen>["requests"][0]) => unknown]>;

describe("a credential", () => {
  fact(1, "is taken in each of the four ways the client can show it, also behind a path prefix, and never logged", async () => {
    for (const root of [`${api.url}/`, `${balancer.url}/behind/a/prefix/`]) {
      for (const [options, shown] of Object.values(styles(ana.key))) {
        const { requests, end } = listen();
        const own = googleCalendar({ version: "v3", rootUrl: root, ...options });
        const { status, data } = await own.calendarList.list();
        end();
        expect([status, data.items?.[0]?.id]).toEqual([200, ana.email]);
        expect(shown(requests.at(-1) as (typeof requests)[0])).toBe(ana.key);
      }
    }
    expect(api.lines.join()).not.toContain(ana.key);
  });

  fact(1, "that is wrong or missing is refused with 401 in each of the four ways", async () => {
    const wrong = { status: 401, domain: "global", reason: "authError", message: "Invalid Credentials" };
    const place = { locationType: "header", location: "Authorization" };
    for (const [options] of Object.values(styles("cal_wrong"))) {
      const own = googleCalendar({ version: "v3", rootUrl: `${api.url}/`, ...options });
      expect(await refusalOf(own.calendarList.list())).toEqual({ ...wrong, ...place });
    }
    const nobody = googleCalendar({ version: "v3", rootUrl: `${api.url}/` });
    expect(await refusalOf(nobody.calendarList.list())).toEqual({
      ...wrong,
      ...place,
      reason: "required",
      message: "Login Required",
    });
  });
});

describe("a request", () => {
  fact(2, "has ids percent-encoded: one with a slash, a hash, spaces or any letter reaches its method whole", async () => {
    for (const calendarId of ["a b@x.org/č", "en.usa#holiday@group.v.calendar.google.com", "a/b/c", "100%"]) {
      const lines = api.lines.length;
      expect(await refusalOf(client.calendars.get({ calendarId }))).toMatchObject({ status: 404, reason: "notFound" });
      expect(JSON.parse(api.lines[lines] as string)).toMatchObject({ route: "calendars.get", status: 404 });
    }
    const scope = { type: "user", value: "o'neil+team@example.org" };
    const { data: rule } = await client.acl.insert({ calendarId: "primary", requestBody: { role: "reader", scope } });
    expect((await client.acl.get({ calendarId: ana.email, ruleId: rule.id as string })).data).toEqual(rule);
    await expect(client.calendars.get({ calendarId: ".." })).rejects.toThrow(/\.\./);
  });

  fact(3, "repeats arrays, writes booleans as words, and has no body and no type where there is nothing to say", async () => {
    const { requests, end } = listen();
    await client.events.list({
      calendarId: "primary",
      eventTypes: ["default", "birthday"],
      privateExtendedProperty: ["a=b c", "d=e&f"],
      singleEvents: true,
      showDeleted: false,
    });
    const quick = await client.events.quickAdd({ calendarId: "primary", text: "lunch at noon" });
    const cleared = await client.calendars.clear({ calendarId: "primary" });
    end();

    const [list, ...posts] = requests;
    expect(list?.query.getAll("eventTypes")).toEqual(["default", "birthday"]);
    expect(list?.query.getAll("privateExtendedProperty")).toEqual(["a=b c", "d=e&f"]);
    expect([list?.query.get("singleEvents"), list?.query.get("showDeleted")]).toEqual(["true", "false"]);
    for (const { headers } of posts) expect([headers["content-type"], headers["content-length"]]).toEqual([undefined, "0"]);
    expect([quick.status, quick.data.summary, cleared.status]).toEqual([200, "lunch", 204]);
  });

  fact(
    4,
    "is tried again by the client unless it is a POST or PATCH; with an id of its own an insert can be repeated",
    async () => {
      const away = googleCalendar({ version: "v3", rootUrl: `${balancer.url}/`, headers: { "X-API-Key": ana.key } });
      balancer.seen = [];
      balancer.failures = 2;
      expect((await away.colors.get()).status).toBe(200);
      expect(balancer.seen).toEqual(["GET", "GET", "GET"]);

      const requestBody = { id: "once0", ...timed("2026-03-09T09:00:00") };
      balancer.failures = 1;
      await expect(away.events.insert({ calendarId: "primary", requestBody })).rejects.toMatchObject({ status: 503 });
      expect((await away.events.insert({ calendarId: "primary", requestBody })).data.id).toBe("once0");
      const again = await refusalOf(away.events.insert({ calendarId: "primary", requestBody }));
      expect(again).toMatchObject({ status: 409, reason: "duplicate" });
    },
  );
});

describe("an answer", () => {
  fact(5, "that refuses has Google's body, which the client shows as status, code and message", async () => {
    const url = `${api.url}/calendar/v3/calendars/primary/events?timeMin=2026-03-02T00:00:00Z&timeMax=2026-03-01T00:00:00Z`;
    const answer = await fetch(url, { headers: { "X-API-Key": ana.key } });
    const message = "The specified time range is empty.";
    const first = { domain: "calendar", reason: "timeRangeEmpty", message, locationType: "parameter", location: "timeMax" };

    expect(await answer.json()).toEqual({ error: { errors: [first], code: 400, message } });
    const timeMin = "2026-03-02T00:00:00Z";
    const refusal = await refusalOf(client.events.list({ calendarId: "primary", timeMin, timeMax: "2026-03-01T00:00:00Z" }));
    expect(refusal).toEqual({ status: 400, ...first });
  });

  fact(6, "304 comes as success without data; one of 204 is empty, says so in Content-Length, and has a Date", async () => {
    const { data: event } = await client.events.insert({ calendarId: "primary", requestBody: timed("2026-03-09T09:00:00") });
    const known = { headers: { "If-None-Match": event.etag as string } };
    const { status, data } = await client.events.get({ calendarId: "primary", eventId: event.id as string }, known);
    expect([status, data]).toEqual([304, ""]);

    const calendarId = await newCalendarOf(client);
    const path = `/calendar/v3/calendars/${encodeURIComponent(calendarId)}`;
    for (const [method, gone] of [
      ["DELETE", `/calendar/v3/calendars/primary/events/${event.id}`],
      ["POST", "/calendar/v3/calendars/primary/clear"],
      ["DELETE", path],
    ] as const) {
      const answer = await fetch(`${api.url}${gone}`, { method, headers: { "X-API-Key": ana.key } });
      expect([answer.status, await answer.text(), answer.headers.get("content-length")]).toEqual([204, "", "0"]);
      expect(Math.abs(Date.parse(answer.headers.get("date") ?? "") - Date.now())).toBeLessThan(5_000);
    }
  });

  fact(7, "is packed when the client asks for it, which it always does, and is JSON in UTF-8 by its type", async () => {
    const { requests, end } = listen();
    const { headers } = await client.colors.get();
    end();
    expect(requests[0]?.headers["accept-encoding"]).toContain("gzip");
    expect(headerOf(headers, "content-encoding")).toBe("gzip");
    expect(headerOf(headers, "content-type")).toBe("application/json; charset=UTF-8");
  });
});
