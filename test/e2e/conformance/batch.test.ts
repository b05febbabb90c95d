/** Facts 8 and 9, which the client for Node cannot express: batches, and the Discovery document that clients build themselves from. */
import { randomUUID } from "node:crypto";
import { multipart, part, readAnswers, type, write } from "#test/batch/send.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { freePort } from "#test/support/server-process.ts";
import { fact } from "./client.ts";

let api: Api;
let ana: Person;
let ben: Person;
beforeAll(async () => {
  const port = await freePort();
  api = await startApi({ port, publicUrl: `http://127.0.0.1:${port}` });
  [ana, ben] = [await api.person(), await api.person()];
});
afterAll(() => api.stop());

fact(8, "A batch answers each part under its Content-ID, with a status line, and lets it in by its own credential", async () => {
  const id = randomUUID();
  const events = "/calendar/v3/calendars/primary/events";
  const day = { start: { date: "2026-03-09" }, end: { date: "2026-03-10" } };
  const body = multipart([
    part(`${id} + 1`, write("POST", `${events}?alt=json`, { ...day, summary: "ana's" })),
    part(`${id} + 2`, `GET ${events} HTTP/1.1\r\nAuthorization: Bearer ${ben.key}\r\n\r\n`),
    part(`${id} + 3`, `GET ${events}/nowhere HTTP/1.1\r\n\r\n`),
  ]);

  const answer = await api.call("POST", "/batch/calendar/v3", { key: ana.key, body, headers: { "Content-Type": type } });

  const answers = readAnswers(answer);
  expect(answers.map(({ contentId, status }) => [contentId, status])).toEqual([
    [`<response-${id} + 1>`, 200],
    [`<response-${id} + 2>`, 200],
    [`<response-${id} + 3>`, 404],
  ]);
  expect(answers[0]?.body).toMatchObject({ summary: "ana's", creator: { email: ana.email } });
  expect(answers[1]?.body).toMatchObject({ summary: ben.email, items: [] });
  expect(answers[2]?.body.error.errors).toEqual([{ domain: "global", reason: "notFound", message: "Not Found" }]);
});

fact(8, "A batch has up to 50 parts by Google's rule, and 1,000 here", async () => {
  const parts = (count: number) => Array.from({ length: count }, (_, index) => part(`${index}`, "GET /calendar/v3/colors"));
  const send = (count: number) =>
    api.call("POST", "/batch/calendar/v3", { key: ana.key, body: multipart(parts(count)), headers: { "Content-Type": type } });

  expect(readAnswers(await send(51))).toHaveLength(51);
  expect(await send(1_001)).toMatchObject({ status: 400, reason: "parseError" });
});

fact(9, "The Discovery document sends a client here, for single calls as for batches", async () => {
  const { body: document } = await api.call("GET", "/discovery/v1/apis/calendar/v3/rest");
  const { list } = document.resources.events.methods;

  const url = `${document.rootUrl}${document.servicePath}${list.path.replace("{calendarId}", "primary")}`;
  expect(url).toBe(`${api.url}/calendar/v3/calendars/primary/events`);
  for (const headers of [{ Authorization: `Bearer ${ana.key}` }, { "X-Goog-Api-Key": ana.key }]) {
    expect((await fetch(url, { headers })).status).toBe(200);
  }
  expect((await fetch(`${url}?key=${ana.key}`)).status).toBe(200);
  const batch = await fetch(`${document.rootUrl}${document.batchPath}`, {
    method: "POST",
    headers: { "Content-Type": type, Authorization: `Bearer ${ana.key}` },
    body: multipart([part("a", `GET ${new URL(url).pathname}`)]),
  });
  expect([batch.status, await batch.text()]).toEqual([200, expect.stringContaining("HTTP/1.1 200 OK")]);
});
