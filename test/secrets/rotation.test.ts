/** A real role whose real password changes under load; the secret is where a program with AWS would find it. */
import { setTimeout as delay } from "node:timers/promises";
import { connectRedis, type RedisLink } from "#lib/redis/connect.ts";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { describeWithMoto, startMoto } from "#test/support/moto.ts";
import { type OwnPostgres, startOwnPostgres } from "#test/support/own-postgres.ts";
import { describeWithRedis, type RedisServer, startRedis } from "#test/support/redis.ts";
import { callServer, startServer } from "#test/support/server-process.ts";
import { createSecret } from "./moto.ts";
import { type SecretsManager, startSecretsManager } from "./secrets-manager.ts";

const name = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:calendar-db";
const path = "/calendar/v3/calendars/primary/events";

let postgres: OwnPostgres;
let admin: Database;
/** The same, in the database that the server works in. */
let inside: Database;
let manager: SecretsManager;

beforeAll(async () => {
  postgres = await startOwnPostgres(["local all app,app_clone scram-sha-256"], { max_connections: "250" });
  admin = await openDatabase(postgres.url, { poolSize: 2, statementTimeoutMs: 10_000 });
  manager = await startSecretsManager();
  await run("create role app login password 'first'");
  await run("create role app_clone login password 'clone-first' in role app");
  await run("create database calendar owner app");
  inside = await openDatabase(postgres.url.replace(/\/postgres$/, "/calendar"), { poolSize: 1, statementTimeoutMs: 20_000 });
});
afterAll(async () => {
  await manager.close();
  await inside.close();
  await admin.close();
  await postgres.stop();
});

/** Runs SQL that a test says. */
const run = (text: string) => {
  const parts = Object.assign([text], { raw: Object.freeze([text]) });
  return admin.query(sql.unsafe(parts));
};

const secretOf = (username: string, password: string) => {
  const host = decodeURIComponent(new URL(postgres.url).hostname);
  return JSON.stringify({
    engine: "postgres",
    username,
    password,
    host: encodeURIComponent(host),
    port: 5432,
    dbname: "calendar",
  });
};

const connections = async (): Promise<number> => {
  const { number } = await admin.one(
    sql.type(row<{ number: number }>())`select count(*) as number from pg_stat_activity where usename like 'app%'`,
  );
  return number;
};

