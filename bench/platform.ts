/** What keys with scopes, limits shared through Redis, usage and the audit log cost: against the same API from before it had them. */
import type { ChildProcess } from "node:child_process";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { hasRedis, startRedis } from "#test/support/redis.ts";
import { type Contender, compare, print, ratio } from "./load.ts";
import { headers, post, startBundle, startDatabase } from "./server.ts";

/** The last commits without the platform: the core alone, and with all of Google's methods. */
const before = { core: "9388207", "all methods": "e38e6b1" } as const;

const events = "/calendar/v3/calendars/primary/events";
const event = {
  summary: "Planning",
  description: "What we do next, and who does it.",
  start: { dateTime: "2026-03-02T09:00:00", timeZone: "Europe/Berlin" },
  end: { dateTime: "2026-03-02T10:00:00", timeZone: "Europe/Berlin" },
};

/** Builds what a commit was. */
const build = (commit: string, folder: string): string => {
  const tree = join(folder, commit);
  execFileSync("git", ["worktree", "add", "--detach", "--force", tree, commit], { stdio: "ignore" });
  symlinkSync(resolve("node_modules"), join(tree, "node_modules"));
  execFileSync(process.execPath, ["esbuild.config.mjs", "--container"], { cwd: tree, stdio: "ignore" });
  return join(tree, "dist/container/main.mjs");
};

export const run = async (): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), "calendar-bench-trees-"));
  const redis = hasRedis ? await startRedis() : undefined;
  const children: ChildProcess[] = [];
  const databases: { stop(): Promise<void> }[] = [];
  const serve = async (name: string, environment: Record<string, string>, program?: string) => {
    const database = await startDatabase({ isEmpty: true });
    databases.push(database);
    const server = await startBundle(database.url, environment, program);
    children.push(server.child);
    const { id } = await post(server.url, events, event);
    return { name, ...server, id };
  };
  try {
    const everything = {
      RATE_LIMIT_PER_MINUTE: "100000000",
      RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "100000000",
      ...(redis && { REDIS_URL: redis.url }),
    };
    const ours = await serve(redis ? "everything on" : "everything on, no Redis here", everything);
    const scoped = (await post(ours.url, "/v1/users/me/keys", { name: "bench", scopes: ["events.write"] })) as unknown as {
      key: string;
    };
    const others = [];
    for (const [name, commit] of Object.entries(before)) others.push(await serve(name, {}, build(commit, folder)));
    const all = [ours, ...others];
    for (const [what, of] of [
      ["GET one event", (id: string) => ({ path: `${events}/${id}` })],
      ["GET a list of ten", () => ({ path: `${events}?maxResults=10` })],
      ["POST an event", () => ({ path: events, body: JSON.stringify(event) })],
    ] as const) {
      const contenders: readonly Contender[] = all.map(({ name, port, child, id }) => ({
        name,
        port,
        pid: child.pid as number,
        headers: { ...headers, ...(name === ours.name && { "X-API-Key": scoped.key }) },
        ...of(id),
      }));
      const results = await compare(contenders);
      console.log(what);
      print(results);
      const target = what.startsWith("POST") ? 0.75 : 0.9;
      for (const { name } of others) {
        console.log(`  everything on at ${ratio(results, ours.name, name).toFixed(2)} of ${name} (target ${target})`);
      }
    }
  } finally {
    for (const child of children) child.kill("SIGKILL");
    for (const database of databases) await database.stop();
    await redis?.stop();
    for (const commit of Object.values(before)) {
      execFileSync("git", ["worktree", "remove", "--force", join(folder, commit)], { stdio: "ignore" });
    }
    rmSync(folder, { recursive: true, force: true });
  }
};

if (import.meta.main) await run();
