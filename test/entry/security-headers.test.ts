/** What browsers are told of every answer there is: of all endpoints, and of what never reaches one. */
import { readdirSync } from "node:fs";
import { send } from "#test/batch/send.ts";
import { exchange } from "#test/container/http-client.ts";
import { type Api, startApi } from "#test/support/api.ts";

let api: Api;
const starts = (publicUrl: string) => {
  beforeAll(async () => {
    api = await startApi({ publicUrl, corsOrigins: ["https://app.example.org"], maxBodyBytes: 2_000 });
  });
  afterAll(() => api.stop());
};

const told = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
};

const toldBy = (headers: Headers): Record<string, string | null> =>
  Object.fromEntries(Object.keys(told).map((name) => [name, headers.get(name)]));

/** Nothing that a key was needed for, and no refusal, may be kept for others. */
const isNotShared = (headers: Headers) => /\bprivate\b|\bno-store\b/.test(headers.get("cache-control") ?? "");

describe("over https", () => {
  starts("https://calendar.example.org");

  const files = readdirSync("handlers", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));

  it("every endpoint's answers, refusals and replies, have them", async () => {
    expect(api.endpoints.length).toBe(files.length);
    for (const { description } of api.endpoints) {
      const [method, path] = description.route.split(" ") as [string, string];
      const target = path.replaceAll(/\{\w+\}/g, "no-such-thing");
      for (const key of [undefined, api.adminKey]) {
        const response = await fetch(`${api.url}${target}`, { method, headers: key ? { "X-API-Key": key } : {} });
        const hsts = response.headers.get("strict-transport-security");
        expect([description.id, response.status, toldBy(response.headers), hsts]).toEqual([
          description.id,
          response.status,
          told,
          "max-age=31536000",
        ]);
        expect([description.id, isNotShared(response.headers)]).toEqual([description.id, true]);
        await response.arrayBuffer();
      }
    }
  }, 180_000);

  it.each<[string, number, () => Promise<{ status: number; headers: Headers }>]>([
    ["no such endpoint", 404, () => fetch(`${api.url}/nowhere`)],
    ["a wrong method", 405, () => fetch(`${api.url}/calendar/v3/colors`, { method: "DELETE" })],
    ["a body that is too long", 413, () => fetch(`${api.url}/v1/users`, { method: "POST", body: "x".repeat(3_000) })],
    ["a wrong path", 400, () => fetch(`${api.url}/%zz`)],
    [
      "a preflight",
      204,
      () =>
        fetch(`${api.url}/calendar/v3/colors`, {
          method: "OPTIONS",
          headers: { Origin: "https://app.example.org", "Access-Control-Request-Method": "GET" },
        }),
    ],
    [
      "304",
      304,
      () => fetch(`${api.url}/calendar/v3/calendars/primary`, { headers: { "X-API-Key": api.adminKey, "If-None-Match": "*" } }),
    ],
  ])("%s has them", async (_, status, ask) => {
    const response = await ask();
    expect(response.status).toBe(status);
    expect(toldBy(response.headers)).toEqual(told);
    expect(response.headers.get("strict-transport-security")).toBe("max-age=31536000");
    expect(isNotShared(response.headers)).toBe(true);
  });

  it("what is no HTTP, and what is too large a head, are answered with them", async () => {
    for (const bytes of ["nonsense\r\n\r\n", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(100_000)}\r\n\r\n`]) {
      const text = await exchange(api.url, bytes);
      for (const [name, value] of Object.entries(told)) expect(text).toContain(`${name}: ${value}\r\n`);
    }
  });

  it("the parts of a batch do without", async () => {
    const request = "Content-Type: application/http\r\n\r\nGET /calendar/v3/colors";
    const [answer] = await send(api, [request], { key: api.adminKey });
    expect(answer?.status).toBe(200);
    expect([...(answer?.headers.keys() ?? [])].filter((name) => name in told || name === "strict-transport-security")).toEqual(
      [],
    );
    expect(answer?.headers.get("cache-control")).toBe("private, max-age=0, must-revalidate, no-transform");
  });
});

describe("over http", () => {
  starts("http://localhost:8080");

  it("nothing is said of https, which browsers would remember", async () => {
    const { headers } = await fetch(`${api.url}/health/live`);
    expect(headers.get("strict-transport-security")).toBeNull();
    expect(toldBy(headers)).toEqual(told);
  });
});
