import { randomUUID } from "node:crypto";
import { multipart, part, send, sendRaw, write } from "#test/batch/send.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { at, newCalendar, type TestCalendar } from "#test/support/events.ts";

let api: Api;
let ana: Person;
let calendar: TestCalendar;
beforeAll(async () => {
  api = await startApi();
  ana = await api.person();
  calendar = await newCalendar(ana);
});
afterAll(() => api.stop());

const event = (summary: string) => ({ summary, ...at("2026-03-09T12:00:00") });
const marks = (answers: Awaited<ReturnType<typeof send>>) => answers.map(({ headers }) => headers.get("idempotent-replayed"));

it("a part of a batch may carry a key of its own, which is the same outside of the batch", async () => {
  const key = `"${randomUUID()}"`;
  const parts = [part("a", write("POST", calendar.path, event("own key"), `Idempotency-Key: ${key}\r\n`))];

  const [first] = await send(api, parts, { key: ana.key });
  const again = await send(api, parts, { key: ana.key });
  const outside = await ana.post(calendar.path, event("own key"), { "Idempotency-Key": key });

  expect(first?.status).toBe(200);
  expect(again[0]?.body).toEqual(first?.body);
  expect(marks(again)).toEqual(["true"]);
  expect(outside.body).toEqual(first?.body);
});

it("a batch that is sent again under its key does the calls that were not done, and no other one twice", async () => {
  const own = await newCalendar(ana);
  const headers = { "Idempotency-Key": `"${randomUUID()}"` };
  const one = part("1", write("POST", own.path, event("one")));
  const two = part("2", write("POST", own.path, event("two")));

  // As when the process ended after the first call.
  const [first] = await send(api, [one], { key: ana.key, headers });
  const answers = await send(api, [one, two, part("3", `GET ${own.path} HTTP/1.1\r\n`)], { key: ana.key, headers });
  const again = await send(api, [one, two], { key: ana.key, headers });

  expect(answers[0]?.body).toEqual(first?.body);
  expect(marks(answers)).toEqual(["true", undefined, undefined]);
  expect(again.map(({ body }) => body)).toEqual(answers.slice(0, 2).map(({ body }) => body));
  expect((await own.list()).items.map(({ summary }) => summary).sort()).toEqual(["one", "two"]);
});

it("another call in the place of one is refused, alone", async () => {
  const headers = { "Idempotency-Key": randomUUID() };
  await send(api, [part("1", write("POST", calendar.path, event("one")))], { key: ana.key, headers });

  const answers = await send(
    api,
    [part("1", write("POST", calendar.path, event("other"))), part("2", write("POST", calendar.path, event("two")))],
    { key: ana.key, headers },
  );

  expect(answers.map(({ status }) => status)).toEqual([422, 200]);
});

it("a batch with a broken key is refused as a whole", async () => {
  const body = multipart([part("1", write("POST", calendar.path, event("one")))]);

  const answer = await sendRaw(api, body, { key: ana.key, headers: { "Idempotency-Key": '"' } });

  expect(answer).toMatchObject({ status: 400, reason: "invalid" });
});
