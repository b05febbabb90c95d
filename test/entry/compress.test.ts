/** Compressed answers, over HTTP as a client sees them and as a load balancer gets them from a Lambda function. */
import { request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import type { ALBEvent } from "aws-lambda";
import { codingFor, worthCompressing } from "#lib/entry/compress.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { newCalendar, on, type TestCalendar } from "#test/support/events.ts";

let api: Api;
let person: Person;
let calendar: TestCalendar;
let small: TestCalendar;
beforeAll(async () => {
  api = await startApi({ maxQueuedRequests: 0, maxConcurrentRequests: 64 });
  person = await api.person();
  calendar = await newCalendar(person);
  small = await newCalendar(person);
  for (let day = 1; day <= 20; day += 1)
    await calendar.insert({ ...on(`2026-03-${String(day).padStart(2, "0")}`), summary: "Grüße" });
});
afterAll(() => api.stop());

const unpack = { gzip: gunzipSync, br: brotliDecompressSync };

/** A request whose answer comes as it went over the wire. */
const raw = (path: string, headers: Record<string, string>, method = "GET") =>
  new Promise<{ status: number; headers: Record<string, unknown>; bytes: Buffer }>((resolve, reject) => {
    const sent = request(`${api.url}${path}`, { method, headers: { "X-API-Key": person.key, ...headers } }, async (res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of res) chunks.push(chunk as Buffer);
      resolve({ status: res.statusCode ?? 0, headers: res.headers, bytes: Buffer.concat(chunks) });
    });
    sent.on("error", reject).end();
  });

describe("the coding", () => {
  it.each<[string, string | undefined]>([
    ["gzip", "gzip"],
    ["br", "br"],
    ["x-gzip", "gzip"],
    ["gzip, deflate, br", "br"],
    ["br;q=0.5, gzip;q=0.8", "gzip"],
    ["GZIP ; Q=0.5", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["br;q=0.000,gzip;q=0.001", "gzip"],
    ["*", "br"],
    ["*;q=0.1", "br"],
    ["br;q=0, *", "gzip"],
    ["gzip, *;q=0", "gzip"],
    ["gzip;q=0.5, *;q=1", "br"],
    ["identity;q=0, gzip", "gzip"],
    ["identity;q=0.2, gzip;q=0.5", "gzip"],
    ["identity, gzip;q=0.5", undefined],
    ["identity", undefined],
    ["*;q=0", undefined],
    ["identity;q=0", undefined],
    ["gzip;q=0", undefined],
    ["deflate, zstd", undefined],
    ["gzip;q=no", undefined],
    ["", undefined],
    [",;,=;q", undefined],
  ])("for %j is %s", (header, coding) => {
    expect(codingFor(header, worthCompressing)).toBe(coding);
  });

  it("is none without the header, and none of short answers save for those who refuse them as they are", () => {
    expect(codingFor(undefined, 1_000_000)).toBeUndefined();
    for (const header of ["br", "*", "gzip, br;q=0", "gzip, identity;q=0.5"]) expect(codingFor(header, 1_023)).toBeUndefined();
    expect(codingFor("gzip, identity;q=0", 10)).toBe("gzip");
    expect(codingFor("gzip;q=1, *; q=0", 10)).toBe("gzip");
  });
});

describe("an answer", () => {
  it.each(["gzip", "br"] as const)("of JSON and of a calendar's text goes out in %s, and is the same inside", async (coding) => {
    for (const path of [calendar.path, `/v1/calendars/${calendar.id}/export.ics`]) {
      const plain = await raw(path, {});
      const before = api.lines.length;
      const packed = await raw(path, { "Accept-Encoding": coding });

      expect(plain.headers).not.toHaveProperty("content-encoding");
      expect(packed.headers).toMatchObject({
        "content-encoding": coding,
        "content-type": plain.headers["content-type"],
        "content-length": String(packed.bytes.length),
        vary: "Accept-Encoding",
      });
      expect(plain.headers.vary).toBe("Accept-Encoding");
      expect(packed.headers.etag).toBe(plain.headers.etag);
      expect(packed.bytes.length).toBeLessThan(plain.bytes.length / 2);
      const withoutStamp = (bytes: Buffer) => bytes.toString().replaceAll(/DTSTAMP:\w+/g, "");
      expect(withoutStamp(unpack[coding](packed.bytes))).toBe(withoutStamp(plain.bytes));
      expect(JSON.parse(api.lines[before] as string)).toMatchObject({ message: "request", bytes: packed.bytes.length });
    }
  });

  it("that is short, 304 or 204 stays as it is", async () => {
    const accept = { "Accept-Encoding": "gzip, br" };

    const short = await raw("/v1/users/me", accept);
    expect(short.headers).not.toHaveProperty("content-encoding");
    expect(short.headers.vary).toBe("Accept-Encoding");
    const { etag } = (await raw(calendar.path, accept)).headers;
    const known = await raw(calendar.path, { ...accept, "If-None-Match": String(etag) });
    expect(known).toMatchObject({ status: 304, bytes: Buffer.alloc(0) });
    expect(known.headers).not.toHaveProperty("content-encoding");
    expect(known.headers.vary).toBe("Accept-Encoding");
    const { id } = await small.insert(on("2026-03-01"));
    const gone = await raw(`${small.path}/${id}`, accept, "DELETE");
    expect(gone.status).toBe(204);
    expect(gone.headers).not.toHaveProperty("content-encoding");
    const refused = await raw("/nowhere", accept);
    expect(refused.headers).not.toHaveProperty("content-encoding");
  });

  it("to HEAD has the headers of that to GET", async () => {
    const accept = { "Accept-Encoding": "br" };
    const get = await raw(calendar.path, accept);
    const head = await raw(calendar.path, accept, "HEAD");

    for (const name of ["content-length", "content-encoding", "content-type", "vary", "etag"]) {
      expect(head.headers[name]).toBe(get.headers[name]);
    }
    expect(head.bytes.length).toBe(0);
  });

  it.each(["single", "multi"])("on Lambda is base64, as a load balancer takes bytes (%s-value headers)", async (mode) => {
    const list = api.endpoints.find(({ description }) => description.id === "events.list");
    const headers = { "x-api-key": person.key, "accept-encoding": "gzip" };
    const event: ALBEvent = {
      requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:::targetgroup/t/0" } },
      httpMethod: "GET",
      path: calendar.path,
      ...(mode === "single"
        ? { headers, queryStringParameters: {} }
        : {
            multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
            multiValueQueryStringParameters: {},
          }),
      body: "",
      isBase64Encoded: false,
    };

    const result = await list?.(event);

    expect(result).toMatchObject({ statusCode: 200, isBase64Encoded: true });
    const sent = result?.headers?.["content-encoding"] ?? result?.multiValueHeaders?.["content-encoding"]?.[0];
    expect(sent).toBe("gzip");
    expect(JSON.parse(gunzipSync(Buffer.from(result?.body as string, "base64")).toString()).items).toHaveLength(20);
  });

  it("is right for each of many clients at once, who want it differently", async () => {
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, i) => {
        const coding = (["gzip", "br", undefined] as const)[i % 3];
        const { headers, bytes } = await raw(
          `${calendar.path}?maxResults=${10 + (i % 10)}`,
          coding ? { "Accept-Encoding": coding } : {},
        );
        expect(headers["content-encoding"]).toBe(coding);
        return JSON.parse((coding ? unpack[coding](bytes) : bytes).toString()).items.length;
      }),
    );

    expect(answers).toEqual(Array.from({ length: 60 }, (_, i) => 10 + (i % 10)));
  });
});
