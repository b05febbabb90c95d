/**
 * `npm run smoke -- <environment or URL>`: what a program does in its first minutes, with Google's own client and a calendar that is
 * made for it and deleted afterwards, whatever happens. The key comes from `SMOKE_API_KEY` or AWS; it is never printed.
 */
import assert from "node:assert/strict";
import { calendar as googleCalendar } from "@googleapis/calendar";
import { keyOf, main, urlOf } from "./target.ts";

const [target] = process.argv.slice(2);
const start = new Date(Date.now() + 86_400_000);
start.setUTCMinutes(0, 0, 0);
const end = new Date(start.getTime() + 3_600_000);
const window = { timeMin: start.toISOString(), timeMax: end.toISOString() };

/** Runs a step and tells how long it took. Throws with its name. */
const step = async <Result>(name: string, run: () => Promise<Result>): Promise<Result> => {
  const before = performance.now();
  try {
    const result = await run();
    process.stdout.write(`ok ${name} (${(performance.now() - before).toFixed(0)} ms)\n`);
    return result;
  } catch (error) {
    const { status, message } = error as Error & { status?: number };
    // The client's errors carry the request, its headers with it: of them, this alone is told.
    throw new Error(`Failed: ${name}: ${status === undefined ? "" : `${status} `}${message}`);
  }
};

await main(async () => {
  const api = googleCalendar({
    version: "v3",
    rootUrl: `${urlOf(target)}/`,
    headers: { "X-API-Key": await keyOf(target) },
    // A request that only succeeds the second time is a finding.
    retry: false,
    timeout: 10_000,
  });
  const calendarId = await step("make a calendar", async () => {
    const { data } = await api.calendars.insert({ requestBody: { summary: "smoke test", timeZone: "UTC" } });
    assert.ok(data.id);
    return data.id;
  });
  try {
    const eventId = await step("insert an event", async () => {
      const { data } = await api.events.insert({
        calendarId,
        requestBody: { summary: "first", start: { dateTime: window.timeMin }, end: { dateTime: window.timeMax } },
      });
      assert.ok(data.id);
      assert.equal(data.status, "confirmed");
      return data.id;
    });
    await step("get it", async () => {
      const { data } = await api.events.get({ calendarId, eventId });
      assert.equal(data.summary, "first");
      assert.equal(Date.parse(data.start?.dateTime ?? ""), start.getTime());
    });
    await step("list it in its window", async () => {
      const { data } = await api.events.list({ calendarId, ...window, singleEvents: true });
      assert.deepEqual(
        data.items?.map(({ id }) => id),
        [eventId],
      );
    });
    await step("see it as busy", async () => {
      const { data } = await api.freebusy.query({ requestBody: { ...window, items: [{ id: calendarId }] } });
      assert.equal(data.calendars?.[calendarId]?.busy?.length, 1);
    });
    const syncToken = await step("begin to sync", async () => {
      const { data } = await api.events.list({ calendarId });
      assert.ok(data.nextSyncToken);
      return data.nextSyncToken;
    });
    await step("patch it, and refuse who knows an older version", async () => {
      const { data: before } = await api.events.get({ calendarId, eventId });
      const { data } = await api.events.patch({ calendarId, eventId, requestBody: { summary: "second" } });
      assert.equal(data.summary, "second");
      assert.notEqual(data.etag, before.etag);
      const late = api.events.patch(
        { calendarId, eventId, requestBody: { summary: "third" } },
        { headers: { "If-Match": before.etag ?? "" } },
      );
      await assert.rejects(late, { status: 412 });
    });
    await step("delete it", async () => {
      const { status } = await api.events.delete({ calendarId, eventId });
      assert.equal(status, 204);
    });
    await step("hear of it by sync", async () => {
      const { data } = await api.events.list({ calendarId, syncToken });
      assert.deepEqual(
        data.items?.map(({ id, status }) => [id, status]),
        [[eventId, "cancelled"]],
      );
    });
  } finally {
    await step("delete the calendar", () => api.calendars.delete({ calendarId }));
  }
});
