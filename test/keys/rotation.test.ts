import { setTimeout as delay } from "node:timers/promises";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { limitedKey, withKey } from "#test/support/keys.ts";

let api: Api;
let ana: Person;
beforeAll(async () => {
  api = await startApi({ keyEnvironment: "staging" });
  ana = await api.person();
});
afterAll(() => api.stop());

const works = async (key: string) => (await withKey(api, key)("GET", "/v1/keys/self")).status === 200;
const rotate = (keyId: string, body?: object) => ana.post(`/v1/users/me/keys/${keyId}/rotate`, body);

describe("a key that is rotated", () => {
  it("is valid beside the new one for a day, and the new one can do the same", async () => {
    const old = await limitedKey(ana, { scopes: ["readonly"], calendars: ["primary"] });
    const before = Date.now();

    const { status, body } = await rotate(old.id);

    expect(status).toBe(201);
    expect(body).toMatchObject({ name: "limited", scopes: ["readonly"], calendars: [ana.email], replaces: old.id });
    expect(body.key).toMatch(/^cal_staging_/);
    expect(body.key).toContain(`_${body.id}_`);
    expect(Date.parse(body.replacedExpires) - before).toBeGreaterThanOrEqual(86_400_000);
    expect(Date.parse(body.replacedExpires) - before).toBeLessThan(86_460_000);
    expect([await works(old.key), await works(body.key)]).toEqual([true, true]);
    const { items } = (await ana.get("/v1/users/me/keys")).body;
    expect(items).toContainEqual(expect.objectContaining({ id: old.id, expires: body.replacedExpires }));
    expect(items.find(({ id }: { id: string }) => id === body.id)).not.toHaveProperty("expires");
  });

  it("ends when the overlap does", async () => {
    const old = await limitedKey(ana, {});
    expect(await works(old.key)).toBe(true);

    const { body } = await rotate(old.id, { overlapSeconds: 1 });

    expect([await works(old.key), await works(body.key)]).toEqual([true, true]);
    await delay(Date.parse(body.replacedExpires) - Date.now() + 20);
    expect([await works(old.key), await works(body.key)]).toEqual([false, true]);
    expect(await rotate(old.id)).toMatchObject({ status: 404, reason: "notFound" });
  });

  it("ends at once with an overlap of 0, and never later than it would have", async () => {
    const old = await limitedKey(ana, {});
    await rotate(old.id, { overlapSeconds: 0 });
    expect(await works(old.key)).toBe(false);

    const expires = new Date(Date.now() + 60_000).toISOString();
    const short = await limitedKey(ana, { expires });
    const { body } = await rotate(short.id, { overlapSeconds: 3_600 });
    expect(body).toMatchObject({ expires, replacedExpires: expires });
  });

  it("overlaps for 30 days at most", async () => {
    const { id } = await limitedKey(ana, {});

    expect((await rotate(id, { overlapSeconds: 2_592_001 })).body.error.errors[0]).toMatchObject({ location: "overlapSeconds" });
    expect((await rotate(id, { overlapSeconds: -1 })).status).toBe(400);
    expect((await rotate(id, { overlapSeconds: 2_592_000 })).status).toBe(201);
  });

  it("is nobody else's", async () => {
    const ben = await api.person();
    const { id } = await limitedKey(ana, {});

    expect((await ben.post(`/v1/users/${ana.id}/keys/${id}/rotate`, {})).status).toBe(404);
    expect((await ben.post(`/v1/users/me/keys/${id}/rotate`, {})).status).toBe(404);
  });
});

describe("a key that expires", () => {
  it("ends at the instant, remembered or not", async () => {
    const expires = Date.now() + 2_000;
    const { key, id } = await limitedKey(ana, { expires: new Date(expires).toISOString() });
    expect(await works(key)).toBe(true);

    await delay(expires - Date.now() + 5);

    expect(await withKey(api, key)("GET", "/v1/keys/self")).toMatchObject({ status: 401, reason: "authError" });
    const line = JSON.parse(api.lines.at(-1) ?? "");
    expect(line).toMatchObject({ route: "keys.self", status: 401, key_id: id });
    expect(api.lines.join("\n")).not.toContain(key);
  });
});
