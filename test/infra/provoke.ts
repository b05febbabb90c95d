/** A load under which real processes emit every metric that there is: what is asked for, what goes wrong, and what is behind. */
import { execFileSync } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { serviceNames } from "#lib/observe/metric-catalogue.ts";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { startReceiver, status, until } from "#test/push/receiver.ts";
import { startReplicatedDatabase } from "#test/support/replica.ts";
import { callServer, freePort, type ServerProcess, startServer } from "#test/support/server-process.ts";

const calendar = "/calendar/v3/calendars/primary";
const events = `${calendar}/events`;
const event = { summary: "Load", start: { date: "2030-01-01" }, end: { date: "2030-01-02" } };

/** Reads, writes, a request sent again, an address that does not exist, and a sync token that no longer holds. */
const ask = async ({ url }: ServerProcess): Promise<void> => {
  for (let time = 0; time < 2; time += 1) await callServer(url, "POST", events, event, { "Idempotency-Key": "the-same" });
  await callServer(url, "GET", "/nowhere");
  const list = await callServer(url, "GET", `${events}?singleEvents=true`);
  await callServer(url, "PATCH", calendar, { timeZone: "Asia/Tokyo" });
  const { nextSyncToken } = list.body;
  const refused = await callServer(url, "GET", `${events}?singleEvents=true&syncToken=${encodeURIComponent(nextSyncToken)}`);
  expect(refused.status).toBe(410);
  for (let time = 0; time < 20; time += 1) {
    await callServer(url, "GET", events);
    await delay(20);
  }
};

/** A write that waits for a lock until the database ends it. */
const fail = async ({ url }: ServerProcess, databaseUrl: string): Promise<void> => {
  const db = await openDatabase(databaseUrl, { poolSize: 1, statementTimeoutMs: 30_000 });
  await db.inTransaction(async (tx) => {
    await tx.query(sql.type(row())`select 1 from calendars for update`);
    const answer = await callServer(url, "POST", events, event);
    expect(answer.status).toBe(503);
  });
  await db.close();
};

/** Runs all of it. @returns what the processes wrote. */
export const provokeEverything = async (): Promise<string> => {
  const database = await startReplicatedDatabase();
  const receiver = await startReceiver();
  const servers: ServerProcess[] = [];
  const start = async (environment: Record<string, string>): Promise<ServerProcess> => {
    const server = await startServer({ DATABASE_URL: database.url, PUSH_ALLOW_LOOPBACK: "1", PUSH_WORKERS: "0", ...environment });
    servers.push(server);
    return server;
  };
  try {
    const api = await start({
      DATABASE_REPLICA_URL: database.replicaUrl,
      // Nobody is there.
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
      STATEMENT_TIMEOUT_MS: "1000",
    });
    const watch = (id: string, params: object) =>
      callServer(api.url, "POST", `${events}/watch`, { id, type: "web_hook", address: receiver.url, params });
    expect((await watch("short", { ttl: "1" })).status).toBe(200);
    expect((await watch("long", {})).status).toBe(200);
    await delay(1_500);
    const worker = await start({ PUSH_WORKERS: "4", POWERTOOLS_SERVICE_NAME: serviceNames.worker });

    await ask(api);
    await fail(api, database.url);
    const limited = await start({ RATE_LIMIT_PER_MINUTE: "1" });
    for (let time = 0; time < 3; time += 1) await callServer(limited.url, "GET", calendar);

    await until(() => receiver.of("long").length > 1, 30_000);
    receiver.answer = status(500);
    await callServer(api.url, "POST", events, event);
    // Workers look after channels and the database about once a minute.
    await until(() => worker.written().includes("DatabaseSize"), 90_000);
    await Promise.all(servers.map((server) => server.kill("SIGTERM")));
    const losing = Object.values(serviceNames).map((name) =>
      execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", "test/infra/lose-lines.ts"], {
        encoding: "utf8",
        env: { POWERTOOLS_SERVICE_NAME: name },
      }),
    );
    return [...servers.map(({ written }) => written()), ...losing].join("\n");
  } finally {
    await Promise.all(servers.map((server) => server.kill("SIGKILL")));
    await receiver.close();
    await database.stop();
  }
};
