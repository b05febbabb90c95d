/** Limits of rate as clients meet them, in one process. */
import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "#lib/config.ts";
import { shownId } from "#lib/domain/keys/identify.ts";
import { createCounter } from "#lib/entry/counter.ts";
import { networkOf } from "#lib/entry/rate-limit.ts";
import { part, send } from "#test/batch/send.ts";
import { type Answer, type Api, type Person, startApi } from "#test/support/api.ts";

const primary = "/calendar/v3/calendars/primary";
const colors = "/calendar/v3/colors";

let api: Api;
const starts = (config: Partial<Config>) => {
  beforeAll(async () => {
    api = await startApi(config);
  });
  afterAll(() => api.stop());
};

/** Seconds until a minute of a name's own ends. */
const left = (name: string) => (createCounter("x", 1, undefined).take(name).endsAt - Date.now()) / 1_000;
/** The first of some addresses whose minute does not end in the middle of a test. */
const steady = (addresses: readonly string[]): string => addresses.find((one) => left(networkOf(one)) > 20) as string;
const addressesOf = (prefix: string) => Array.from({ length: 200 }, (_, index) => `${prefix}${index + 1}`);
const used = new Set<string>();
const newAddress = (): string => {
  const address = steady(addressesOf("203.0.113.").filter((one) => !used.has(one)));
  used.add(address);
  return address;
};

/** Somebody whose minute does not end in the middle of a test. */
const steadyPerson = async (): Promise<Person> => {
  let person = await api.person();
  while (left(shownId(person.key) as string) < 10) person = await api.person();
  return person;
};

const stateOf = ({ headers }: Answer) => {
  const [, kind, r, t] = /^"(key|address)";r=(\d+);t=(\d+)$/.exec(headers.get("ratelimit") ?? "") ?? [];
  return { kind, left: Number(r), seconds: Number(t) };
};

const refusal = (reason: string, message: string) => ({
  error: { errors: [{ domain: "usageLimits", reason, message }], code: 429, message },
});

describe("a limit per key", () => {
  starts({ rateLimitPerMinute: 40 });

  it("lets through what it says and refuses the next as Google does, and every answer says how it stands", async () => {
    const person = await steadyPerson();
    const event = await person.post(`${primary}/events`, { start: { date: "2026-03-02" }, end: { date: "2026-03-03" } });
    const answers = [
      event,
      await person.get(`${primary}/events/${event.body.id}`, { "If-None-Match": event.body.etag }),
      await person.delete(`${primary}/events/${event.body.id}`),
      await person.get(`${primary}/events/nowhere`),
      await person.post(`${primary}/events`, {}),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 304, 204, 404, 400]);
    while (answers.length < 40) answers.push(await person.get(colors));
    expect(answers.map(({ status }) => status).slice(5)).toEqual(Array(35).fill(200));
    expect(answers.map(stateOf)).toEqual(
      answers.map((_, index) => ({ kind: "key", left: 39 - index, seconds: expect.any(Number) })),
    );
    for (const { headers } of answers) expect(headers.get("ratelimit-policy")).toBe('"key";q=40;w=60');

    const refused = await person.get(colors);
    expect([refused.status, refused.body]).toEqual([429, refusal("userRateLimitExceeded", "User Rate Limit Exceeded")]);
    const { left: none, seconds } = stateOf(refused);
    expect(none).toBe(0);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(refused.headers.get("retry-after")).toBe(String(seconds));
    expect(refused.headers.get("ratelimit-policy")).toBe('"key";q=40;w=60');
    expect(refused.headers.get("cache-control")).toBe("no-store");

    expect((await (await steadyPerson()).get(colors)).status).toBe(200);
    expect(api.lines.some((line) => line.includes('"reason":"userRateLimitExceeded"'))).toBe(true);
  });

  it("counts each part of a batch, and refuses those that are too many in their parts", async () => {
    const person = await steadyPerson();
    const texts = Array.from({ length: 42 }, (_, index) => part(String(index), `GET ${colors}`));
    const answers = await send(api, texts, { key: person.key });
    expect(answers.map(({ status }) => status)).toEqual([...Array(40).fill(200), 429, 429]);
    expect(answers[41]?.body).toEqual(refusal("userRateLimitExceeded", "User Rate Limit Exceeded"));
    expect(answers[41]?.headers.get("retry-after")).toMatch(/^\d+$/);
  });

  it("does not count requests that show no key, or a wrong one", async () => {
    for (let index = 0; index < 45; index += 1) {
      const answer = await api.call("GET", colors, index % 2 ? {} : { key: "wrong" });
      expect([answer.status, answer.headers.get("ratelimit"), answer.headers.get("ratelimit-policy")]).toEqual([401, null, null]);
    }
  });
});

