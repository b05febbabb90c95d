/** Many calls in one request: who asks, what is reached, in which order, and what is left of the calls' own guarantees. */
import { handler } from "#handlers/batch/run.ts";
import { startServices, stopServices } from "#lib/entry/services.ts";
import { flushMetrics } from "#lib/observe/metrics.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { multipart, part, readAnswers, send, sendRaw, type, write } from "./send.ts";

let api: Api;
let person: Person;
let other: Person;
beforeAll(async () => {
  api = await startApi({ publicUrl: "https://calendar.test/with/prefix" });
  [person, other] = [await api.person(), await api.person()];
});
afterAll(() => api.stop());

const colors = "GET /calendar/v3/colors HTTP/1.1\r\n\r\n";
const primary = "/calendar/v3/calendars/primary";
const day = (summary: string, more: object = {}) => ({
  summary,
  start: { date: "2026-03-02" },
  end: { date: "2026-03-03" },
  ...more,
});

describe("a batch", () => {
  it("makes its calls in their order and answers each under its id, with status, headers and body", async () => {
    const answers = await send(
      api,
      [
        part("first + 1", write("POST", `${primary}/events`, day("Čaj", { id: "teavvv" }))),
        part("second", `GET ${primary}/events/teavvv HTTP/1.1\r\n\r\n`),
        part("third", write("PATCH", `${primary}/events/teavvv`, { summary: "Kava" })),
        part("fourth", `GET ${primary}/events?q=Kava&fields=items(summary)`),
        part("fifth", `DELETE ${primary}/events/teavvv HTTP/1.1\r\n\r\n`),
        part("sixth", `GET ${primary}/events/nobodyhasthis HTTP/1.1\r\n\r\n`),
      ],
      { key: person.key },
    );

    expect(answers.map(({ contentId, status }) => [contentId, status])).toEqual([
      ["<response-first + 1>", 200],
      ["<response-second>", 200],
      ["<response-third>", 200],
      ["<response-fourth>", 200],
      ["<response-fifth>", 204],
      ["<response-sixth>", 404],
    ]);
    expect(answers[1]?.body).toEqual(answers[0]?.body);
    expect(answers[1]?.headers.get("etag")).toBe(answers[0]?.body.etag);
    expect(answers[0]?.headers.get("content-type")).toBe("application/json; charset=UTF-8");
    expect(Number(answers[0]?.headers.get("content-length"))).toBe(Buffer.byteLength(JSON.stringify(answers[0]?.body)));
    expect(answers[3]?.body).toEqual({ items: [{ summary: "Kava" }] });
    expect(answers[5]).toMatchObject({ reason: "notFound", body: { error: { code: 404, message: "Not Found" } } });
    expect((await person.get(`${primary}/events/teavvv`)).body).toMatchObject({ summary: "Kava", status: "cancelled" });
  });

  it("honours a part's own conditions", async () => {
    const made = await person.post(`${primary}/events`, day("Conditions"));
    const url = `${primary}/events/${made.body.id}`;
    const answers = await send(
      api,
      [
        part("1", write("PATCH", url, { summary: "x" }, 'If-Match: "other"\r\n')),
        part("2", `GET ${url} HTTP/1.1\r\nIf-None-Match: ${made.body.etag}\r\n\r\n`),
        part("3", `HEAD ${url} HTTP/1.1\r\n\r\n`),
      ],
      { key: person.key },
    );
    expect(answers.map(({ status, body }) => [status, body?.error?.errors[0].reason])).toEqual([
      [412, "conditionNotMet"],
      [304, undefined],
      [200, undefined],
    ]);
    expect(answers[2]?.body).toBeUndefined();
    expect(Number(answers[2]?.headers.get("content-length"))).toBeGreaterThan(100);
  });

  it("lets each part in by its own credential, and by the batch's when it shows none", async () => {
    const me = (headers: string, query = "") => `GET ${primary}${query} HTTP/1.1\r\n${headers}\r\n`;
    const parts = [
      part("none", me("")),
      part("x-api-key", me(`X-API-Key: ${other.key}\r\n`)),
      part("goog", me(`x-goog-api-key: ${other.key}\r\n`)),
      part("bearer", me(`Authorization: Bearer ${other.key}\r\n`)),
      part("query", me("", `?key=${other.key}`)),
      part("wrong", me("Authorization: Bearer of-bad-news\r\n")),
    ];
    const ids = (answers: Awaited<ReturnType<typeof send>>) =>
      answers.map(({ status, body }) => (status === 200 ? body.id : status));
    const others = [other.email, other.email, other.email, other.email, 401];

    expect(ids(await send(api, parts, { key: person.key }))).toEqual([person.email, ...others]);
    const bearer = { headers: { Authorization: `Bearer ${person.key}` } };
    expect(ids(await send(api, parts, bearer))).toEqual([person.email, ...others]);
    expect(ids(await send(api, parts))).toEqual([401, ...others]);
    expect(ids(readAnswers(await sendRaw(api, multipart(parts), {}, `?key=${person.key}`)))).toEqual([person.email, ...others]);
  });

  it("reaches Google's surface only, at whatever host it is said to be", async () => {
    const get = (url: string) => `GET ${url} HTTP/1.1\r\n\r\n`;
    const urls: [string, number][] = [
      ["/calendar/v3/colors", 200],
      ["https://www.googleapis.com/calendar/v3/colors", 200],
      ["HTTP://127.0.0.1:1/calendar/v3/colors?x", 200],
      ["/with/prefix/calendar/v3/colors", 200],
      ["/other/prefix/calendar/v3/colors", 404],
      ["calendar/v3/colors", 404],
      ["/v1/users/me", 404],
      ["/health/live", 404],
      ["/batch/calendar/v3", 404],
      ["/with/prefix/batch/calendar/v3", 404],
      ["/calendar/v3/../../v1/users/me", 404],
      ["/calendar/v3/%2e%2e/v1/users/me", 404],
      ["//evil.example/calendar/v3/colors", 404],
      ["/calendar/v3/colours", 404],
      ["/calendar/v3/calendars/%zz", 400],
      ["https://www.googleapis.com", 404],
      ["/calendar/v3/colors#x", 400],
    ];
    const answers = await send(
      api,
      urls.map(([url], index) => part(String(index), get(url))),
      { key: person.key },
    );
    expect(answers.map(({ status }, index) => [urls[index]?.[0], status])).toEqual(urls);
    for (const { status, body } of answers) {
      if (status !== 200) expect(body.error).toMatchObject({ code: status, errors: [{ domain: "global" }] });
    }
  });

  it("does not hold a batch within a batch", async () => {
    const inner = `POST /batch/calendar/v3 HTTP/1.1\r\nContent-Type: multipart/mixed; boundary=inner\r\n\r\n--inner\r\n\r\n${colors}\r\n--inner--`;
    const [answer] = await send(api, [part("1", inner)], { key: person.key });
    expect(answer).toMatchObject({ status: 404, reason: "notFound" });
  });

  it("names the verbs that a path takes", async () => {
    const [answer] = await send(api, [part("1", "POST /calendar/v3/colors HTTP/1.1\r\n\r\n")], { key: person.key });
    expect(answer).toMatchObject({ status: 405, reason: "httpMethodNotAllowed" });
    expect(answer?.headers.get("allow")).toBe("GET, HEAD");
  });

  it("holds a thousand calls, and refuses to hold one more", async () => {
    const parts = Array.from({ length: 1_001 }, (_, number) => part(`n${number}`, colors));
    const answers = await send(api, parts.slice(1), { key: person.key });
    expect(answers).toHaveLength(1_000);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(answers.at(-1)?.contentId).toBe("<response-n1000>");

    const refused = await sendRaw(api, multipart(parts), { key: person.key });
    expect(refused).toMatchObject({ status: 400, reason: "parseError" });
    expect(refused.body.error.message).toContain("more than 1000 parts");
  });

  it("never packs the answers within its answer", async () => {
    const get = part("1", "GET /calendar/v3/colors HTTP/1.1\r\nAccept-Encoding: gzip\r\n\r\n");
    const [answer] = await send(api, [get], { key: person.key, headers: { "Accept-Encoding": "gzip" } });
    expect(answer?.headers.get("content-encoding")).toBeUndefined();
    expect(answer?.body.kind).toBe("calendar#colors");
  });
});

