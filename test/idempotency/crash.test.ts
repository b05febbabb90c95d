/** What is left when a process ends between the commit and the answer: a proxy before the database ends it at that very point. */
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { freshDatabase } from "#test/support/database.ts";
import { callServer, type ServerProcess, startServer } from "#test/support/server-process.ts";

/** Passes a database's traffic on, until the next answer to a COMMIT after `arm`: that one is kept, and `onCommit` called. */
const startProxy = async (url: string) => {
  const target = new URL(url);
  const host = decodeURIComponent(target.hostname);
  const port = target.port || "5432";
  let onCommit: (() => void) | undefined;
  const proxy = createServer((near) => {
    const far = host.startsWith("/") ? connect(`${host}/.s.PGSQL.${port}`) : connect(Number(port), host);
    let isLast = false;
    near.on("data", (bytes) => {
      isLast ||= onCommit !== undefined && bytes.includes("COMMIT\0");
      far.write(bytes);
    });
    far.on("data", (bytes) => {
      if (isLast) onCommit?.();
      else near.write(bytes);
    });
    near.on("close", () => far.destroy()).on("error", () => {});
    far.on("close", () => near.destroy()).on("error", () => {});
  }).listen(0, "127.0.0.1");
  await once(proxy, "listening");
  target.host = `127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  return {
    url: target.href,
    arm: (callback: () => void) => {
      onCommit = callback;
    },
    close: () => proxy.close(),
  };
};

it("an answer that a killed process did not give any more is given by another one, and nothing is done twice", async () => {
  const database = await freshDatabase();
  const proxy = await startProxy(database.url);
  const servers: ServerProcess[] = [];
  const start = async (DATABASE_URL: string) => {
    const server = await startServer({ DATABASE_URL, PUSH_WORKERS: "0", DATABASE_POOL_SIZE: "2" });
    servers.push(server);
    return server;
  };
  const path = "/calendar/v3/calendars/primary/events";
  const lunch = { summary: "Lunch", start: { date: "2026-03-09" }, end: { date: "2026-03-10" } };
  const headers = { "Idempotency-Key": `"${randomUUID()}"` };
  try {
    const first = await start(proxy.url);
    const second = await start(database.url);
    expect((await callServer(first.url, "GET", path)).body.items).toEqual([]);

    proxy.arm(() => first.child.kill("SIGKILL"));
    await expect(callServer(first.url, "POST", path, lunch, headers)).rejects.toThrow("fetch failed");
    expect(await first.exited).toBeNull();
    const { items } = (await callServer(second.url, "GET", path)).body;
    const answer = await callServer(second.url, "POST", path, lunch, headers);

    expect(items).toHaveLength(1);
    expect(answer).toMatchObject({ status: 200, body: { id: items[0].id, etag: items[0].etag, summary: "Lunch" } });
    expect(answer.headers.get("idempotent-replayed")).toBe("true");
    expect((await callServer(second.url, "GET", path)).body.items).toHaveLength(1);
  } finally {
    for (const server of servers) await server.kill("SIGKILL");
    proxy.close();
    await database.drop();
  }
});
