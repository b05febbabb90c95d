import { readdirSync, readFileSync } from "node:fs";
import type { ALBEvent, ALBResult, Context } from "aws-lambda";
import { type Adapter, createAdapter, type EventMode, type Mount } from "#container/adapter.ts";
import { send } from "./http-client.ts";

/** Events written after AWS's documentation and published captures; none was recorded from a load balancer of ours. */
interface Captured {
  readonly about: string;
  readonly mode: EventMode;
  readonly request: { method: string; target: string; headers: string[][]; bodyBase64: string };
  readonly event: ALBEvent;
}

const folder = new URL("events/", import.meta.url);
const captured = readdirSync(folder).map((file): [string, Captured] => [
  file,
  JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Captured,
]);
const targetGroupArn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/calendar/8f2d9c4a1b7e6053";

/** Headers that belong to the connection between this test's client and the adapter, not to the request. */
const ofTheConnection = ["connection"];

/** Answers with what it saw, in ways that an answer can differ: cookies, a description, base64, an empty body. */
const mirror = async (event: ALBEvent, _context?: Context): Promise<ALBResult> => {
  if (event.httpMethod === "DELETE") return { statusCode: 204, multiValueHeaders: {}, headers: {} };
  const seen = JSON.stringify([event.httpMethod, event.path, event.body, event.isBase64Encoded]);
  const multi = event.multiValueHeaders !== undefined;
  return {
    statusCode: event.httpMethod === "POST" ? 201 : 200,
    statusDescription: event.httpMethod === "POST" ? "201 Made" : undefined,
    ...(multi
      ? {
          multiValueHeaders: {
            "Content-Type": ["application/json"],
            "Set-Cookie": ["a=1; Path=/", "b=2"],
            "X-Seen": [event.path],
          },
        }
      : { headers: { "Content-Type": "application/json", "X-Seen": event.path } }),
    body: event.isBase64Encoded ? Buffer.from(seen).toString("base64") : seen,
    isBase64Encoded: event.isBase64Encoded,
  };
};

const routes = [
  "/calendar/v3/calendars/{calendarId}/events",
  "/calendar/v3/calendars/{calendarId}/events/{eventId}",
  "/v1/calendars/{calendarId}/import",
  "/dav/{path+}",
];

