/** Fact 39: channels, and the messages that come on them. */
import { randomUUID } from "node:crypto";
import { startPush } from "#lib/push/work.ts";
import { type Receiver, startReceiver, until } from "#test/push/receiver.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { type Client, clientOf, fact, newCalendarOf, refusalOf, timed } from "./client.ts";

let api: Api;
let ana: Person;
let client: Client;
let receiver: Receiver;
let stopPush: () => Promise<void>;
beforeAll(async () => {
  api = await startApi({ pushAllowLoopback: true });
  stopPush = await startPush(api.databaseUrl, { workers: 2, allowLoopback: true });
  receiver = await startReceiver();
  ana = await api.person();
  client = clientOf(api, ana);
}, 180_000);
afterAll(async () => {
  await stopPush();
  await receiver.close();
  await api.stop();
});

const channel = <More extends object>(more: More) => ({
  ...{ id: `${randomUUID()}`, type: "web_hook", address: receiver.url },
  ...more,
});

fact(
  39,
  "A channel tells that it is open, then of changes, in headers alone; its expiration is a number in and a text out",
  async () => {
    const calendarId = await newCalendarOf(client);
    const expiration = Date.now() + 3_600_000;
    const wanted = channel({ token: "room=a&b", expiration });
    const { data } = await client.events.watch({ calendarId, requestBody: wanted as object });
    expect(data).toEqual({
      kind: "api#channel",
      id: wanted.id,
      resourceId: expect.any(String),
      resourceUri: `http://calendar.test/calendar/v3/calendars/${encodeURIComponent(calendarId)}/events?alt=json`,
      token: wanted.token,
      expiration: String(expiration),
    });
    await until(() => receiver.of(wanted.id).length === 1);
    await client.events.insert({ calendarId, requestBody: timed("2026-03-09T09:00:00") });
    await until(() => receiver.of(wanted.id).length === 2);

    expect(receiver.of(wanted.id)).toEqual(["1 sync", "2 exists"]);
    for (const { headers, body, rawHeaders } of receiver.messages.filter((message) => message.channel === wanted.id)) {
      expect(body).toBe("");
      expect(headers).toMatchObject({
        "x-goog-channel-token": wanted.token,
        "x-goog-channel-expiration": new Date(expiration).toUTCString(),
        "x-goog-resource-id": data.resourceId,
        "x-goog-resource-uri": data.resourceUri,
      });
      for (const name of ["X-Goog-Channel-ID", "X-Goog-Resource-State", "X-Goog-Message-Number"]) {
        expect(rawHeaders).toContain(name);
      }
    }
  },
);

fact(
  39,
  "A channel is of either word for a web hook, lives as long as params.ttl says, and is refused without https",
  async () => {
    const { data } = await client.settings.watch({ requestBody: channel({ type: "webhook", params: { ttl: "60" } }) });
    expect(Math.abs(Number(data.expiration) - Date.now() - 60_000)).toBeLessThan(5_000);
    const wrong = { requestBody: channel({ address: "ftp://x.example/" }) };
    expect(await refusalOf(client.settings.watch(wrong))).toMatchObject({ status: 400, reason: "push.webhookUrlNotHttps" });
    const long = { requestBody: channel({ id: "x".repeat(65) }) };
    expect(await refusalOf(client.settings.watch(long))).toMatchObject({ status: 400, reason: "invalid", location: "id" });
  },
);

fact(39, "A second channel overlaps the first; each is stopped by its id and its resource's", async () => {
  const calendarId = await newCalendarOf(client);
  const [first, second] = [channel({}), channel({})];
  const { data } = await client.events.watch({ calendarId, requestBody: first });
  const { data: other } = await client.events.watch({ calendarId, requestBody: second });
  expect(other.resourceId).toBe(data.resourceId);
  await until(() => receiver.of(first.id).length === 1 && receiver.of(second.id).length === 1);

  const resourceId = data.resourceId as string;
  const wrong = { requestBody: { id: first.id, resourceId: "other" } };
  expect(await refusalOf(client.channels.stop(wrong))).toMatchObject({ status: 404, reason: "notFound" });
  expect((await client.channels.stop({ requestBody: { id: first.id, resourceId } })).status).toBe(204);
  await client.events.insert({ calendarId, requestBody: timed("2026-03-09T09:00:00") });
  await until(() => receiver.of(second.id).length === 2);

  expect(receiver.of(first.id)).toEqual(["1 sync"]);
  expect(receiver.of(second.id)).toEqual(["1 sync", "2 exists"]);
});

fact(39, "A channel on something that is deleted tells that it is no more", async () => {
  const calendarId = await newCalendarOf(client);
  const wanted = channel({});
  await client.acl.watch({ calendarId, requestBody: wanted });
  await until(() => receiver.of(wanted.id).length === 1);
  await client.calendars.delete({ calendarId });
  await until(() => receiver.of(wanted.id).length === 2);
  expect(receiver.of(wanted.id)).toEqual(["1 sync", "2 not_exists"]);
});
