import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import v8 from "node:v8";
import { runInNewContext } from "node:vm";
import { handler } from "#handlers/users/export.ts";
import { readCalendar } from "#lib/ical/read-calendar.ts";
import { type Database, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, startApi } from "#test/support/api.ts";
import { at, newCalendar } from "#test/support/events.ts";
import { unzip } from "#test/support/unzip.ts";
import { type Someone, someone } from "./someone.ts";

let api: Api;
let db: Database;
beforeAll(async () => {
  api = await startApi({ pushAllowLoopback: true });
  db = await openDatabase(api.databaseUrl, { poolSize: 2, statementTimeoutMs: 60_000 });
});
afterAll(async () => {
  await db.close();
  await api.stop();
});

const primary = "/calendar/v3/calendars/primary/events";
const own = (id: string) => `/calendar/v3/calendars/${encodeURIComponent(id)}`;
const lunch = { summary: "Lunch", ...at("2026-03-09T12:00:00") };

const download = (key: string, path = "/v1/users/me/export", method = "GET") =>
  fetch(`${api.url}${path}`, { method, headers: { "X-API-Key": key, "Accept-Encoding": "gzip, br" } });
const filesOf = async (key: string, path?: string) => {
  const answer = await download(key, path);
  if (answer.status !== 200) throw new Error(await answer.text());
  return unzip(Buffer.from(await answer.arrayBuffer()));
};
const textOf = (files: ReadonlyMap<string, Buffer>, name: string): string => files.get(name)?.toString() ?? `no ${name}`;
const jsonOf = (files: ReadonlyMap<string, Buffer>, name: string) => JSON.parse(textOf(files, name));

/** Files this process holds open that have no name any more. */
const openExports = () =>
  readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes("calendar-export-");
    } catch {
      return false;
    }
  }).length;
const untilNoneIsOpen = async () => {
  for (let tries = 0; openExports() > 0 && tries < 100; tries += 1) await delay(20);
  return openExports();
};

const busy = async (ana: Someone) => {
  const [ben, cleo] = [await api.person(), await api.person()];
  await ana.put("/v1/users/me/settings/weekStart", { value: "1" });
  const team = await newCalendar(ana);
  await ana.post(`${own(team.id)}/acl`, { scope: { type: "user", value: ben.email }, role: "reader" });
  await ana.post(`${primary}/watch`, {
    id: `c-${ana.marker}`,
    type: "web_hook",
    address: "http://127.0.0.1:9999/hook",
    token: "t",
  });
  const single = await ana.post(primary, { ...lunch, source: { title: "s", url: "https://x.example" } });
  const daily = await ana.post(primary, { ...lunch, summary: "Daily", recurrence: ["RRULE:FREQ=DAILY;COUNT=5"] });
  await ana.patch(`${primary}/${daily.body.id}_20260310T120000Z`, { summary: "Once" });
  const gone = await ana.post(primary, { ...lunch, summary: "Gone" });
  await ana.delete(`${primary}/${gone.body.id}`);
  const guest = { email: ana.email, displayName: "A.", comment: "late", responseStatus: "tentative" };
  const invited = await ben.post(primary, {
    ...lunch,
    summary: "Ben's own words",
    attendees: [guest, { email: cleo.email }],
  });
  await ben.post(`${own("primary")}/acl`, { scope: { type: "user", value: ana.email }, role: "reader" });
  await ana.post("/calendar/v3/users/me/calendarList", { id: ben.email, summaryOverride: "Benny" });
  await api.call("POST", "/v1/groups", { key: api.adminKey, body: { email: `g-${ana.marker}@example.net` } });
  await api.call("PUT", `/v1/groups/g-${ana.marker}@example.net/members/${ana.email}`, { key: api.adminKey });
  return { ben, cleo, team, single: single.body, daily: daily.body, gone: gone.body, invited: invited.body };
};

