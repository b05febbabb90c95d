import type { ALBEvent } from "aws-lambda";
import { createAdapter, type Mount } from "#container/adapter.ts";
import { send } from "./http-client.ts";
import { startAdapter, stopAdapters } from "./start-adapter.ts";

afterEach(stopAdapters);

/** A handler that answers with the route it is mounted at and the path it saw. */
const named = (method: string, route: string): Mount => ({
  method,
  route,
  handler: async (event: ALBEvent) => ({ statusCode: 200, body: `${event.httpMethod} ${route} ${event.path}` }),
});

const get = async (root: string, target: string): Promise<string> => {
  const { status, body } = await send(root, { target });
  return `${status} ${body}`;
};

describe("which handler answers", () => {
  it("prefers the static segment, and comes back to the placeholder when the rest does not fit", async () => {
    const { root } = await startAdapter({
      mounts: [
        named("GET", "/c/{id}/events"),
        named("GET", "/c/primary"),
        named("GET", "/c/{id}/events/{eventId}"),
        named("GET", "/c/{id}/events/import"),
      ],
    });

    expect(await get(root, "/c/primary")).toBe("200 GET /c/primary /c/primary");
    expect(await get(root, "/c/primary/events")).toBe("200 GET /c/{id}/events /c/primary/events");
    expect(await get(root, "/c/x/events/import")).toBe("200 GET /c/{id}/events/import /c/x/events/import");
    expect(await get(root, "/c/x/events/imports")).toBe("200 GET /c/{id}/events/{eventId} /c/x/events/imports");
  });

  it("does not split at an encoded slash, and passes the path on undecoded", async () => {
    const { root } = await startAdapter({ mounts: [named("GET", "/c/{id}"), named("GET", "/c/{id}/events")] });

    expect(await get(root, "/c/a%2Fevents")).toBe("200 GET /c/{id} /c/a%2Fevents");
    expect(await get(root, "/c/a%2fb%40c%25d/events")).toBe("200 GET /c/{id}/events /c/a%2fb%40c%25d/events");
  });

  it("takes ids of 1024 characters and more", async () => {
    const { root } = await startAdapter({ mounts: [named("GET", "/c/{id}/events"), named("GET", "/feeds/{secret}.ics")] });
    const id = "x".repeat(1024) + "%C3%BC".repeat(500);

    expect(await get(root, `/c/${id}/events?q=${"y".repeat(8000)}`)).toBe(`200 GET /c/{id}/events /c/${id}/events`);
    expect(await get(root, `/feeds/${id}.ics`)).toBe(`200 GET /feeds/{secret}.ics /feeds/${id}.ics`);
  });

  it("takes placeholders in a part of a segment, colons, and the rest of a path", async () => {
    const { root } = await startAdapter({
      mounts: [
        named("GET", "/feeds/{secret}.ics"),
        named("GET", "/u/{id}:pause"),
        named("GET", "/u:all"),
        named("GET", "/dav/{path+}"),
      ],
    });

    expect(await get(root, "/feeds/a%2Fb.c.ics")).toMatch(/^200 /);
    expect(await get(root, "/feeds/.ics")).toMatch(/^404 /);
    expect(await get(root, "/feeds/abc")).toMatch(/^404 /);
    expect(await get(root, "/u/7:pause")).toMatch(/^200 /);
    expect(await get(root, "/u/7:stop")).toMatch(/^404 /);
    expect(await get(root, "/u:all")).toMatch(/^200 /);
    expect(await get(root, "/u:none")).toMatch(/^404 /);
    expect(await get(root, "/dav/a//b/")).toMatch(/^200 /);
    expect(await get(root, "/dav/")).toMatch(/^200 /);
  });

  it("answers 404 to what nobody mounted: other case, slash at the end, empty id", async () => {
    const { root, refusals } = await startAdapter({ mounts: [named("GET", "/c/{id}/events"), named("GET", "/c/{id}")] });

    for (const target of ["/C/x/events", "/c/x/events/", "/c//events", "/c/", "/", "/c/x/y"]) {
      expect(await get(root, target)).toBe('404 {"kind":"routeNotFound"}');
    }
    expect(refusals).toHaveLength(6);
  });

  it("answers 405 with the verbs that the path knows", async () => {
    const { root } = await startAdapter({
      mounts: [named("PUT", "/c/{id}"), named("GET", "/c/{id}"), named("PROPFIND", "/c/{id}"), named("POST", "/c")],
    });

    const put = await send(root, { method: "DELETE", target: "/c/x" });
    const options = await send(root, { method: "OPTIONS", target: "/c" });

    expect([put.status, put.headers.allow, String(put.body)]).toEqual([
      405,
      ["GET, HEAD, PROPFIND, PUT"],
      '{"kind":"methodNotAllowed"}',
    ]);
    expect([options.status, options.headers.allow]).toEqual([405, ["POST"]]);
  });

  it("refuses a path with a broken percent-escape, on any verb", async () => {
    const { root } = await startAdapter({ mounts: [named("GET", "/c/{id}")] });

    expect(await get(root, "/c/%zz")).toBe('400 {"kind":"malformedRequest"}');
    expect(await get(root, "/c/%E0%A4")).toBe('400 {"kind":"malformedRequest"}');
    expect((await send(root, { method: "PATCH", target: "/c/%" })).status).toBe(400);
  });

  it.each([
    "PROPFIND",
    "PROPPATCH",
    "REPORT",
    "MKCALENDAR",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "ACL",
    "SEARCH",
    "OPTIONS",
    "QUERY",
  ])("knows %s", async (method) => {
    const { root } = await startAdapter({ mounts: [named(method, "/dav/{path+}")] });

    const { status, body } = await send(root, { method, target: "/dav/x/", body: "<x/>" });

    expect(`${status} ${body}`).toBe(`200 ${method} /dav/{path+} /dav/x/`);
  });

  it("answers HEAD by the handler for GET, without the body, unless HEAD has its own", async () => {
    const { root } = await startAdapter({
      mounts: [
        named("GET", "/a"),
        named("GET", "/b"),
        { method: "HEAD", route: "/b", handler: async () => ({ statusCode: 200, headers: { "Content-Length": 12_345 } }) },
      ],
    });

    const a = await send(root, { method: "HEAD", target: "/a" });
    const b = await send(root, { method: "HEAD", target: "/b" });

    expect([a.status, a.headers["content-length"], a.body.length]).toEqual([200, [String("HEAD /a /a".length)], 0]);
    expect([b.status, b.headers["content-length"], b.body.length]).toEqual([200, ["12345"], 0]);
  });

  it("takes a request target with scheme and host for its path", async () => {
    const { root } = await startAdapter({ mounts: [named("GET", "/a")] });

    expect(await get(root, "http://calendar.example.com/a?b=c")).toBe("200 GET /a /a");
  });

  it("refuses to start with two handlers for one route, and names both", () => {
    const start = () =>
      createAdapter({
        mounts: [named("GET", "/c/{id}/events"), named("POST", "/c/{calendarId}/events"), named("GET", "/c/{calendarId}/events")],
        refuse: ({ status }) => ({ statusCode: status }),
        maxBodyBytes: 1,
        maxConcurrent: 1,
        maxQueued: 1,
      });

    expect(start).toThrow("Two handlers for one route: GET /c/{id}/events and GET /c/{calendarId}/events");
  });
});
