/**
 * Every endpoint under requests made from its own schemas, good and bad, against the real program over HTTP, many at once. Whatever is
 * sent, the answer is one that the endpoint declares, comes within two seconds, and leaves nothing behind in the process.
 *
 * `FUZZ_SEED=<seed>` repeats a run as far as a server with many clients can be repeated; `FUZZ_RUNS` says how many requests.
 */
import { setTimeout as delay } from "node:timers/promises";
import fc from "fast-check";
import { findEndpoints } from "#container/routes.ts";
import type { Description } from "#lib/entry/endpoint.ts";
import { type Bucket, startBucket } from "#test/support/bucket.ts";
import { freshDatabase } from "#test/support/database.ts";
import { callServer, type ServerProcess, startServer } from "#test/support/server-process.ts";
import { createCheck } from "./check.ts";
import { type Plan, plans, type WireRequest, write } from "./requests.ts";
import { Scenes } from "./scene.ts";
import { createSender, type WireAnswer } from "./send.ts";

const runs = Number(process.env.FUZZ_RUNS ?? 20_000);
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));
const lanes = 16;
const usualMs = 2_000;
/** Endpoints that wait on purpose: an erasure until keys have ended everywhere, a profile for as long as it is asked to. */
const waitsMs: Readonly<Record<string, number>> = { "users.delete": 2_000, "profiles.record": 10_000 };
/** New people come after so many requests of a lane. */
const freshEvery = 50;
/** How long a failing request is made smaller. */
const shrinkMs = 20_000;
/**
 * What the process may have kept after the last three quarters of the requests, with garbage collected. What it may keep is bounded
 * (compiled code, ten thousand keys, time zones, statement names); a leak of a kilobyte per request would be 15 MB.
 */
const mostKeptBytes = 10_000_000;

let database: Awaited<ReturnType<typeof freshDatabase>>;
let bucket: Bucket;
let server: ServerProcess;
beforeAll(async () => {
  database = await freshDatabase();
  bucket = await startBucket();
  const environment = { ...bucket.environment, DATABASE_URL: database.url, PUSH_WORKERS: "1", PUSH_ALLOW_LOOPBACK: "1" };
  server = await startServer({ ...environment, LOG_LEVEL: "WARN" }, [
    "--expose-gc",
    "--import",
    new URL("./report-memory.mjs", import.meta.url).href,
    "container/main.ts",
  ]);
}, 180_000);
afterAll(async () => {
  await server.kill("SIGTERM");
  bucket.close();
  await database.drop();
}, 180_000);

/** Bytes in use once garbage is collected and nothing is under way, and resident ones. */
const memory = async (): Promise<{ readonly used: number; readonly resident: number }> => {
  await delay(1_000);
  const before = server.said().length;
  server.child.kill("SIGUSR2");
  for (;;) {
    const [, used, resident] = /memory (\d+) (\d+)\n/.exec(server.said().slice(before)) ?? [];
    if (used && resident) return { used: Number(used), resident: Number(resident) };
    await delay(50);
  }
};

const shown = ({ method, target, headers, body }: WireRequest): string => {
  const text = body?.toString("latin1") ?? "";
  const cut = text.length > 6_000 ? `${text.slice(0, 6_000)}… (${text.length} bytes)` : text;
  return `${method} ${target}\n${JSON.stringify(headers)}\n${JSON.stringify(cut)}`;
};

class Finding extends Error {}