describe("an ALB with a Lambda target and the adapter are the same to a handler and to a client", () => {
  let seen: ALBEvent[] = [];
  const adapters = new Map<EventMode, { adapter: Adapter; root: string }>();

  beforeAll(async () => {
    const record: Mount["handler"] = async (event, context) => {
      seen.push(event);
      return mirror(event, context);
    };
    const mounts = routes.flatMap((route) =>
      ["GET", "POST", "PUT", "DELETE", "PROPFIND"].map((method) => ({ method, route, handler: record })),
    );
    for (const mode of ["multi-value", "single-value"] as const) {
      const adapter = createAdapter({
        mounts,
        mode,
        targetGroupArn,
        refuse: ({ status, kind }) => ({ statusCode: status, body: kind }),
        maxBodyBytes: 1_000_000,
        maxConcurrent: 10,
        maxQueued: 10,
      });
      adapters.set(mode, { adapter, root: await adapter.listen(0, "127.0.0.1") });
    }
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(async () => {
    for (const { adapter } of adapters.values()) await adapter.drain({ deadlineMs: 1_000 });
  });

  it.each(captured)("%s", async (_file, { mode, request, event }) => {
    const direct = await mirror(event);
    const { root = "" } = adapters.get(mode) ?? {};

    const reply = await send(root, { ...request, body: Buffer.from(request.bodyBase64, "base64") });

    for (const name of ofTheConnection) {
      delete seen[0]?.headers?.[name];
      delete seen[0]?.multiValueHeaders?.[name];
    }
    expect(seen).toStrictEqual([event]);
    expect(reply.status).toBe(direct.statusCode);
    if (direct.statusDescription) expect(reply.reason).toBe(direct.statusDescription.slice(4));
    for (const [name, value] of Object.entries(direct.headers ?? {})) expect(reply.headers[name.toLowerCase()]).toEqual([value]);
    for (const [name, values] of Object.entries(direct.multiValueHeaders ?? {})) {
      expect(reply.headers[name.toLowerCase()]).toEqual(values);
    }
    const body = Buffer.from(direct.body ?? "", direct.isBase64Encoded ? "base64" : "utf8");
    expect(reply.body.equals(body)).toBe(true);
    expect(reply.headers["content-length"]).toEqual([String(body.length)]);
    expect(reply.headers.date).toHaveLength(1);
  });

  it("fills in what the load balancer adds when nobody else has", async () => {
    const { root = "" } = adapters.get("multi-value") ?? {};

    await send(root, { target: "/dav/x" });

    const headers = seen[0]?.multiValueHeaders;
    expect(headers).toMatchObject({
      "x-forwarded-for": ["127.0.0.1"],
      "x-forwarded-proto": ["http"],
      "x-forwarded-port": [new URL(root).port],
      "x-amzn-trace-id": [expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/)],
    });
    const seconds = Number.parseInt(headers?.["x-amzn-trace-id"]?.[0]?.slice(7, 15) ?? "", 16);
    expect(Math.abs(seconds - Date.now() / 1000)).toBeLessThan(5);
  });

  it.each(["multi-value", "single-value"] as const)(
    "takes names that JavaScript objects know for plain names (%s)",
    async (mode) => {
      const { root = "" } = adapters.get(mode) ?? {};

      await send(root, {
        target: "/dav/x?__proto__=1&constructor=2&toString=3",
        headers: [
          ["__proto__", "4"],
          ["Constructor", "5"],
        ],
      });

      const [event] = seen;
      const query = JSON.stringify(event?.multiValueQueryStringParameters ?? event?.queryStringParameters);
      const headers = JSON.stringify(event?.multiValueHeaders ?? event?.headers);
      if (mode === "multi-value") {
        expect(query).toBe('{"__proto__":["1"],"constructor":["2"],"toString":["3"]}');
        expect(headers).toMatch(/"__proto__":\["4"\],"constructor":\["5"\]/);
      } else {
        expect(query).toBe('{"__proto__":"1","constructor":"2","toString":"3"}');
        expect(headers).toMatch(/"__proto__":"4","constructor":"5"/);
      }
    },
  );

  it("gives text that is not UTF-8 as base64, byte for byte", async () => {
    const { root = "" } = adapters.get("multi-value") ?? {};
    const latin1 = Buffer.from("SUMMARY:Gr\u00fc\u00dfe", "latin1");

    await send(root, {
      method: "PUT",
      target: "/dav/x",
      headers: [["content-type", "text/calendar; charset=iso-8859-1"]],
      body: latin1,
    });

    expect(seen[0]).toMatchObject({ body: latin1.toString("base64"), isBase64Encoded: true });
  });

  it("gives an empty body in chunks as empty text", async () => {
    const { root = "" } = adapters.get("multi-value") ?? {};

    await send(root, { method: "PUT", target: "/dav/x", headers: [["transfer-encoding", "chunked"]] });

    expect(seen[0]).toMatchObject({ body: "", isBase64Encoded: false });
  });

  it("gives each call a request id of its own", async () => {
    const ids: string[] = [];
    const adapter = createAdapter({
      mounts: [
        {
          method: "GET",
          route: "/x",
          handler: async (_event, context) => {
            ids.push(context.awsRequestId);
            return { statusCode: 200 };
          },
        },
      ],
      scope: (_event, requestId, run) => {
        ids.push(requestId);
        return run();
      },
      refuse: ({ status }) => ({ statusCode: status }),
      maxBodyBytes: 1,
      maxConcurrent: 1,
      maxQueued: 1,
    });
    const root = await adapter.listen(0, "127.0.0.1");

    await send(root, { target: "/x" });
    await send(root, { target: "/x" });

    await adapter.drain({ deadlineMs: 1_000 });
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(ids).toEqual([ids[0], ids[0], ids[2], ids[2]]);
    expect(new Set(ids).size).toBe(2);
  });
});