/** Calls a server without a pause. */
const load = (url: string) => {
  const failed: string[] = [];
  let answered = 0;
  let isOver = false;
  const ask = async (...call: [method: string, path: string, body?: unknown]) => {
    const answer = await callServer(url, ...call);
    answered += 1;
    if (answer.status !== 200) failed.push(`${answer.status} ${JSON.stringify(answer.body)}`);
  };
  const client = async () => {
    for (let turn = 0; !isOver; turn += 1) {
      const body = { summary: String(turn), start: { date: "2030-01-01" }, end: { date: "2030-01-02" } };
      await (turn % 4 === 0 ? ask("POST", path, body) : ask("GET", `${path}?maxResults=5`));
    }
  };
  const clients = Array.from({ length: 4 }, client);
  return {
    answered: () => answered,
    failed,
    /** Holds requests up until the server has had to make new connections for them. */
    more: async () => {
      const before = await connections();
      const [locked, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const holding = inside.inTransaction(async (db) => {
        await db.query(sql.type(row())`lock table calendars in access exclusive mode`);
        locked.resolve();
        await over.promise;
      });
      await locked.promise;
      const more = Array.from({ length: Math.max(before, 8) }, () => ask("GET", path));
      for (const deadline = Date.now() + 5_000; (await connections()) <= before && Date.now() < deadline; ) await delay(20);
      expect(await connections()).toBeGreaterThan(before);
      over.resolve();
      await Promise.all([holding, ...more]);
    },
    end: () => {
      isOver = true;
      return Promise.all(clients);
    },
  };
};

it("rotates the password under load, and no request fails", async () => {
  manager.put(name, secretOf("app", "first"));
  const server = await startServer({ DATABASE_SECRET_ARN: name, ...manager.environment, DATABASE_POOL_SIZE: "170" });
  const clients = load(server.url);
  try {
    // Rotations as RDS makes them: the new password is pending, then the database's, then the current one.
    for (const password of ["rotated-2", "rotated-3"]) {
      manager.put(name, secretOf("app", password), "AWSPENDING");
      await run(`alter role app password '${password}'`);
      await clients.more();
      manager.finish(name);
    }
    await clients.more();
    // Between two users: the one before keeps its password.
    manager.put(name, secretOf("app_clone", "clone-second"));
    await run("alter role app_clone password 'clone-second'");
    await clients.more();
    manager.isDown = true;
    await clients.more();
    await clients.end();
    expect(clients.failed).toEqual([]);
    expect(clients.answered()).toBeGreaterThan(50);
    expect(`${server.said()}${server.written()}`).not.toMatch(/rotated-/);
  } finally {
    manager.isDown = false;
    await clients.end().catch(() => {});
    await server.kill("SIGKILL");
  }
}, 180_000);

it("hashes keys under the pepper that the secret names, and does not start with a short one", async () => {
  manager.put("pepper", "a pepper of more than sixteen bytes");
  manager.put("short", "salt");
  await run("alter role app password 'fourth'");
  manager.put(name, secretOf("app", "fourth"));
  const environment = { DATABASE_SECRET_ARN: name, ...manager.environment, PUSH_WORKERS: "0" };
  const peppered = await startServer({ ...environment, KEY_PEPPER_SECRET_ARN: "pepper" });
  expect((await callServer(peppered.url, "GET", path)).status).toBe(200);
  await peppered.kill("SIGKILL");
  await expect(startServer({ ...environment, KEY_PEPPER_SECRET_ARN: "short" })).rejects.toThrow("shorter than 16 bytes");
  await expect(startServer({ ...environment, DATABASE_SECRET_ARN: "unknown" })).rejects.toThrow("secret");
}, 180_000);

describeWithRedis("with a Redis that wants a password", () => {
  const password = "a password: of/any @kind";
  let redis: RedisServer;
  let link: RedisLink;

  beforeAll(async () => {
    redis = await startRedis();
    link = await connectRedis(redis.url);
    await link.ask((client) => client.config("SET", "requirepass", password));
    await run("alter role app password 'fifth'");
    manager.put(name, secretOf("app", "fifth"));
    manager.put("cache", password);
    manager.put("empty", "");
  });
  afterAll(async () => {
    link.close();
    await redis.stop();
  });

  it("shows it the one that the secret names, and does not start without that", async () => {
    const environment = {
      DATABASE_SECRET_ARN: name,
      ...manager.environment,
      PUSH_WORKERS: "0",
      REDIS_URL: redis.url,
      RATE_LIMIT_PER_MINUTE: "100",
    };
    const server = await startServer({ ...environment, REDIS_PASSWORD_SECRET_ARN: "cache" });
    const kept = () => link.ask((client) => client.dbsize());
    expect(await kept()).toBe(0);
    for (const deadline = Date.now() + 5_000; !(await kept()) && Date.now() < deadline; ) {
      expect((await callServer(server.url, "GET", path)).status).toBe(200);
      await delay(100);
    }
    expect(await kept()).toBeGreaterThan(0);
    expect(`${server.said()}${server.written()}`).not.toContain(password);
    await server.kill("SIGKILL");
    await expect(startServer({ ...environment, REDIS_PASSWORD_SECRET_ARN: "unknown" })).rejects.toThrow("GetParameterError");
    await expect(startServer({ ...environment, REDIS_PASSWORD_SECRET_ARN: "empty" })).rejects.toThrow("is empty");
  }, 180_000);
});

describeWithMoto("with moto as AWS", () => {
  it("rotates the password through AWS's own stages under load, and no request fails", async () => {
    await run("alter role app password 'moto-1'");
    const moto = await startMoto();
    const secret = await createSecret(moto, "calendar-db", secretOf("app", "moto-1"));
    const pepper = await createSecret(moto, "pepper", "a pepper of more than sixteen bytes");
    const server = await startServer({
      DATABASE_SECRET_ARN: secret.arn,
      KEY_PEPPER_SECRET_ARN: pepper.arn,
      ...moto.environment,
      DATABASE_POOL_SIZE: "170",
    });
    const clients = load(server.url);
    try {
      for (const password of ["moto-2", "moto-3"]) {
        await secret.putPending(secretOf("app", password));
        await run(`alter role app password '${password}'`);
        await clients.more();
        await secret.finish();
        await clients.more();
      }
      await clients.end();
      expect(clients.failed).toEqual([]);
      expect(clients.answered()).toBeGreaterThan(50);
    } finally {
      await clients.end().catch(() => {});
      await server.kill("SIGKILL");
      await moto.stop();
    }
  }, 180_000);
});
