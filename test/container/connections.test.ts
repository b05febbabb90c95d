import type { Mount } from "#container/adapter.ts";
import { exchange, openWire, send } from "./http-client.ts";
import { eventually, gate, startAdapter, stopAdapters } from "./start-adapter.ts";

afterEach(stopAdapters);

const ok: Mount = { method: "GET", route: "/", handler: async () => ({ statusCode: 200, body: "fine" }) };
const take: Mount = { method: "POST", route: "/", handler: async ({ body }) => ({ statusCode: 200, body: body ?? "" }) };

describe("requests that cannot be read", () => {
  it.each<[string, string, number]>([
    ["no HTTP at all", "hello\r\n\r\n", 400],
    ["a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400],
    ["an unknown verb", "BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 400],
    ["a bad header name", "GET / HTTP/1.1\r\nHost: x\r\nA B: 1\r\n\r\n", 400],
    ["two lengths", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400],
    [
      "a length and chunks",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      400,
    ],
    ["a length that is no number", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400],
    ["a chunk size that is none", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400],
    ["a header of 100 kB", `GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(100_000)}\r\n\r\n`, 431],
    ["a URL of 100 kB", `GET /${"x".repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 431],
  ])("%s: answered in the usual shape, then closed", async (_what, bytes, status) => {
    const { root } = await startAdapter({ mounts: [ok, take] });

    const text = await exchange(root, bytes);

    expect(text).toMatch(new RegExp(`^HTTP/1\\.1 ${status} .*Connection: close.*\\r\\n\\r\\n{"kind":"malformedRequest"}$`, "s"));
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect((await send(root, { target: "/" })).status).toBe(200);
  });

  it.each<[string, string, number]>([
    ["HTTP/1.1 without Host", "GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200],
    ["a fragment", "GET /#x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400],
    ["OPTIONS *", "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400],
    ["a target without a slash", "GET x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400],
    [
      "an upgrade, which is ignored",
      "GET / HTTP/1.1\r\nHost: x\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n\r\n",
      200,
    ],
  ])("%s", async (_what, bytes, status) => {
    const { root } = await startAdapter({ mounts: [ok] });

    expect(await exchange(root, bytes)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it("shows its refusal to a client that first sends all of a 10 MB head", async () => {
    const { root } = await startAdapter({ mounts: [ok] });
    const wire = await openWire(root);

    wire.socket.pause();
    const isSent = new Promise((resolve) =>
      wire.socket.once("error", resolve).write(`GET / HTTP/1.1\r\nX: ${"x".repeat(10_000_000)}`, resolve),
    );
    await isSent;
    wire.socket.resume();

    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 431 .*malformedRequest/s);
  });

  it("lets a request have its answer when nonsense follows it", async () => {
    const { opened, open } = gate();
    const { adapter, root } = await startAdapter({
      mounts: [{ method: "GET", route: "/", handler: async () => opened.then(() => ({ statusCode: 200, body: "mine" })) }],
    });
    const wire = await openWire(root);

    wire.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\nnonsense\r\n\r\n");
    await eventually(() => adapter.inFlight() === 1);
    open();

    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 200 OK.*mine$/s);
  });

  it("answers pipelined requests in their order", async () => {
    const { root } = await startAdapter({
      mounts: [
        {
          method: "GET",
          route: "/{ms}",
          handler: async ({ path }) => {
            await new Promise((resolve) => setTimeout(resolve, Number(path.slice(1))));
            return { statusCode: 200, body: `[${path}]` };
          },
        },
      ],
    });

    const text = await exchange(
      root,
      "GET /40 HTTP/1.1\r\nHost: x\r\n\r\nGET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /20 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );

    expect(text.match(/\[.*?\]/g)).toEqual(["[/40]", "[/1]", "[/20]"]);
  });
});

describe("clients that go away", () => {
  it("while the handler works: its answer is dropped, the slot comes back", async () => {
    const { opened, open } = gate();
    const { adapter, root, refusals } = await startAdapter({
      mounts: [
        { method: "GET", route: "/slow", handler: async () => opened.then(() => ({ statusCode: 200, body: "x".repeat(1e6) })) },
        ok,
      ],
    });
    const wire = await openWire(root);
    wire.socket.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    await eventually(() => adapter.inFlight() === 1);

    wire.socket.resetAndDestroy();
    await wire.closed();
    open();
    await eventually(() => adapter.inFlight() === 0);

    expect((await send(root, { target: "/" })).status).toBe(200);
    expect(refusals).toEqual([]);
  });

  it("in the middle of their body: no handler is called", async () => {
    let calls = 0;
    const { adapter, root, refusals } = await startAdapter({
      mounts: [{ ...take, handler: async () => ({ statusCode: 200 + calls++ }) }, ok],
      requestTimeoutMs: 50,
    });
    const wire = await openWire(root);
    wire.socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhal");
    await eventually(() => wire.socket.bytesWritten > 0);

    wire.socket.resetAndDestroy();
    await wire.closed();
    await new Promise((resolve) => setTimeout(resolve, 100)); // past the time for its body

    expect((await send(root, { target: "/" })).status).toBe(200);
    expect([calls, adapter.inFlight(), refusals]).toEqual([0, 0, []]);
  });

  it("right after the 413", async () => {
    const { root } = await startAdapter({ mounts: [take, ok] });
    const wire = await openWire(root);
    wire.socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9999999\r\n\r\nhal");
    await wire.until(/413/);

    wire.socket.resetAndDestroy();
    await wire.closed();

    expect((await send(root, { target: "/" })).status).toBe(200);
  });
});

describe("a graceful stop", () => {
  it("finishes what has begun, closes what idles, and takes nothing new", async () => {
    const { opened, open } = gate();
    const { adapter, root } = await startAdapter({
      mounts: [
        ok,
        take,
        { method: "GET", route: "/slow", handler: async () => opened.then(() => ({ statusCode: 200, body: "slow" })) },
      ],
    });
    const [idle, unused, busy, halfway] = [
      await openWire(root),
      await openWire(root),
      await openWire(root),
      await openWire(root),
    ];
    idle.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await idle.until(/fine$/);
    busy.socket.write("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    halfway.socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhel");
    await eventually(() => adapter.inFlight() === 1);

    const drained = adapter.drain({ deadlineMs: 5_000 });
    await Promise.all([idle.closed(), unused.closed()]);
    await expect(send(root, { target: "/" })).rejects.toMatchObject({ code: "ECONNREFUSED" });
    halfway.socket.write("lo");
    open();

    expect(await busy.closed()).toMatch(/200 OK.*Connection: close.*slow$/s);
    expect(await halfway.closed()).toMatch(/200 OK.*Connection: close.*hello$/s);
    expect(await drained).toBe(0);
    expect(await adapter.drain({ deadlineMs: 0 })).toBe(0);
  });

  it("goes on accepting for a while when asked to, and says on each answer that it will not last", async () => {
    const { adapter, root } = await startAdapter({ mounts: [ok] });

    const drained = adapter.drain({ acceptForMs: 100, deadlineMs: 1_000 });
    const during = await exchange(root, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await drained;

    expect(during).toMatch(/200 OK.*Connection: close.*fine$/s);
    await expect(send(root, { target: "/" })).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("cuts off at the deadline what does not finish, and says how much", async () => {
    const { opened, open } = gate();
    const { adapter, root } = await startAdapter({
      mounts: [{ method: "GET", route: "/", handler: async () => opened.then(() => ({ statusCode: 200 })) }],
    });
    const wire = await openWire(root);
    wire.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    await eventually(() => adapter.inFlight() === 1);

    expect(await adapter.drain({ deadlineMs: 50 })).toBe(1);

    expect(await wire.closed()).toBe("");
    open();
    await eventually(() => adapter.inFlight() === 0);
  });
});
