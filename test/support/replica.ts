/** A primary and a server that follows it by streaming replication, both real. */
import { readFileSync } from "node:fs";
import { chmod, cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "#container/embedded-postgres.ts";
import { type Connection, openDatabase, row, sql } from "#lib/sql/database.ts";
import { migrate } from "#lib/sql/migrate.ts";
import { placeForFiles } from "./database.ts";

export interface ReplicatedDatabase {
  readonly url: string;
  readonly replicaUrl: string;
  /** Stops the replay of what arrives at the replica, or goes on with it. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  /** All processes of the replica. */
  replicaPids(): string[];
  stopReplica(): Promise<void>;
  startReplica(): Promise<void>;
  stop(): Promise<void>;
}

const settings = { wal_level: "replica", max_connections: "100", wal_keep_size: "256MB", shared_buffers: "32MB" };

const on = async (url: string, work: (db: Connection) => Promise<unknown>): Promise<void> => {
  const db = await openDatabase(url, { poolSize: 1, statementTimeoutMs: 10_000 });
  try {
    await work(db);
  } finally {
    await db.close();
  }
};

/** Starts both, the schema in place. The replica's files are a copy of the primary's, made while that is stopped. */
export const startReplicatedDatabase = async (): Promise<ReplicatedDatabase> => {
  const folder = await mkdtemp(join(await placeForFiles(), `calendar-test-${process.pid}-`));
  // The replica, which may run as another user than this process, finds the primary's socket by its path.
  await chmod(folder, 0o755);
  const [primaryDir, replicaDir] = [join(folder, "p"), join(folder, "r")];
  const first = await startEmbeddedPostgres({ dataDir: primaryDir, durable: false, settings });
  await migrate({ url: first.url });
  await first.stop();
  await cp(primaryDir, replicaDir, { recursive: true });
  await writeFile(join(replicaDir, "cluster", "standby.signal"), "");

  const primary = await startEmbeddedPostgres({ dataDir: primaryDir, durable: false, settings });
  const host = decodeURIComponent(new URL(primary.url).hostname);
  const startReplica = () =>
    startEmbeddedPostgres({
      dataDir: replicaDir,
      durable: false,
      settings: { ...settings, primary_conninfo: `host=${host} port=5432 user=postgres` },
    });
  let replica: EmbeddedPostgres | undefined = await startReplica();
  const replicaUrl = replica.url;
  return {
    url: primary.url,
    replicaUrl,
    pause: () => on(replicaUrl, (db) => db.query(sql.type(row())`select pg_wal_replay_pause()`)),
    resume: () => on(replicaUrl, (db) => db.query(sql.type(row())`select pg_wal_replay_resume()`)),
    replicaPids: () => {
      const [postmaster = ""] = readFileSync(join(replicaDir, "cluster", "postmaster.pid"), "utf8").split("\n");
      const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8").trim().split(" ");
      return [postmaster, ...children];
    },
    stopReplica: async () => {
      await replica?.stop();
      replica = undefined;
    },
    startReplica: async () => {
      replica = await startReplica();
    },
    stop: async () => {
      await replica?.stop();
      await primary.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
};