describe("the export of a person's data", () => {
  it("has everything that there is of them, and nothing of others", async () => {
    const ana = await someone(api);
    const { ben, cleo, team, single, gone, daily, invited } = await busy(ana);
    await busy(await someone(api));

    const answer = await download(ana.key);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const files = unzip(bytes);

    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "application/zip",
      "content-length": String(bytes.length),
      "content-disposition": `attachment; filename="calendar-export-${ana.id}.zip"`,
      "cache-control": "no-store",
    });
    expect(answer.headers.get("content-encoding")).toBeNull();
    expect([...files.keys()].sort()).toEqual(
      [
        "README.txt",
        "access-rules.json",
        "access-to-others.json",
        "audit.json",
        "calendar-list.json",
        "calendars.json",
        `calendars/001-${ana.marker}@example_org.events.json`,
        `calendars/001-${ana.marker}@example_org.ics`,
        `calendars/002-${team.id.replaceAll(".", "_")}.events.json`,
        `calendars/002-${team.id.replaceAll(".", "_")}.ics`,
        "channels.json",
        "events-of-others.json",
        "groups.json",
        "keys.json",
        "profile.json",
        "settings.json",
        "usage.json",
      ].sort(),
    );
    for (const name of files.keys()) {
      if (!name.startsWith("calendars/"))
        expect(textOf(files, "README.txt")).toContain(name === "README.txt" ? "profile.json" : name);
    }
    expect(jsonOf(files, "profile.json")).toEqual((await ana.get("/v1/users/me")).body);
    expect(jsonOf(files, "settings.json")).toEqual(
      expect.arrayContaining([expect.objectContaining({ id: "weekStart", value: "1" })]),
    );
    expect(jsonOf(files, "keys.json")).toEqual((await ana.get("/v1/users/me/keys")).body.items);
    expect(jsonOf(files, "groups.json")).toEqual([{ email: `g-${ana.marker}@example.net` }]);
    expect(
      jsonOf(files, "calendar-list.json")
        .map(({ id }: { id: string }) => id)
        .sort(),
    ).toEqual([ana.email, ben.email, team.id].sort());
    expect(jsonOf(files, "calendars.json")).toEqual([(await ana.get(own("primary"))).body, (await ana.get(own(team.id))).body]);
    expect(jsonOf(files, "access-rules.json").map(({ calendarId, id }: Record<string, string>) => [calendarId, id])).toEqual([
      [ana.email, `user:${ana.email}`],
      [team.id, `user:${ana.email}`],
      [team.id, `user:${ben.email}`],
    ]);
    expect(jsonOf(files, "access-to-others.json")).toMatchObject([{ calendarId: ben.email, role: "reader" }]);
    expect(jsonOf(files, "channels.json")).toMatchObject([{ id: `c-${ana.marker}`, address: "http://127.0.0.1:9999/hook" }]);
    const events = jsonOf(files, `calendars/001-${ana.marker}@example_org.events.json`);
    expect(events).toEqual((await ana.get(`${primary}?showDeleted=true`)).body.items);
    expect(events.map(({ id }: { id: string }) => id)).toEqual(
      expect.arrayContaining([single.id, gone.id, daily.id, invited.id]),
    );
    expect(jsonOf(files, "events-of-others.json")).toMatchObject([
      { id: invited.id, attendees: [{ email: ana.email, displayName: "A.", comment: "late", responseStatus: "tentative" }] },
    ]);
    expect(textOf(files, "events-of-others.json")).not.toContain("Ben's own words");
    expect(textOf(files, "events-of-others.json")).not.toContain(cleo.email);
    const audit = jsonOf(files, "audit.json");
    expect(audit.map(({ action }: { action: string }) => action)).toEqual(
      expect.arrayContaining([
        "events.insert",
        "users.insert",
        "keys.insert",
        "groupMembers.insert",
        "acl.insert",
        "users.setSetting",
      ]),
    );
    expect(new Set(audit.map(({ id }: { id: string }) => id)).size).toBe(audit.length);
    expect([...files.values()].join("")).not.toContain(ana.key);
    const parsed = readCalendar(textOf(files, `calendars/001-${ana.marker}@example_org.ics`), { zone: "UTC" } as never);
    expect(parsed).toBeDefined();
  });

  it("is given by administrators' keys for anybody, by others' for themselves, never by a limited one", async () => {
    const [ana, ben] = [await someone(api), await api.person()];
    const limited = await ana.post("/v1/users/me/keys", { name: "one", calendars: ["primary"] });
    const reader = await ana.post("/v1/users/me/keys", {
      name: "reads",
      scopes: ["readonly", "events.write", "calendars.write"],
    });
    const statusOf = async (key: string, path?: string) => {
      const answer = await download(key, path);
      await answer.arrayBuffer();
      return answer.status;
    };

    expect(await statusOf(api.adminKey, `/v1/users/${ana.id}/export`)).toBe(200);
    expect(await statusOf(ben.key, `/v1/users/${ana.id}/export`)).toBe(404);
    expect(await statusOf(limited.body.key)).toBe(404);
    expect(await statusOf(reader.body.key)).toBe(403);
    expect(await statusOf(api.adminKey, "/v1/users/nobody/export")).toBe(404);
  });

  it("lets no id of a calendar become a path that leads elsewhere", async () => {
    const ana = await someone(api);
    await db.query(sql.type(row())`
      insert into calendars (id, owner_id, summary, time_zone, created_at, updated_at)
      values ('../../../etc/x', ${ana.id}, 'x', 'UTC', now(), now()), ('..', ${ana.id}, 'y', 'UTC', now(), now())
    `);

    const names = [...(await filesOf(ana.key)).keys()];

    expect(names.filter((name) => /(^|\/)\.|\\|^\//.test(name))).toEqual([]);
    expect(names).toContain("calendars/002-_.ics");
  });

  it("is read by other programs too", async () => {
    if (!existsSync("/usr/bin/python3") && !existsSync("/usr/bin/unzip")) {
      console.log("Skipped: neither python3 nor unzip is installed.");
      return;
    }
    const ana = await someone(api);
    await busy(ana);
    const folder = mkdtempSync(join(tmpdir(), "calendar-test-"));
    const path = join(folder, "export.zip");
    writeFileSync(path, Buffer.from(await (await download(ana.key)).arrayBuffer()));
    const [program, ...arguments_] = existsSync("/usr/bin/unzip")
      ? ["/usr/bin/unzip", "-tq", path]
      : ["/usr/bin/python3", "-m", "zipfile", "-t", path];

    const said = execFileSync(program as string, arguments_, { encoding: "utf8" });
    rmSync(folder, { recursive: true });

    expect(said).toMatch(/No errors detected|Done testing/);
  });

  it("answers HEAD with its length and keeps no file open", async () => {
    const ana = await someone(api);

    const head = await download(ana.key, "/v1/users/me/export", "HEAD");

    expect(head.status).toBe(200);
    expect(Number(head.headers.get("content-length"))).toBeGreaterThan(1_000);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith("calendar-export-"))).toEqual([]);
    expect(await untilNoneIsOpen()).toBe(0);
  });

  it("is left to the container, for what Lambda answers is a text", () => {
    expect(handler.description.containerOnly).toBe(true);
  });
});

