/**
 * FullCalendar with its Google plugin, unmodified, in a real browser: a page of another origin shows a calendar of ours. Only the
 * plugin's base URL and key are set.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type BrowserContext, chromium } from "playwright-core";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { newCalendar, on, type TestCalendar } from "#test/support/events.ts";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);
const title = "FullCalendar, in a browser,";
if (!executablePath) console.warn(`${title} is not tested: Chromium is not installed (Debian: apt-get install chromium).`);

const newYork = "America/New_York";

/** Serves the page, and its bundle, from a port of its own. */
const servePage = async (): Promise<Server> => {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("./fullcalendar-page.mjs", import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    logLevel: "silent",
  });
  const script = outputFiles[0]?.text ?? "";
  const html =
    '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><div id="calendar"></div><script type="module" src="/page.js"></script>';
  const server = createServer((req, res) => {
    const isScript = req.url === "/page.js";
    res.setHeader("Content-Type", isScript ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8");
    res.end(isScript ? script : html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
};
const originOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

let [pages, strangers]: Server[] = [];
let api: Api;
let person: Person;
let calendar: TestCalendar;
let browser: BrowserContext;
/** The browser's profile, and what it showed. */
let folder: string;
beforeAll(async () => {
  if (!executablePath) return;
  folder = mkdtempSync(join(tmpdir(), "fullcalendar-"));
  [pages, strangers] = [await servePage(), await servePage()];
  api = await startApi({ corsOrigins: [originOf(pages)] });
  person = await api.person();
  calendar = await newCalendar(person, newYork);
  browser = await chromium.launchPersistentContext(join(folder, "profile"), {
    executablePath,
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
    viewport: { width: 1000, height: 800 },
  });
}, 180_000);
afterAll(async () => {
  await browser?.close();
  pages?.close();
  strangers?.close();
  await api?.stop();
  if (folder) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** Opens the page of an origin, and waits until it has its events, or knows that it will get none. */
const open = async (server: Server | undefined, key = person.key) => {
  const page = await browser.newPage();
  const query = new URLSearchParams({ calendar: calendar.id, key, api: api.url });
  await page.goto(`${originOf(server as Server)}/?${query}`);
  await page.waitForSelector("body.loaded, body[data-failure]");
  return page;
};

/** What each day of the month shows: `9a standup`. */
const shown = `[...document.querySelectorAll(".fc-daygrid-day")].flatMap((day) =>
  [...day.querySelectorAll(".fc-event")].map((event) => [
    day.dataset.date,
    [".fc-event-time", ".fc-event-title"].map((part) => event.querySelector(part)?.textContent).filter(Boolean).join(" "),
  ]))`;

(executablePath ? describe : describe.skip)(executablePath ? title : `${title} (skipped: Chromium is not installed)`, () => {
  it("shows a series over a clock change on the right days, without the one cancelled and with the one moved", async () => {
    const series = await calendar.insert({
      summary: "standup",
      start: { dateTime: "2026-03-02T09:00:00", timeZone: newYork },
      end: { dateTime: "2026-03-02T09:30:00", timeZone: newYork },
      recurrence: ["RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20260326T000000Z"],
    });
    await calendar.insert({ summary: "offsite", ...on("2026-03-10", 2) });
    await calendar.delete(`${series.id}_20260316T130000Z`);
    await calendar.patch(`${series.id}_20260318T130000Z`, {
      start: { dateTime: "2026-03-19T14:00:00-04:00" },
      end: { dateTime: "2026-03-19T14:30:00-04:00" },
    });

    const page = await open(pages);

    expect(await page.evaluate(shown)).toEqual([
      ["2026-03-02", "9a standup"],
      ["2026-03-04", "9a standup"],
      ["2026-03-09", "9a standup"],
      ["2026-03-10", "offsite"],
      ["2026-03-11", "9a standup"],
      ["2026-03-19", "2p standup"],
      ["2026-03-23", "9a standup"],
      ["2026-03-25", "9a standup"],
    ]);
    const picture = await page.screenshot({ path: join(folder, "month.png") });
    expect(picture.length).toBeGreaterThan(10_000);
  }, 180_000);

  it("hears of it when its key is wrong", async () => {
    const page = await open(pages, "cal_wrong");

    expect(await page.evaluate("document.body.dataset.failure")).toBe("Request failed");
    expect(await page.evaluate(shown)).toEqual([]);
  }, 180_000);

  it("gets nothing on a page of an origin that is not in CORS_ORIGINS", async () => {
    const page = await open(strangers);

    expect(await page.evaluate("document.body.dataset.failure")).toBe("Failed to fetch");
    expect(await page.evaluate(shown)).toEqual([]);
  }, 180_000);

  it("may write from its page with a key in a header, after the browser's preflight, and read the ETag", async () => {
    const { id, etag } = await calendar.insert({ summary: "lunch", ...on("2026-03-20") });
    const call = (ifMatch: string) => `fetch(${JSON.stringify(`${api.url}${calendar.path}/${id}?fields=summary`)}, {
      method: "PATCH",
      headers: { "X-API-Key": ${JSON.stringify(person.key)}, "Content-Type": "application/json", "If-Match": ${JSON.stringify(ifMatch)} },
      body: JSON.stringify({ summary: "late lunch" }),
    }).then(async (answer) => [answer.status, await answer.json(), answer.headers.get("etag")])`;
    const page = await open(pages);

    const [status, body, changed] = (await page.evaluate(call(etag))) as [number, unknown, string];
    expect([status, body]).toEqual([200, { summary: "late lunch" }]);
    expect(changed).toMatch(/^"\d+"$/);
    expect(changed).not.toBe(etag);
    expect(((await page.evaluate(call(etag))) as unknown[])[0]).toBe(412);
    await expect((await open(strangers)).evaluate(call(changed))).rejects.toThrow("Failed to fetch");
  }, 180_000);
});