describe("a limit per address", () => {
  starts({ rateLimitPerAddressPerMinute: 6, corsOrigins: ["*"] });

  const from = (address: string, path = colors) => api.call("GET", path, { headers: { "X-Forwarded-For": address } });
  const refused = refusal("rateLimitExceeded", "Rate Limit Exceeded");

  it("counts before it is known who asks, and says no more than that it is too much", async () => {
    const address = newAddress();
    for (let index = 0; index < 6; index += 1) {
      const answer = await from(address);
      expect([answer.status, answer.headers.get("ratelimit")]).toEqual([401, null]);
    }
    const answer = await from(address);
    expect([answer.status, answer.body]).toEqual([429, refused]);
    const { kind, left: none, seconds } = stateOf(answer);
    expect([kind, none]).toEqual(["address", 0]);
    expect(answer.headers.get("retry-after")).toBe(String(seconds));
    expect(answer.headers.get("ratelimit-policy")).toBe('"address";q=6;w=60');
    expect(answer.headers.get("access-control-expose-headers")).toMatch(/\bRateLimit, RateLimit-Policy, Retry-After\b/);
    expect((await from(newAddress())).status).toBe(401);
    expect((await api.call("GET", colors, { key: api.adminKey, headers: { "X-Forwarded-For": address } })).status).toBe(429);
  });

  it("cannot be got round by what a client writes into X-Forwarded-For itself", async () => {
    const address = newAddress();
    const statuses: number[] = [];
    for (let index = 0; index < 8; index += 1) statuses.push((await from(`198.51.100.${index}, ${address}`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
  });

  it("takes a network of 64 bits for one address", async () => {
    const network = steady(Array.from({ length: 100 }, (_, index) => `2001:db8:0:${index.toString(16)}::`));
    const statuses: number[] = [];
    for (let index = 1; index <= 8; index += 1) statuses.push((await from(`${network}${index}:${index}`)).status);
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
    expect((await from("2001:db8:1::1")).status).toBe(401);
  });

  it("counts public endpoints too, but never those that ask how the process is doing", async () => {
    const address = newAddress();
    for (let index = 0; index < 6; index += 1)
      expect((await from(address, "/discovery/v1/apis/calendar/v3/rest")).status).toBe(200);
    expect((await from(address, "/discovery/v1/apis/calendar/v3/rest")).status).toBe(429);
    for (let index = 0; index < 20; index += 1) expect((await from(address, "/health/live")).status).toBe(200);
    expect((await from(address, "/health/ready")).status).toBe(200);
  });

  it("counts a batch as one, and each of its parts, whatever address a part claims", async () => {
    const address = newAddress();
    const request = (index: number) => `GET ${colors} HTTP/1.1\r\nX-Forwarded-For: 198.51.100.${index}\r\n\r\n`;
    const texts = Array.from({ length: 7 }, (_, index) => part(String(index), request(index)));
    const answers = await send(api, texts, { key: api.adminKey, headers: { "X-Forwarded-For": address } });
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 429, 429]);
    expect((await api.call("GET", colors, { headers: { "X-Forwarded-For": address } })).status).toBe(429);
  });
});

describe("both limits", () => {
  starts({ rateLimitPerMinute: 100, rateLimitPerAddressPerMinute: 6 });

  it("are both named, and of the two the tighter one is said", async () => {
    const person = await steadyPerson();
    const answer = await person.get(colors, { "X-Forwarded-For": newAddress() });
    expect(answer.headers.get("ratelimit-policy")).toBe('"key";q=100;w=60, "address";q=6;w=60');
    expect(stateOf(answer)).toEqual({ kind: "address", left: 5, seconds: expect.any(Number) });
  });
});

describe("where no proxy stands in front", () => {
  starts({ rateLimitPerAddressPerMinute: 6, trustedProxies: 0 });

  it("the connection says where a request is from, and no header", async () => {
    while (left("127.0.0.1") < 10) await delay(500);
    const statuses: number[] = [];
    for (let index = 0; index < 8; index += 1) {
      statuses.push((await api.call("GET", colors, { headers: { "X-Forwarded-For": `198.51.100.${index}` } })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
  }, 180_000);
});

describe("without limits", () => {
  starts({});

  it("no answer speaks of them", async () => {
    const answer = await (await api.person()).get(colors);
    expect([answer.headers.get("ratelimit"), answer.headers.get("ratelimit-policy")]).toEqual([null, null]);
  });
});
