/** Pages of other origins: what a browser must be told for them to be let in, whatever the answer is. */
import type { ALBEvent } from "aws-lambda";
import { handler } from "#handlers/users/get.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";

const page = "https://app.example.org";
const asks = { "Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "x-api-key,content-type" };
const eventsPath = "/calendar/v3/calendars/primary/events";

let api: Api;
let person: Person;
const starts = (corsOrigins: string[]) => {
  beforeAll(async () => {
    api = await startApi({ corsOrigins, maxBodyBytes: 2_000 });
    person = await api.person();
  });
  afterAll(() => api.stop());
};
const corsOf = (headers: Headers) => [...headers.keys()].filter((name) => name.startsWith("access-control-"));

/** An OPTIONS request as a Lambda function gets it, when the load balancer's rule sends it there. */
const options = (headers: Record<string, string>): ALBEvent => ({
  requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:::targetgroup/t/0" } },
  httpMethod: "OPTIONS",
  path: "/v1/users/me",
  headers,
  queryStringParameters: {},
  body: "",
  isBase64Encoded: false,
});

describe("without CORS_ORIGINS", () => {
  starts([]);

  it("no answer speaks of origins, and OPTIONS is no method", async () => {
    const answer = await person.get("/v1/users/me", { Origin: page });
    expect(corsOf(answer.headers)).toEqual([]);
    expect(answer.headers.get("vary")).not.toContain("Origin");

    const preflight = await api.call("OPTIONS", "/v1/users/me", { headers: { Origin: page, ...asks } });
    expect(preflight).toMatchObject({ status: 405, reason: "httpMethodNotAllowed" });
    expect(corsOf(preflight.headers)).toEqual([]);
    expect((await handler(options({ origin: page, "access-control-request-method": "GET" }))).statusCode).toBe(405);
  });
});

describe("with a list of origins", () => {
  starts(["http://localhost:5173", page]);

  it.each<[string, number, () => Promise<{ status: number; headers: Headers }>]>([
    ["a reply", 200, () => person.get("/v1/users/me", { Origin: page })],
    ["304", 304, () => person.get("/calendar/v3/calendars/primary", { Origin: page, "If-None-Match": "*" })],
    ["204", 204, () => person.post("/calendar/v3/calendars/primary/clear", undefined, { Origin: page })],
    ["a missing key", 401, () => api.call("GET", "/v1/users/me", { headers: { Origin: page } })],
    ["a wrong body", 400, () => person.post(eventsPath, {}, { Origin: page })],
    ["a missing event", 404, () => person.get(`${eventsPath}/nothing`, { Origin: page })],
    ["a missing endpoint", 404, () => person.get("/nothing", { Origin: page })],
    ["a wrong method", 405, () => person.put("/v1/users", {}, { Origin: page })],
    ["a body that is too long", 413, () => person.post(eventsPath, { summary: "x".repeat(3_000) }, { Origin: page })],
  ])("%s can be read by a page of one of them", async (_, status, call) => {
    const answer = await call();

    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBe(page);
    expect(answer.headers.get("access-control-expose-headers")).toMatch(/\bETag\b.*\bRetry-After\b.*\bX-Correlation-Id\b/);
    expect(answer.headers.get("vary")).toMatch(/(^|, )Origin$/);
  });

  it("no other page can read anything, and caches are told that it depends", async () => {
    for (const origin of [
      "https://evil.example",
      "https://app.example.org.evil.example",
      "null",
      `${page}/`,
      page.toUpperCase(),
    ]) {
      const answer = await person.get("/v1/users/me", { Origin: origin });
      expect(answer.status).toBe(200);
      expect(corsOf(answer.headers)).toEqual([]);
      expect(answer.headers.get("vary")).toMatch(/(^|, )Origin$/);
      const preflight = await api.call("OPTIONS", "/v1/users/me", { headers: { Origin: origin, ...asks } });
      expect(preflight.status).toBe(405);
      expect(corsOf(preflight.headers)).toEqual([]);
    }
    expect((await person.get("/v1/users/me")).headers.get("vary")).toBe("Accept-Encoding, Origin");
  });

  it("a preflight of any known path is answered, without a key", async () => {
    const before = api.lines.length;
    for (const { description } of api.endpoints) {
      const path = (description.route.split(" ")[1] as string).replaceAll(/\{\w+\}/g, "x");
      const answer = await fetch(`${api.url}${path}`, { method: "OPTIONS", headers: { Origin: page, ...asks } });
      expect([path, answer.status]).toEqual([path, 204]);
      expect(await answer.text()).toBe("");
      expect(answer.headers.get("access-control-allow-origin")).toBe(page);
      expect(answer.headers.get("access-control-allow-methods")).toBe("GET, HEAD, POST, PUT, PATCH, DELETE");
      expect(answer.headers.get("access-control-max-age")).toBe("7200");
      const allowed = answer.headers.get("access-control-allow-headers")?.toLowerCase().split(", ");
      for (const name of ["x-api-key", "x-goog-api-key", "authorization", "content-type", "if-match", "if-none-match"]) {
        expect(allowed).toContain(name);
      }
    }
    const line = JSON.parse(api.lines[before] as string);
    expect(line).toMatchObject({ level: "INFO", message: "request", method: "OPTIONS", status: 204 });
  });

  it("an OPTIONS request that is no preflight, or of no known path, is refused", async () => {
    expect(await api.call("OPTIONS", "/v1/users/me", { headers: { Origin: page } })).toMatchObject({ status: 405 });
    expect(await api.call("OPTIONS", "/v1/users/me", { headers: asks })).toMatchObject({ status: 405 });
    expect(await api.call("OPTIONS", "/nothing", { headers: { Origin: page, ...asks } })).toMatchObject({ status: 404 });
  });

  it("a Lambda function answers preflights too, and does nothing for any other OPTIONS", async () => {
    const preflight = await handler(options({ origin: page, "access-control-request-method": "GET" }));
    expect(preflight).toMatchObject({ statusCode: 204, body: "", headers: { "access-control-allow-origin": page } });
    expect(preflight.headers?.["access-control-allow-methods"]).toContain("PATCH");

    const other = await handler(options({ "x-api-key": person.key }));
    expect(other.statusCode).toBe(405);
    expect(other.body).not.toContain(person.email);
  });
});

describe("with *", () => {
  starts(["*"]);

  it("every page can read every answer, and caches need not tell them apart", async () => {
    for (const headers of [{ Origin: "https://anybody.example" }, { Origin: "null" }, {}]) {
      const answer = await person.get("/v1/users/me", headers as Record<string, string>);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("vary")).toBe("Accept-Encoding");
    }
    const preflight = await api.call("OPTIONS", "/v1/users/me", { headers: { Origin: "https://anybody.example", ...asks } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
  });
});
