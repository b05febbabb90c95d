import { once } from "node:events";
import { longestIdleMs, type Mount } from "#container/adapter.ts";
import { exchange, openWire, send } from "./http-client.ts";
import { eventually, gate, startAdapter, stopAdapters } from "./start-adapter.ts";

afterEach(stopAdapters);

const route = "/";
const echoSize: Mount = {
  method: "POST",
  route,
  handler: async (event) => ({
    statusCode: 200,
    body: String(Buffer.from(event.body ?? "", event.isBase64Encoded ? "base64" : "utf8").length),
  }),
};

describe("how many requests are worked on", () => {
  it("lets some work, some wait, and turns the rest away at once", async () => {
    const { opened, open } = gate();
    let most = 0;
    const { adapter, root } = await startAdapter({
      mounts: [
        {
          method: "GET",
          route,
          handler: async () => {
            most = Math.max(most, adapter.inFlight());
            await opened;
            return { statusCode: 200, body: "done" };
          },
        },
      ],
      maxConcurrent: 2,
      maxQueued: 3,
    });
    const admitted = Array.from({ length: 5 }, () => send(root, { target: "/" }));
    await eventually(() => adapter.queued() === 3);

    const refused = await send(root, { target: "/" });

    expect([refused.status, refused.headers["retry-after"], String(refused.body)]).toEqual([503, ["1"], '{"kind":"overloaded"}']);
    expect([adapter.inFlight(), adapter.queued()]).toEqual([2, 3]);
    open();
    expect((await Promise.all(admitted)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    expect([most, adapter.inFlight(), adapter.queued()]).toEqual([2, 0, 0]);
  });

  it("refuses a body before it reads it when nothing is free, and serves the connection's next request", async () => {
    const { opened, open } = gate();
    const { adapter, root } = await startAdapter({
      mounts: [echoSize, { method: "GET", route, handler: async () => opened.then(() => ({ statusCode: 200 })) }],
      maxConcurrent: 1,
      maxQueued: 0,
    });
    const first = send(root, { target: "/" });
    await eventually(() => adapter.inFlight() === 1);
    const wire = await openWire(root);

    wire.socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n");
    await wire.until(/503 .*overloaded/s);
    open();
    await first;
    wire.socket.write("helloPOST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi");

    expect(await wire.closed()).toMatch(/503 .*200 OK.*\r\n\r\n2$/s);
  });

  it("lets a health check in even then", async () => {
    const { opened, open } = gate();
    const { adapter, root } = await startAdapter({
      mounts: [
        { method: "GET", route, handler: async () => opened.then(() => ({ statusCode: 200 })) },
        { method: "GET", route: "/health/live", handler: async () => ({ statusCode: 200 }), alwaysAdmit: true },
      ],
      maxConcurrent: 1,
      maxQueued: 0,
    });
    const first = send(root, { target: "/" });
    await eventually(() => adapter.inFlight() === 1);

    expect((await send(root, { target: "/health/live" })).status).toBe(200);
    expect((await send(root, { target: "/" })).status).toBe(503);
    open();
    await first;
  });

  it("forgets a waiting request whose client goes away, and runs the others in order", async () => {
    const { opened, open } = gate();
    const ran: string[] = [];
    const { adapter, root } = await startAdapter({
      mounts: [
        {
          method: "GET",
          route: "/{name}",
          handler: async ({ path }) => {
            ran.push(path);
            await opened;
            return { statusCode: 200 };
          },
        },
      ],
      maxConcurrent: 1,
      maxQueued: 9,
    });
    const first = send(root, { target: "/first" });
    await eventually(() => adapter.inFlight() === 1);
    const leaver = await openWire(root);
    leaver.socket.write("GET /leaver HTTP/1.1\r\nHost: x\r\n\r\n");
    await eventually(() => adapter.queued() === 1);
    const second = send(root, { target: "/second" });
    await eventually(() => adapter.queued() === 2);
    const third = send(root, { target: "/third" });
    await eventually(() => adapter.queued() === 3);

    leaver.socket.destroy();
    await eventually(() => adapter.queued() === 2);
    open();
    await Promise.all([first, second, third]);

    expect(ran).toEqual(["/first", "/second", "/third"]);
  });

  it("gives up on a handler after its time, and gives its slot to the next", async () => {
    const { opened, open } = gate();
    let calls = 0;
    const { adapter, root, refusals } = await startAdapter({
      mounts: [
        {
          method: "GET",
          route,
          handler: async () => (++calls === 1 ? opened.then(() => ({ statusCode: 200 })) : { statusCode: 201 }),
        },
      ],
      maxConcurrent: 1,
      handlerTimeoutMs: 60,
    });

    const [stuck, next] = await Promise.all([send(root, { target: "/" }), send(root, { target: "/" })]);

    expect([stuck.status, next.status, refusals]).toEqual([504, 201, [{ status: 504, kind: "timeout" }]]);
    open(); // the late answer goes nowhere, and frees nothing twice
    await opened;
    expect((await send(root, { target: "/" })).status).toBe(201);
    expect(adapter.inFlight()).toBe(0);
  });
});

describe("how large a body may be", () => {
  const large = Buffer.alloc(10_000_000, "x");

  it("takes the largest one allowed, in one piece or in chunks", async () => {
    const { root } = await startAdapter({ mounts: [echoSize] });

    const whole = await send(root, { method: "POST", target: "/", body: large.subarray(0, 1_000_000) });
    const chunked = await send(root, {
      method: "POST",
      target: "/",
      headers: [["transfer-encoding", "chunked"]],
      body: large.subarray(0, 1_000_000),
    });

    expect([String(whole.body), String(chunked.body)]).toEqual(["1000000", "1000000"]);
  });

  it("shows fetch the 413, by Content-Length and in chunks", async () => {
    const { root } = await startAdapter({ mounts: [echoSize] });
    const stream = () => new Blob([large]).stream();

    for (let i = 0; i < 5; i++) {
      const whole = await fetch(root, { method: "POST", body: large });
      const chunked = await fetch(root, { method: "POST", body: stream(), duplex: "half" } as RequestInit);

      expect([whole.status, await whole.text()]).toEqual([413, '{"kind":"bodyTooLarge"}']);
      expect([chunked.status, await chunked.text()]).toEqual([413, '{"kind":"bodyTooLarge"}']);
    }
  });

  it.each<[string, string]>([
    ["Content-Length", `Content-Length: ${large.length}\r\n\r\n`],
    ["chunks", `Transfer-Encoding: chunked\r\n\r\n${large.length.toString(16)}\r\n`],
  ])("shows a client that first sends all of it the 413, then closes (%s)", async (_how, framing) => {
    const { root } = await startAdapter({ mounts: [echoSize] });
    const wire = await openWire(root);

    wire.socket.pause(); // as one that reads only when it has sent everything
    wire.socket.write(`POST / HTTP/1.1\r\nHost: x\r\n${framing}`);
    wire.socket.write(large);
    if (framing.includes("chunked")) wire.socket.write("\r\n0\r\n\r\n");
    if (wire.socket.writableNeedDrain) await once(wire.socket, "drain");
    wire.socket.resume();

    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 413 .*Connection: close.*"bodyTooLarge"}$/s);
  });

  it("refuses by Content-Length alone, and does not wait for a body that never comes for ever", async () => {
    const { root } = await startAdapter({ mounts: [echoSize] });
    const wire = await openWire(root);
    const before = performance.now();

    wire.socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000001\r\n\r\n");

    await wire.until(/413 .*bodyTooLarge/s);
    expect(performance.now() - before).toBeLessThan(1_000);
    await wire.closed();
    expect(performance.now() - before).toBeLessThan(4_000);
  });

  it("does not read an endless body to its end", async () => {
    const { root } = await startAdapter({ mounts: [echoSize] });
    const wire = await openWire(root);
    let sent = 0;
    wire.socket.write("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = Buffer.concat([Buffer.from("100000\r\n"), Buffer.alloc(1 << 20), Buffer.from("\r\n")]);

    const pump = () => {
      while (!wire.socket.destroyed && sent < 1 << 30) {
        sent += chunk.length;
        if (!wire.socket.write(chunk)) return;
      }
    };
    wire.socket.on("drain", pump);
    pump();

    expect(await wire.closed()).toContain("413");
    expect(sent).toBeLessThan(1 << 28);
  });

  it("asks for a body only when it wants it", async () => {
    const { root } = await startAdapter({ mounts: [echoSize] });
    const expecting = (length: number, target = "/") =>
      `POST ${target} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: ${length}\r\n\r\n`;
    const wire = await openWire(root);

    wire.socket.write(expecting(5));
    await wire.until(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    wire.socket.write("hello");
    await wire.until(/200 OK.*\r\n\r\n5$/s);

    expect(await exchange(root, expecting(1_000_001))).toMatch(/^HTTP\/1\.1 413 /);
    expect(await exchange(root, expecting(5, "/nowhere"))).toMatch(/^HTTP\/1\.1 404 /);
    expect(await exchange(root, "GET / HTTP/1.1\r\nHost: x\r\nExpect: money\r\nConnection: close\r\n\r\n")).toMatch(
      /^HTTP\/1\.1 417 .*malformedRequest/s,
    );
  });
});

describe("how long a request may take to arrive", () => {
  it("answers 408 when the body does not come in time", async () => {
    const { root } = await startAdapter({ mounts: [echoSize], requestTimeoutMs: 50 });

    const silent = await exchange(root, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");

    expect(silent).toMatch(/^HTTP\/1\.1 408 .*Connection: close.*{"kind":"timeout"}$/s);
  });

  it("answers 408 to a head that drips in, and just closes a connection that asks for nothing", async () => {
    const { root } = await startAdapter({ mounts: [echoSize], headersTimeoutMs: 100 });
    const [dripping, idle] = [await openWire(root), await openWire(root)];
    dripping.socket.write("GET / HTTP/1.1\r\nHost: x\r\n");
    const drip = setInterval(() => dripping.socket.write("X-Slow: 1\r\n"), 20);

    expect(await dripping.closed()).toMatch(/^HTTP\/1\.1 408 .*{"kind":"timeout"}$/s);
    clearInterval(drip);
    expect(await idle.closed()).toBe("");
  });

  it("does not wait for ever for a client that stops taking its answer", async () => {
    const { adapter, root } = await startAdapter({
      mounts: [{ method: "GET", route, handler: async () => ({ statusCode: 200, body: "x".repeat(50_000_000) }) }],
      requestTimeoutMs: 100,
    });
    const closings: boolean[] = [];
    adapter.server.on("connection", (socket) => socket.on("close", (hadError) => closings.push(hadError)));
    const wire = await openWire(root);

    wire.socket.pause();
    wire.socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");

    await eventually(() => closings.length === 1);
  });

  it("keeps an idle connection longer than load balancers do, and waits as long for a head", async () => {
    const { adapter, root } = await startAdapter({ mounts: [echoSize] });

    expect(adapter.server.keepAliveTimeout).toBe(longestIdleMs);
    expect(adapter.server.headersTimeout).toBeGreaterThan(adapter.server.keepAliveTimeout);
    expect((await send(root, { method: "POST", target: "/", body: "x" })).status).toBe(200);
  });
});
