/** Batches as no client should write them: each must be refused with a sentence, whole or in the one part that is wrong. */
import { gzipSync } from "node:zlib";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { multipart, part, readAnswers, sendRaw } from "./send.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi();
  person = await api.person();
});
afterAll(() => api.stop());

const colors = "GET /calendar/v3/colors HTTP/1.1\r\n\r\n";
const good = multipart([part("good", colors)]);

it.each<[string, string, string, string]>([
  ["no boundary", "multipart/mixed", good, "names no boundary"],
  ["an empty boundary", 'multipart/mixed; boundary=""', good, "names no boundary"],
  ["a boundary that is too long", `multipart/mixed; boundary=${"x".repeat(71)}`, good, "70 characters"],
  ["a boundary that is nowhere", "multipart/mixed; boundary=other", good, "nowhere in the body"],
  ["a boundary in the middle of lines only", "multipart/mixed; boundary=limes", "x--limes\r\n\r\nx--limes--", "nowhere"],
  ["only longer boundaries", "multipart/mixed; boundary=lim", good, "nowhere"],
  ["no parts", "multipart/mixed; boundary=limes", "--limes--\r\n", "no parts"],
  ["a body that was cut off", "multipart/mixed; boundary=limes", good.slice(0, -5), "cut off"],
  ["a body that was cut off within the last boundary", "multipart/mixed; boundary=limes", good.slice(0, -3), "cut off"],
])("refuses a batch with %s", async (_, contentType, body, message) => {
  const answer = await sendRaw(api, body, { key: person.key, headers: { "Content-Type": contentType } });
  expect(answer).toMatchObject({ status: 400, reason: "parseError" });
  expect(answer.body.error.message).toContain(message);
});

it("refuses an empty batch, other types, and one that is too long", async () => {
  expect(await sendRaw(api, "", { key: person.key })).toMatchObject({ status: 400, reason: "required" });
  const json = { key: person.key, headers: { "Content-Type": "application/json" } };
  expect(await sendRaw(api, "{}", json)).toMatchObject({ status: 415, reason: "unsupportedMediaType" });
  const long = multipart([part("1", `${colors}${"x".repeat(1_000_000)}`)]);
  expect(await sendRaw(api, long, { key: person.key })).toMatchObject({ status: 413, reason: "uploadTooLarge" });
});

it.each<[string, string, string]>([
  ["LF alone ends lines", "multipart/mixed; boundary=limes", good.replaceAll("\r\n", "\n")],
  ["the boundary is quoted", 'multipart/mixed; charset=utf-8; BOUNDARY="limes"', good],
  ["the boundary has spaces after it", "multipart/mixed; boundary=limes", good.replaceAll("--limes\r\n", "--limes \t\r\n")],
  ["words stand before and after", "multipart/mixed; boundary=limes", `hello\r\n${good}good bye\r\n--limes\r\n`],
  ["the last line end is missing", "multipart/mixed; boundary=limes", good.trimEnd()],
  [
    "the boundary is the start of another line",
    "multipart/mixed; boundary=limes",
    good.replace("HTTP/1.1\r\n", "HTTP/1.1\r\n--limestone: x\r\n"),
  ],
  ["header lines are folded", "multipart/mixed; boundary=limes", good.replace("Content-ID: <", "Content-ID:\r\n <")],
])("takes a batch in which %s", async (_, contentType, body) => {
  const [answer, ...others] = readAnswers(
    await sendRaw(api, body, { key: person.key, headers: { "Content-Type": contentType } }),
  );
  expect(answer).toMatchObject({ status: 200, contentId: "<response-good>" });
  expect(others).toEqual([]);
});