/** A person with so many events on their own calendar. */
const personWith = async (many: number): Promise<Someone> => {
  const ana = await someone(api);
  const { id } = (await ana.post(primary, { ...lunch, description: "What we do next, and who does it.".repeat(5) })).body;
  await db.query(sql.type(row())`
    insert into events
    select (jsonb_populate_record(e, jsonb_build_object('id', 'many' || n, 'i_cal_uid', 'many' || n || '@example.org'))).*
    from events e cross join generate_series(1, ${many - 1}) n where e.calendar_id = ${ana.email} and e.id = ${id}
  `);
  return ana;
};

v8.setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes that live in memory, garbage aside. */
const living = (): number => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

/** By how much more lives in memory at most while something goes on, looked at a few times a second. */
const growthWhile = async <Value>(work: () => Promise<Value>): Promise<{ readonly value: Value; readonly growth: number }> => {
  const before = living();
  let growth = 0;
  const watch = setInterval(() => {
    growth = Math.max(growth, living() - before);
  }, 180_000);
  const value = await work();
  clearInterval(watch);
  return { value, growth };
};

describe("a large export", () => {
  it("of 20,000 events is whole, goes out in bounded memory, and its calendar reads as the same events", async () => {
    const many = 20_000;
    const [few, ana] = [await personWith(1_000), await personWith(many)];
    // What the process takes for itself, to have read and written at all.
    await (await download(few.key)).arrayBuffer();
    const started = performance.now();

    const { value: answer, growth } = await growthWhile(() => download(ana.key));

    const made = performance.now() - started;
    expect(answer.status).toBe(200);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const files = unzip(bytes);
    expect(answer.headers.get("content-length")).toBe(String(bytes.length));
    const name = `calendars/001-${ana.marker}@example_org`;
    const written = JSON.parse(textOf(files, `${name}.events.json`));
    const { series } = readCalendar(textOf(files, `${name}.ics`), { zone: "UTC" });
    const unpacked = [...files.values()].reduce((sum, one) => sum + one.length, 0);
    const figures = `${Math.round(made)} ms, ${bytes.length} bytes, ${unpacked} unpacked, ${Math.round(growth / 1e6)} MB more in memory`;
    process.stderr.write(`Export of ${many} events: ${figures}.\n`);
    expect(written).toHaveLength(many);
    expect(series).toHaveLength(many);
    expect(growth).toBeLessThan(15e6);
  }, 180_000);

  it("is one of two at most, one for each who asks, and cleaned up after when clients go away", async () => {
    const [ana, ben] = [await personWith(10_000), await personWith(10_000)];
    const goAway = new AbortController();
    const begin = (key: string) =>
      fetch(`${api.url}/v1/users/me/export`, { headers: { "X-API-Key": key }, signal: goAway.signal });
    const refused = async (key: string, sentence: string): Promise<void> => {
      const answer = await download(key);
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("1");
      expect(await answer.text()).toContain(sentence);
    };
    const of = (key: string) =>
      begin(key).then(
        ({ status }) => status,
        (error: Error) => error.name,
      );
    const begun = [of(ana.key)];
    await delay(50);
    await refused(ana.key, "Your last export is still");
    begun.push(of(ben.key));
    await delay(50);
    await refused(api.adminKey, "2 exports are being made");
    await refused(ben.key, "Your last export is still");
    goAway.abort();

    expect(await Promise.all(begun)).toEqual(["AbortError", "AbortError"]);
    let status = 503;
    for (let tries = 0; status === 503 && tries < 200; tries += 1) {
      await delay(100);
      status = (await download(api.adminKey, "/v1/users/me/export", "HEAD")).status;
    }
    expect(status).toBe(200);
    expect(await untilNoneIsOpen()).toBe(0);
  }, 180_000);

  it("that fails is an error, not half an archive", async () => {
    const ana = await personWith(5_000);
    await db.query(sql.type(row())`update events set data = '{}' where calendar_id = ${ana.email} and id = 'many4999'`);

    const answer = await download(ana.key);

    expect(answer.status).toBe(500);
    expect(((await answer.json()) as { error: { code: number } }).error.code).toBe(500);
    expect(await untilNoneIsOpen()).toBe(0);
  });
});
