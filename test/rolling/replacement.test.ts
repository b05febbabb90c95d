/** What those who call the API notice of a release, of an instance that is taken away, and of one that dies: behind a load balancer. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { previousRelease } from "#ci/release.ts";
import { startEmbeddedPostgres } from "#container/embedded-postgres.ts";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { placeForFiles } from "#test/support/database.ts";
import { describeWithHaproxy } from "#test/support/haproxy.ts";
import { callServer, type ServerProcess, startServer } from "#test/support/server-process.ts";
import { type Balancer, checks, startBalancer } from "./balancer.ts";
import { buildNext, buildOf } from "./builds.ts";
import { type Load, startLoad } from "./load.ts";

const run = promisify(execFile);
const key = "administrator-of-the-tests";
/** Long enough for the balancer to notice that a target is not ready. */
const drainMs = 2_500;

describeWithHaproxy("Behind a load balancer, with requests all the while,", () => {
  const folder = mkdtempSync(join(tmpdir(), "calendar-rolling-"));
  let database: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
  let dataDir: string;
  let oldProgram: string;
  let next: ReturnType<typeof buildNext>;
  beforeAll(async () => {
    next = buildNext(join(folder, "next"));
    const commit = previousRelease();
    if (commit === undefined) process.stderr.write("git knows of no release before this tree: it is replaced by itself.\n");
    oldProgram = commit === undefined ? next.program : buildOf(commit, join(folder, "old"));
    dataDir = mkdtempSync(join(await placeForFiles(), "calendar-rolling-data-"));
    database = await startEmbeddedPostgres({ dataDir, durable: false, settings: { max_connections: "200" } });
    await migrateWith(oldProgram);
  }, 180_000);
  afterAll(async () => {
    await database.stop();
    for (const left of [folder, dataDir]) rmSync(left, { recursive: true, force: true, maxRetries: 5 });
  });

  let balancer: Balancer;
  let load: Load;
  const servers: ServerProcess[] = [];
  afterEach(async () => {
    await load.end();
    await Promise.all(servers.splice(0).map((server) => server.kill("SIGKILL")));
    await balancer.stop();
  });

  const migrateWith = (program: string) =>
    run(process.execPath, [join(program, "migrate.mjs")], { env: { DATABASE_URL: database.url }, cwd: program });
  const start = async (program: string): Promise<{ readonly server: ServerProcess; readonly target: string }> => {
    const server = await startServer(
      {
        DATABASE_URL: database.url,
        DATABASE_POOL_SIZE: "8",
        DRAIN_MS: String(drainMs),
        LOG_LEVEL: "WARN",
        NODE_ENV: "production",
      },
      [join(program, "main.mjs")],
    );
    servers.push(server);
    while (!(await fetch(`${server.url}/health/ready`)).ok) await delay(20);
    return { server, target: await balancer.register(server.url) };
  };
  const startThree = (program: string) => Promise.all([start(program), start(program), start(program)]);
  const begin = async (retries: number) => {
    balancer = await startBalancer({ retries });
    const started = await startThree(next.program);
    load = startLoad(balancer.port, key);
    await load.more(1_000);
    return started;
  };
  /** Ends the load, and expects that everything it was told is true; the figures are printed. */
  const endLoad = async (what: string): Promise<void> => {
    const made = await load.end();
    const total = load.answered() + load.failed.length;
    process.stdout.write(`${what}: ${load.failed.length} of ${total.toLocaleString("en")} requests failed\n`);
    const db = await openDatabase(database.url, { poolSize: 1, statementTimeoutMs: 10_000 });
    const found = await db.one(
      sql.type(row<{ n: number }>())`select count(*) as n from events where id = any(${sql.array([...made], "text")})`,
    );
    await db.close();
    expect(found.n).toBe(made.length);
  };

  it("a release replaces the one before, with a migration in between, and no request fails", async () => {
    balancer = await startBalancer({ retries: 0 });
    const old = await startThree(oldProgram);
    load = startLoad(balancer.port, key);
    await load.more(3_000);

    await migrateWith(next.program);
    await load.more(2_000);
    const fresh = await startThree(next.program);
    for (const { server, target } of old) {
      await balancer.deregister(target);
      expect(await server.kill("SIGTERM")).toBe(0);
      await load.more(1_000);
    }
    await load.more(Math.max(1_000, 20_000 - load.answered()));

    const versions = await Promise.all(
      Array.from({ length: 9 }, () => callServer(`http://127.0.0.1:${balancer.port}`, "GET", "/v1/version")),
    );
    expect(new Set(versions.map(({ body }) => body.commit))).toEqual(new Set([next.commit]));
    await endLoad("rolling replacement");
    expect(load.failed).toEqual([]);
    expect(load.answered()).toBeGreaterThanOrEqual(20_000);
    for (const { target } of [...old, ...fresh]) expect(load.targets.get(target)).toBeGreaterThan(100);
  }, 180_000);

  it("instances are taken away without being deregistered, as Spot does, and no request fails", async () => {
    const first = await begin(0);
    for (const { server, target } of first) {
      const ended = server.kill("SIGTERM");
      const replaced = start(next.program);
      expect(await ended).toBe(0);
      expect(await balancer.health(target)).toMatch(/^DOWN/);
      await replaced;
      await load.more(1_000);
    }
    await load.more(Math.max(1_000, 10_000 - load.answered()));

    await endLoad("SIGTERM with the target still registered");
    expect(load.failed).toEqual([]);
    for (const { target } of first) expect(load.targets.get(target)).toBeGreaterThan(100);
  }, 180_000);

  it("of a process that is killed only the requests that it was at work on fail", async () => {
    const [{ server, target }] = await begin(3);
    const inFlight = load.inFlight();
    await server.kill("SIGKILL");
    const goneAt = performance.now();
    await load.more(4_000);

    expect(await balancer.health(target)).toMatch(/^DOWN/);
    await endLoad(`SIGKILL of one of three, ${inFlight} requests in flight on all`);
    // As long as the system has not closed its connections, requests are still given to it.
    expect(load.failed.filter(({ sentAt }) => sentAt > goneAt)).toEqual([]);
    expect(load.failed.length).toBeLessThanOrEqual(2 * inFlight);
  }, 180_000);

  it("of a process that is killed more fail where refused connections are not tried elsewhere, as on an ALB, until its checks notice", async () => {
    const [{ server, target }] = await begin(0);
    const killedAt = performance.now();
    await server.kill("SIGKILL");
    while (!(await balancer.health(target)).startsWith("DOWN")) await delay(20);
    const noticedAt = performance.now();
    await load.more(2_000);

    expect(noticedAt - killedAt).toBeLessThan(checks.intervalMs * (checks.unhealthy + 1) + 1_000);
    await endLoad(`SIGKILL, not tried elsewhere, noticed after ${Math.round(noticedAt - killedAt)} ms`);
    expect(load.failed.filter(({ sentAt }) => sentAt > noticedAt)).toEqual([]);
  }, 180_000);
});