it(`answers ${runs} requests as declared, soon, and without keeping anything (FUZZ_SEED=${seed})`, async () => {
  const endpoints = await findEndpoints();
  const descriptions = new Map<string, Description>(endpoints.map(({ description }) => [description.id, description]));
  const check = createCheck(endpoints);
  const scenes = new Scenes(server.url);
  const { send, close } = createSender(server.url, lanes);
  for (let number = 0; number < 6; number += 1) await scenes.add();

  /** Endpoints that have done what they are for at least once: to answer refusals alone would be easy. */
  const succeeded = new Set<string>();
  let busy = 0;
  let alone: Promise<WireAnswer> | undefined;
  const sendAmongOthers = async (request: WireRequest): Promise<WireAnswer> => {
    while (alone !== undefined) await alone.catch(() => {});
    busy += 1;
    return send(request).finally(() => {
      busy -= 1;
    });
  };
  /** Sends while nobody else does. */
  const sendAlone = async (request: WireRequest): Promise<WireAnswer> => {
    while (alone !== undefined) await alone.catch(() => {});
    const sent = (async () => {
      while (busy > 0) await delay(5);
      return send(request);
    })();
    alone = sent.finally(() => {
      alone = undefined;
    });
    return alone;
  };

  const answerTo = async (request: WireRequest, id: string): Promise<WireAnswer> => {
    const answer = await sendAmongOthers(request);
    const slowMs = usualMs + (waitsMs[id] ?? 0);
    if (answer.ms <= slowMs) return answer;
    // Sixteen requests and their client share a machine with others: it is slow if it is so each time with the server to itself.
    const times = [answer.ms];
    for (let tries = 0; tries < 3; tries += 1) {
      const again = await sendAlone(request);
      if (again.ms <= slowMs) return answer;
      times.push(again.ms);
      await delay(300);
    }
    throw new Finding(`it took ${times.map(Math.round).join(", ")} ms, all but the first with nobody else there`);
  };

  const tryOne = async (plan: Plan): Promise<void> => {
    const description = descriptions.get(plan.id);
    if (!description) throw new Error(`There is no endpoint ${plan.id}.`);
    const request = write(plan, description, scenes);
    let answer: WireAnswer | undefined;
    try {
      answer = await answerTo(request, plan.id);
      const wrong = check.wrong(request, answer);
      if (wrong) throw new Finding(wrong);
    } catch (error) {
      const said = answer && `${answer.status} ${answer.text.slice(0, 2_000)}`;
      throw new Finding(`${(error as Error).message}\n${shown(request)}\n${said ?? (error as Error).stack}`);
    }
    const id = check.endpointOf(request);
    if (id === "users.delete" && answer.status === 204) scenes.drop(request.scene);
    if (id && answer.status < 300) succeeded.add(id);
    if (answer.status < 300 && answer.headers["content-type"]?.startsWith("application/json") && answer.text !== "") {
      scenes.learn(request.scene, request.calendarId, JSON.parse(answer.text));
    }
  };

  let isOver = false;
  const requests = plans([...descriptions.values()]);
  const runLane = async (lane: number, from: number, numRuns: number): Promise<string | undefined> => {
    let shrinkUntil: number | undefined;
    let sent = 0;
    const details = await fc.check(
      fc.asyncProperty(requests, async (plan) => {
        if (shrinkUntil === undefined ? isOver : performance.now() > shrinkUntil) return;
        sent += 1;
        if (sent % freshEvery === 0 && shrinkUntil === undefined) await scenes.add();
        try {
          await tryOne(plan);
        } catch (error) {
          shrinkUntil ??= performance.now() + shrinkMs;
          isOver = true;
          throw error;
        }
      }),
      { seed: (seed + (from + lane) * 1_000_003) | 0, numRuns },
    );
    if (!details.failed) return undefined;
    const { errorInstance } = details as { errorInstance?: Error };
    return `lane ${lane} of ${from}, request ${details.numRuns}, path ${details.counterexamplePath}:\n${errorInstance?.stack}`;
  };
  const runAll = async (from: number, count: number): Promise<void> => {
    const found = await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane, from, Math.ceil(count / lanes))));
    const first = found.find((report) => report !== undefined);
    if (first) throw new Error(`FUZZ_SEED=${seed} FUZZ_RUNS=${runs}, ${first}`);
  };

  await runAll(0, runs / 4);
  const warm = await memory();
  await runAll(1_000, (runs * 3) / 4);
  const after = await memory();
  close();

  // Fewer requests are for a look at one of them: they do not reach everything, nor tell what is kept of each.
  if (runs >= 20_000) {
    expect({ seed, refusedAlone: [...descriptions.keys()].filter((id) => !succeeded.has(id)) }).toEqual({
      seed,
      refusedAlone: [],
    });
    expect({ seed, kept: Math.max(after.used - warm.used, mostKeptBytes) }).toEqual({ seed, kept: mostKeptBytes });
    expect(after.resident).toBeLessThan(warm.resident * 1.5 + 64_000_000);
  }
  expect(server.written().match(/"level":"ERROR".*/)?.[0]).toBeUndefined();

  await stillWorks(await scenes.add());
}, 400_000);

/** The server is as good as new: it says so, keeps and lists what it is given, and its log of changes is whole. */
const stillWorks = async ({ key }: { readonly key: string }): Promise<void> => {
  expect((await callServer(server.url, "GET", "/health/ready")).status).toBe(200);
  const events = "/calendar/v3/calendars/primary/events";
  const own = { "X-API-Key": key };
  const body = { summary: "After all", start: { date: "2026-05-01" }, end: { date: "2026-05-02" } };
  const made = await callServer(server.url, "POST", events, body, own);
  const listed = await callServer(server.url, "GET", `${events}?timeMin=2026-04-30T00:00:00Z`, undefined, own);
  expect(listed.body.items).toMatchObject([{ id: made.body.id, summary: "After all" }]);
  for (let pageToken = "", isComplete = false; !isComplete; ) {
    const { body } = await callServer(server.url, "GET", `/v1/audit/verify${pageToken}`);
    expect(body).toMatchObject({ intact: true, problems: [] });
    isComplete = body.complete;
    pageToken = `?pageToken=${body.nextPageToken}`;
  }
};