const http = "Content-Type: application/http\r\n";
const parts: readonly (readonly [string, string, number, string])[] = [
  ["nothing at all", "", 400, "request line"],
  ["no blank line after its headers", "Content-Type: application/http\r\nContent-ID: <x>", 400, "request line"],
  ["no request", `${http}\r\n`, 400, "request line"],
  ["a request line of one word", `${http}\r\nGET\r\n\r\n`, 400, "request line"],
  ["a request line of four words", `${http}\r\nGET /calendar/v3/colors HTTP/1.1 x\r\n\r\n`, 400, "request line"],
  ["a verb in small letters", `${http}\r\nget /calendar/v3/colors HTTP/1.1\r\n\r\n`, 400, "request line"],
  ["a protocol of its own", `${http}\r\nGET /calendar/v3/colors FTP/1.1\r\n\r\n`, 400, "request line"],
  [
    "a request line that is very long",
    `${http}\r\nGET${" ".repeat(100_000)}x${" ".repeat(100_000)}y\r\n\r\n`,
    400,
    "request line",
  ],
  ["a raw letter in its URL", `${http}\r\nGET /calendar/v3/calendars/č HTTP/1.1\r\n\r\n`, 400, "URL"],
  ["a NUL in its URL", `${http}\r\nGET /calendar/v3/\0 HTTP/1.1\r\n\r\n`, 400, "URL"],
  ["a header without a colon", `${http}\r\nGET /calendar/v3/colors HTTP/1.1\r\nAccept\r\n\r\n`, 400, "header line"],
  ["a header with a space in its name", `${http}\r\nGET /calendar/v3/colors HTTP/1.1\r\nA b: c\r\n\r\n`, 400, "header line"],
  [
    "a header with a NUL",
    `${http}\r\nGET /calendar/v3/colors HTTP/1.1\r\nA: ${" ".repeat(100_000)}\0\r\n\r\n`,
    400,
    "header line",
  ],
  ["a header with a CR in it", `${http}\r\nGET /calendar/v3/colors HTTP/1.1\r\nA: b\rc\r\n\r\n`, 400, "header line"],
  ["broken headers of the part itself", `Content Type\r\n\r\n${colors}`, 400, "header line of the part"],
  ["a Content-ID in other letters", `Content-ID: <č>\r\n\r\n${colors}`, 400, "Content-ID"],
  ["another type", `Content-Type: text/plain\r\n\r\n${colors}`, 400, "application/http"],
  ["base64", `${http}Content-Transfer-Encoding: base64\r\n\r\n${btoa(colors)}`, 400, "Content-Transfer-Encoding"],
  ["a broken percent-encoding", `${http}\r\nGET /calendar/v3/calendars/%c4 HTTP/1.1\r\n\r\n`, 400, ""],
  [
    "broken JSON",
    `${http}\r\nPOST /calendar/v3/calendars HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{`,
    400,
    "Parse Error",
  ],
  ["a body of another type", `${http}\r\nPOST /calendar/v3/calendars HTTP/1.1\r\nContent-Type: text/xml\r\n\r\n<x/>`, 415, ""],
  [
    "names of JavaScript's own",
    `${http}\r\nGET /calendar/v3/colors?__proto__=1&constructor HTTP/1.1\r\n__proto__: x\r\nconstructor: y\r\n\r\n`,
    200,
    "",
  ],
  ["ten thousand headers", `${http}\r\nGET /calendar/v3/colors HTTP/1.1\r\n${"a: b\r\n".repeat(10_000)}\r\n`, 200, ""],
  ["no headers of its own", `\r\n${colors}`, 200, ""],
  ["empty lines before its request", `${http}\r\n\r\n\r\n${colors}`, 200, ""],
  ["no version and no end of line", `${http}\r\nGET /calendar/v3/colors`, 200, ""],
  ["an empty line as its body", `${http}\r\nPOST /calendar/v3/calendars/primary/clear HTTP/1.1\r\n\r\n\r\n`, 204, ""],
];

it.each(parts)("answers a part with %s in its place, and the others as ever", async (_, text, status, message) => {
  const body = multipart([part("before", colors), text, part("after", colors)]);
  const [before, answer, after] = readAnswers(await sendRaw(api, body, { key: person.key }));
  expect(answer?.status).toBe(status);
  if (status >= 400) {
    expect(answer?.body.error).toMatchObject({
      code: status,
      message: expect.stringContaining(message),
      errors: [{ domain: "global" }],
    });
  }
  expect(before).toMatchObject({ status: 200, contentId: "<response-before>" });
  expect(after).toMatchObject({ status: 200, contentId: "<response-after>" });
});

it("keeps every letter of a body, and replaces what is none", async () => {
  const write = `POST /calendar/v3/calendars HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"summary":"Čajanka 🫖 X"}`;
  const bytes = Buffer.from(multipart([part("1", write)]));
  const broken = Buffer.from(bytes);
  broken[broken.indexOf('X"}')] = 0xff;
  const post = async (body: Buffer, coding: object = {}) => {
    const headers = { "Content-Type": "multipart/mixed; boundary=limes", "X-API-Key": person.key, ...coding };
    const response = await fetch(`${api.url}/batch/calendar/v3`, { method: "POST", headers, body: body as never });
    const [answer] = readAnswers({
      status: response.status,
      headers: response.headers,
      body: await response.text(),
      reason: undefined,
    });
    return answer;
  };
  expect(await post(bytes)).toMatchObject({ status: 200, body: { summary: "Čajanka 🫖 X" } });
  expect(await post(gzipSync(bytes), { "Content-Encoding": "gzip" })).toMatchObject({ body: { summary: "Čajanka 🫖 X" } });
  expect(await post(broken)).toMatchObject({ status: 200, body: { summary: "Čajanka 🫖 \ufffd" } });
});
