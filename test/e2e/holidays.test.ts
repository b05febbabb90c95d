/** A holiday file as Apple's calendar writes it, imported with one request, and read by the unmodified `@googleapis/calendar` client. */
import { readFileSync } from "node:fs";
import { calendar as googleCalendar } from "@googleapis/calendar";
import { type Api, startApi } from "#test/support/api.ts";

let api: Api;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.stop());

const holidays = readFileSync(new URL("../ical/fixtures/apple-holidays.ics", import.meta.url), "utf8");
const asCalendar = { "Content-Type": "text/calendar; charset=utf-8" };

it("shows a family's autumn over the end of summer time, and hears just of what a newer file changes", async () => {
  const person = await api.person({ timeZone: "Europe/Berlin" });
  const client = googleCalendar({ version: "v3", rootUrl: `${api.url}/`, headers: { "X-API-Key": person.key } });
  const { data: made } = await client.calendars.insert({ requestBody: { summary: "Feiertage", timeZone: "Europe/Berlin" } });
  const calendarId = made.id as string;
  const importFile = (text: string) => person.post(`/v1/calendars/${encodeURIComponent(calendarId)}/import`, text, asCalendar);

  expect(await importFile(holidays)).toMatchObject({ status: 200, body: { created: 6, updated: 0, unchanged: 0 } });

  const { data } = await client.events.list({
    ...{ calendarId, singleEvents: true, orderBy: "startTime" },
    ...{ timeMin: "2026-10-01T00:00:00+02:00", timeMax: "2026-11-02T00:00:00+01:00" },
  });
  expect(
    data.items?.map(({ summary, start, end }) => [summary, start?.date ?? start?.dateTime, end?.date ?? end?.dateTime]),
  ).toEqual([
    ["Tag der Deutschen Einheit", "2026-10-03", "2026-10-04"],
    ["Gartenrunde", "2026-10-10T10:00:00+02:00", "2026-10-10T11:30:00+02:00"],
    ["Gartenrunde", "2026-10-17T10:00:00+02:00", "2026-10-17T11:30:00+02:00"],
    ["Sprechstunde", "2026-10-20T18:00:00+02:00", "2026-10-20T19:00:00+02:00"],
    ["Gartenrunde", "2026-10-24T10:00:00+02:00", "2026-10-24T11:30:00+02:00"],
    ["Lange Nacht der Sterne", "2026-10-24T23:00:00+02:00", "2026-10-25T04:00:00+01:00"],
    ["Reformationstag", "2026-10-31", "2026-11-01"],
    ["Gartenrunde am Sonntag", "2026-11-01T11:00:00+01:00", "2026-11-01T12:30:00+01:00"],
  ]);

  const { data: whole } = await client.events.list({ calendarId });
  await importFile(holidays.replace("SUMMARY:Sprechstunde", "SUMMARY:Sprechstunde im Rathaus"));
  const { data: news } = await client.events.list({ calendarId, syncToken: whole.nextSyncToken as string });
  expect(news.items?.map(({ summary }) => summary)).toEqual(["Sprechstunde im Rathaus"]);
});
