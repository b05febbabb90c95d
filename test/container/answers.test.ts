import type { ALBResult } from "aws-lambda";
import { exchange, send } from "./http-client.ts";
import { type Started, startAdapter, stopAdapters } from "./start-adapter.ts";

afterEach(stopAdapters);

const answering = (answer: unknown): Promise<Started> =>
  startAdapter({ mounts: [{ method: "GET", route: "/", handler: async () => answer as ALBResult }] });

describe("what is made of an answer", () => {
  it("sends several cookies, a base64 body and the description", async () => {
    const { root } = await answering({
      statusCode: 418,
      statusDescription: "418 I am a teapot",
      multiValueHeaders: { "Set-Cookie": ["a=1", "b=2"], "Content-Type": ["image/gif"], ETag: ['"1"'] },
      headers: { "content-type": "text/plain", "X-Number": 7, "X-Flag": true, "X-None": undefined },
      body: Buffer.from([0, 255, 10]).toString("base64"),
      isBase64Encoded: true,
    });

    const { status, reason, headers, body } = await send(root, { target: "/" });

    expect([status, reason]).toEqual([418, "I am a teapot"]);
    expect(headers).toMatchObject({
      "set-cookie": ["a=1", "b=2"],
      "content-type": ["image/gif"],
      etag: ['"1"'],
      "x-number": ["7"],
      "x-flag": ["true"],
      "content-length": ["3"],
    });
    expect(headers).not.toHaveProperty("x-none");
    expect([...body]).toEqual([0, 255, 10]);
  });

  it.each([
    [204, "0"],
    [205, "0"],
    [304, undefined],
    [200, "0"],
  ])("an empty %i has Content-Length %s, and the connection lives on", async (statusCode, length) => {
    const { root } = await answering({ statusCode, body: statusCode === 200 ? "" : "ignored" });

    const text = await exchange(root, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    const heads = text.split("\r\n\r\n").filter((head) => head !== "");
    expect(heads).toHaveLength(2);
    for (const head of heads) expect(/^content-length: (.*)$/im.exec(head)?.[1]).toBe(length);
    expect((await fetch(root)).status).toBe(statusCode);
  });

  it("keeps headers of the connection to itself", async () => {
    const { root } = await answering({
      statusCode: 200,
      headers: {
        Connection: "close",
        "Transfer-Encoding": "chunked",
        "Keep-Alive": "timeout=1",
        Upgrade: "h2c",
        Trailer: "X",
        "Content-Length": 99,
      },
      body: "ok",
    });

    const text = await exchange(root, "GET / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(text).not.toMatch(/chunked|h2c|Trailer|timeout=1\r|: 99/);
    expect(text.match(/^Content-Length: 2\r$/gm)).toHaveLength(2);
  });

  it("sends header values beyond ASCII as UTF-8, whatever the body", async () => {
    const { root } = await answering({
      statusCode: 200,
      headers: { "Content-Disposition": 'attachment; filename="Grüße 昼.ics"' },
      body: "ü",
    });

    const { headers, body } = await send(root, { target: "/" });

    expect(Buffer.from(headers["content-disposition"]?.[0] ?? "", "latin1").toString()).toBe(
      'attachment; filename="Grüße 昼.ics"',
    );
    expect(String(body)).toBe("ü");
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a string", "ok"],
    ["no status", { body: "x" }],
    ["a status that is text", { statusCode: "200" }],
    ["a status of 101", { statusCode: 101 }],
    ["a status of 1000", { statusCode: 1000 }],
    ["a body that is an object", { statusCode: 200, body: {} }],
    ["CRLF in a header", { statusCode: 200, headers: { "X-A": "a\r\nX-Injected: 1" } }],
    ["CRLF in a header of an answer without body", { statusCode: 204, headers: { "X-A": "a\r\n\r\n" } }],
    ["LF in one of several values", { statusCode: 200, multiValueHeaders: { "Set-Cookie": ["a", "b\nX-Injected: 1"] } }],
    ["NUL in a header", { statusCode: 200, headers: { "X-A": "a\0" } }],
    ["CRLF in a header's name", { statusCode: 200, headers: { "X-A: 1\r\nX-Injected": "1" } }],
    ["CRLF in a header's name, without a body", { statusCode: 204, headers: { "X-A: 1\r\nX-Injected": "1" } }],
    ["an empty header name", { statusCode: 200, headers: { "": "1" } }],
    ["one string for several values", { statusCode: 200, multiValueHeaders: { "X-A": "a" } }],
    ["headers that are a string", { statusCode: 200, headers: "X-A: a" }],
    ["a value that cannot become text", { statusCode: 200, headers: { "X-A": Symbol("a") } }],
  ])("%s is a 500, and the next request is served", async (_what, answer) => {
    const { root, refusals } = await answering(answer);

    for (let i = 0; i < 2; i++) {
      const { status, headers, body } = await send(root, { target: "/" });
      expect([status, String(body)]).toEqual([500, '{"kind":"internal"}']);
      expect(headers).not.toHaveProperty("x-injected");
    }
    expect(refusals[1]).toMatchObject({ kind: "internal", cause: expect.objectContaining({ message: expect.any(String) }) });
  });

  it("leaves a description out that cannot stand on a status line", async () => {
    const { root } = await answering({ statusCode: 200, statusDescription: "200 OK\r\nX-Injected: 1" });

    expect(await send(root, { target: "/" })).toMatchObject({ status: 200, reason: "OK" });
  });

  it.each<[string, () => Promise<ALBResult>]>([
    ["rejects", async () => Promise.reject(new Error("boom"))],
    [
      "throws before it gives a promise",
      () => {
        throw new Error("boom");
      },
    ],
    ["rejects with nothing", () => Promise.reject()],
  ])("a handler that %s is a 500 with its cause", async (_what, handler) => {
    const { adapter, root, refusals } = await startAdapter({
      mounts: [{ method: "GET", route: "/", handler }],
      maxConcurrent: 1,
    });

    for (let i = 0; i < 3; i++) expect((await send(root, { target: "/" })).status).toBe(500);

    expect(refusals).toHaveLength(3);
    expect(adapter.inFlight()).toBe(0);
  });

  it("takes an answer that is not a promise", async () => {
    const handler = () => ({ statusCode: 200, body: "at once" }) as unknown as Promise<ALBResult>;
    const { root } = await startAdapter({ mounts: [{ method: "GET", route: "/", handler }] });

    expect(String((await send(root, { target: "/" })).body)).toBe("at once");
  });

  it("survives a refuse that throws", async () => {
    const { root } = await startAdapter({
      mounts: [],
      refuse: () => {
        throw new Error("boom");
      },
    });

    expect(await send(root, { target: "/" })).toMatchObject({ status: 404, headers: { "content-length": ["0"] } });
  });
});
