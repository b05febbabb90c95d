/** Clients that take up room and time: each gets some, and then it is somebody else's. */
import { once } from "node:events";
import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import type { Mount } from "#container/adapter.ts";
import { createUntaken } from "#container/untaken.ts";
import { type Api, startApi } from "#test/support/api.ts";
import { exchange, openWire, send } from "./http-client.ts";
import { eventually, startAdapter, stopAdapters } from "./start-adapter.ts";

afterEach(stopAdapters);

const ok: Mount = { method: "GET", route: "/", handler: async () => ({ statusCode: 200, body: "fine" }) };
const megabytes = (count: number): Mount => ({
  method: "GET",
  route: "/large",
  handler: async () => ({ statusCode: 200, body: "x".repeat(count * 1_000_000) }),
});
const asks = "GET /large HTTP/1.1\r\nHost: x\r\n\r\n";

/** A client that asks and then reads nothing. */
const deafClient = async (root: string): Promise<Socket> => {
  const { port, hostname } = new URL(root);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  await once(socket, "connect");
  socket.pause();
  socket.write(asks);
  return socket;
};

describe("a client that takes its answer", () => {
  it("steadily, but more slowly than anybody has to, is cut off when its time is over", async () => {
    const untaken = createUntaken({ patienceMs: 300, bytesPerMs: 40_000, maxBytes: 1e9 });
    const server = createServer((req, res) => {
      res.end("x".repeat(40_000_000));
      untaken.watch(res, req.socket.writableLength);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const wire = await openWire(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
    let bytes = 0;
    wire.socket.removeAllListeners("data").on("data", (chunk) => {
      bytes += chunk.length;
      wire.socket.pause();
      setTimeout(() => wire.socket.resume(), 10);
    });
    const startedAt = performance.now();
    wire.socket.write(asks);
    await wire.closed();
    server.close();
    expect(performance.now() - startedAt).toBeGreaterThan(1_200);
    expect(bytes).toBeLessThan(40_000_000);
  }, 180_000);

  it("not at all is cut off soon, and its slot was free long before", async () => {
    const { adapter, root } = await startAdapter({ mounts: [ok, megabytes(20)], requestTimeoutMs: 400, maxConcurrent: 1 });
    const ends: number[] = [];
    const startedAt = performance.now();
    adapter.server.on("connection", (socket) => socket.on("close", () => ends.push(performance.now() - startedAt)));
    const socket = await deafClient(root);
    await eventually(() => adapter.inFlight() === 0);
    expect((await send(root, { target: "/" })).status).toBe(200);
    await eventually(() => ends.length === 2);
    socket.destroy();
    expect(ends[1]).toBeGreaterThan(350);
    expect(ends[1]).toBeLessThan(3_000);
  }, 180_000);

  it("slowly, but fast enough, gets all of it", async () => {
    const { root } = await startAdapter({ mounts: [megabytes(20)], requestTimeoutMs: 1_000 });
    const wire = await openWire(root);
    let bytes = 0;
    wire.socket.removeAllListeners("data");
    wire.socket.on("data", (chunk) => {
      bytes += chunk.length;
      if (bytes > 20_000_000) wire.socket.end();
      wire.socket.pause();
      setTimeout(() => wire.socket.resume(), 2);
    });
    wire.socket.write(asks);
    await wire.closed();
    expect(bytes).toBeGreaterThan(20_000_000);
  }, 180_000);

  it("not at all costs the oldest of its kind their answers when there are too many", async () => {
    const { adapter, root } = await startAdapter({ mounts: [ok, megabytes(20)], maxUntakenBytes: 50_000_000 });
    const closed: Socket[] = [];
    adapter.server.on("connection", (socket) => socket.on("close", () => closed.push(socket)));
    const clients: Socket[] = [];
    for (let index = 0; index < 8; index += 1) {
      clients.push(await deafClient(root));
      await eventually(() => adapter.inFlight() === 0);
      await delay(20);
    }
    await eventually(() => closed.length >= 5);
    await delay(100);
    expect(closed.length).toBeLessThanOrEqual(7);
    expect((await send(root, { target: "/" })).status).toBe(200);
    for (const client of clients) client.destroy();
  }, 180_000);
});

describe("a client that takes a file", () => {
  const chunk = Buffer.alloc(65_536, "x");
  /** A file that is told when it is let go. */
  const fileOf = (bytes: number): Mount & { readonly ended: Promise<unknown> } => {
    const stream = Readable.from(
      (function* () {
        for (let sent = 0; sent < bytes; sent += chunk.length) yield chunk;
      })(),
      { objectMode: false },
    );
    const answer = { statusCode: 200, download: { stream, length: bytes, filename: "x" } };
    return {
      ...megabytes(0),
      handler: async () => answer as never,
      ended: new Promise((resolve) => stream.once("close", resolve)),
    };
  };
  /** Takes it chunk by chunk, with pauses; the number of bytes that came in the end. */
  const take = async (root: string, pause: (bytes: number) => number): Promise<number> => {
    const wire = await openWire(root);
    let bytes = 0;
    wire.socket.removeAllListeners("data").on("data", (part) => {
      bytes += part.length;
      const ms = pause(bytes);
      if (ms === 0) return;
      wire.socket.pause();
      setTimeout(() => wire.socket.resume(), ms);
    });
    wire.socket.write(asks.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    await wire.closed();
    return bytes;
  };
  const limits = { requestTimeoutMs: 1_000, slowestBytesPerMs: 20_000 };

  it("in drips is cut off soon, however long it is, and the file is closed", async () => {
    const file = fileOf(8_192 * chunk.length);
    const { root } = await startAdapter({ mounts: [file], ...limits });
    const startedAt = performance.now();
    const bytes = await take(root, () => 20);
    await file.ended;
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    expect(bytes).toBeLessThan(200_000_000);
  }, 180_000);

  it("after a pause, but fast enough on the whole, gets all of it", async () => {
    const file = fileOf(1_024 * chunk.length);
    const { root } = await startAdapter({ mounts: [file], ...limits });
    let hasPaused = false;
    const bytes = await take(root, (so) => {
      if (hasPaused || so < 1_000_000) return 0;
      hasPaused = true;
      return 600;
    });
    await file.ended;
    expect(bytes).toBeGreaterThan(1_024 * chunk.length);
  }, 180_000);
});

describe("connections", () => {
  it("that ask for nothing are closed after their time, and others are served meanwhile", async () => {
    const { root } = await startAdapter({ mounts: [ok], headersTimeoutMs: 4_000, keepAliveTimeoutMs: 300 });
    const before = process.memoryUsage().rss;
    const wires = await Promise.all(Array.from({ length: 1_000 }, () => openWire(root)));
    for (const { socket } of wires.slice(500)) socket.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    expect((await send(root, { target: "/" })).status).toBe(200);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
    const texts = await Promise.all(wires.map((wire) => wire.closed()));
    expect(texts.filter((text) => text === "").length).toBe(500);
    expect(texts.filter((text) => text.includes("fine")).length).toBe(500);
  }, 180_000);

  it("that send a header after the other are refused at a thousand of them, however short they are", async () => {
    const { root } = await startAdapter({ mounts: [ok] });
    const few = Array.from({ length: 900 }, (_, index) => `X-${index}: 1\r\n`).join("");
    const many = Array.from({ length: 1_100 }, (_, index) => `X-${index}: 1\r\n`).join("");
    const head = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
    expect(await exchange(root, `${head}${few}\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    expect(await exchange(root, `${head}${many}\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it("whose body drips in, a byte now and then, get 408 when the time is over", async () => {
    const take: Mount = { method: "POST", route: "/", handler: async () => ({ statusCode: 200 }) };
    const { root } = await startAdapter({ mounts: [take], requestTimeoutMs: 300 });
    const wire = await openWire(root);
    wire.socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n");
    const drip = setInterval(() => wire.socket.write("x"), 20);
    const before = performance.now();
    expect(await wire.closed()).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(drip);
    expect(performance.now() - before).toBeLessThan(4_000);
  });
});

describe("a body that is small until it is unpacked", () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  it.each([
    ["JSON", "/calendar/v3/calendars/primary/events", "application/json"],
    ["multipart", "/batch/calendar/v3", "multipart/mixed; boundary=limes"],
  ])(
    "is unpacked no further than a plain one may be long (%s)",
    async (_, path, type) => {
      const bomb = gzipSync(Buffer.alloc(200_000_000, " "));
      expect(bomb.length).toBeLessThan(1_000_000);
      const before = process.memoryUsage().rss;
      const startedAt = performance.now();
      const response = await fetch(`${api.url}${path}`, {
        method: "POST",
        headers: { "X-API-Key": api.adminKey, "Content-Type": type, "Content-Encoding": "gzip" },
        body: bomb,
      });
      expect(response.status).toBe(413);
      expect(performance.now() - startedAt).toBeLessThan(1_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
    },
    20_000,
  );
});