describe("the calls of a batch", () => {
  it("have log lines, latencies and request ids of their own, and the batch's correlation id", async () => {
    const before = api.lines.length;
    const parts = [
      part(
        "1",
        `GET ${primary} HTTP/1.1\r\nX-Correlation-Id: forged\r\nX-Amzn-Trace-Id: Root=1-65aa0000-${"f".repeat(24)};Sampled=1\r\nX-Forwarded-For: 192.0.2.1\r\n\r\n`,
      ),
      part("2", "GET /calendar/v3/colors HTTP/1.1\r\nX-API-Key: wrong\r\n\r\n"),
    ];
    const answers = await send(api, parts, { key: person.key, headers: { "X-Correlation-Id": "my-batch" } });
    flushMetrics();

    const lines = api.lines.slice(before).map((line) => JSON.parse(line));
    const requests = lines.filter(({ message }) => message === "request");
    expect(requests.map(({ route, status, correlation_id: id }) => [route, status, id])).toEqual([
      ["calendars.get", 200, "my-batch"],
      ["colors.get", 401, "my-batch"],
      ["batch.run", 200, "my-batch"],
    ]);
    expect(new Set(requests.map(({ request_id: id }) => id)).size).toBe(3);
    expect(new Set(requests.map(({ xray_trace_id: id }) => id)).size).toBe(1);
    expect(requests.map(({ user_id: id }) => id)).toEqual([person.id, undefined, undefined]);
    expect(answers.map(({ headers }) => headers.get("x-request-id"))).toEqual(
      requests.slice(0, 2).map((line) => line.request_id),
    );
    const routes = lines.filter(({ _aws, Latency }) => _aws && Latency !== undefined).map(({ Route }) => Route);
    expect(routes).toEqual(expect.arrayContaining(["calendars.get", "colors.get", "batch.run"]));
  });

  it("stay apart from those of other batches at the same time", async () => {
    const before = api.lines.length;
    await Promise.all(
      Array.from({ length: 20 }, (_, number) =>
        send(
          api,
          Array.from({ length: 10 }, (_, index) => part(`${index}`, `GET ${primary} HTTP/1.1\r\n\r\n`)),
          { key: number % 2 ? person.key : other.key, headers: { "X-Correlation-Id": `batch-${number}` } },
        ).then((answers) => {
          for (const { body } of answers) expect(body.id).toBe(number % 2 ? person.email : other.email);
        }),
      ),
    );
    const lines = api.lines.slice(before).map((line) => JSON.parse(line));
    for (let number = 0; number < 20; number += 1) {
      const own = lines.filter(({ correlation_id: id, route }) => id === `batch-${number}` && route === "calendars.get");
      expect(own).toHaveLength(10);
      expect(new Set(own.map(({ user_id: id }) => id))).toEqual(new Set([number % 2 ? person.id : other.id]));
    }
  });

  it("are not made when the answers before them are more than 32 MB: they are told to come again", async () => {
    const reader = await api.person();
    const description = "long ".repeat(13_000);
    const events = Array.from({ length: 14 }, (_, number) =>
      part(`${number}`, write("POST", `${primary}/events`, day(`Long ${number}`, { description }))),
    );
    for (const answer of await send(api, events, { key: reader.key })) expect(answer.status).toBe(200);
    // A list is 0.9 MB.
    const lists = Array.from({ length: 45 }, (_, number) => part(`${number}`, `GET ${primary}/events HTTP/1.1\r\n\r\n`));
    const late = part("late", write("POST", `${primary}/events`, day("Too late", { id: "toolate" })));

    const answers = await send(api, [...lists, late], { key: reader.key });

    const statuses = answers.map(({ status }) => status);
    const made = statuses.indexOf(503);
    expect(made).toBeGreaterThan(30);
    expect(made).toBeLessThan(40);
    expect(statuses).toEqual([...Array(made).fill(200), ...Array(46 - made).fill(503)]);
    expect(answers.at(-1)?.body.error.message).toMatch(/32 MB.*was not run. Send it again/);
    expect((await reader.get(`${primary}/events/toolate`)).status).toBe(404);
  }, 180_000);

  it("are not made either once the batch took 30 s", async () => {
    const clock = performance.now;
    let looks = 0;
    performance.now = () => clock.call(performance) + (++looks > 30 ? 31_000 : 0);
    const parts = Array.from({ length: 20 }, (_, index) => part(`${index}`, colors));
    const answers = await send(api, parts, { key: person.key }).finally(() => {
      performance.now = clock;
    });

    const statuses = answers.map(({ status }) => status);
    expect(statuses[0]).toBe(200);
    expect(statuses.at(-1)).toBe(503);
    expect(answers.at(-1)).toMatchObject({ reason: "serviceNotAvailable" });
    expect(statuses.lastIndexOf(200)).toBeLessThan(statuses.indexOf(503));
  });
});

it("says on Lambda, where the other endpoints are not in the process, that it cannot", async () => {
  await stopServices();
  process.env.DATABASE_URL = api.databaseUrl;
  await startServices();
  const answer = await handler({
    requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:::targetgroup/t/0" } },
    httpMethod: "POST",
    path: "/batch/calendar/v3",
    headers: { "content-type": type },
    queryStringParameters: {},
    body: multipart([part("1", colors)]),
    isBase64Encoded: false,
  });
  expect(answer.statusCode).toBe(501);
  expect(JSON.parse(answer.body as string).error.message).toBe("This is answered by the container only.");
  expect(handler.description.containerOnly).toBe(true);
});
