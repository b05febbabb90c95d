import { startApi } from "#test/support/api.ts";
import { freshDatabase } from "#test/support/database.ts";
import { limitedKey, withKey } from "#test/support/keys.ts";
import { callServer, startServer } from "#test/support/server-process.ts";

it("without a proxy in front, the connection says where a request comes from, whatever its headers say", async () => {
  const api = await startApi({ trustedProxies: 0 });
  try {
    const ana = await api.person();
    const near = await limitedKey(ana, { ipRanges: ["127.0.0.0/8"] });
    const far = await limitedKey(ana, { ipRanges: ["192.0.2.0/24"] });

    expect((await withKey(api, near.key, "192.0.2.1")("GET", "/v1/keys/self")).status).toBe(200);
    expect(await withKey(api, far.key, "192.0.2.1")("GET", "/v1/keys/self")).toMatchObject({ status: 403 });
  } finally {
    await api.stop();
  }
});

it("a server that was told of no proxy believes no header", async () => {
  const database = await freshDatabase();
  const server = await startServer({ DATABASE_URL: database.url });
  try {
    const { body: far } = await callServer(server.url, "POST", "/v1/users/me/keys", { name: "far", ipRanges: ["192.0.2.0/24"] });
    for (const said of ["192.0.2.1", "192.0.2.1, 127.0.0.1", "127.0.0.1, 192.0.2.1"]) {
      const from = { "X-API-Key": far.key, "X-Forwarded-For": said };
      expect(await callServer(server.url, "GET", "/v1/keys/self", undefined, from)).toMatchObject({ status: 403 });
    }
    const { items } = (await callServer(server.url, "GET", "/v1/audit", undefined, { "X-Forwarded-For": "192.0.2.1" })).body;
    expect(items[0]).toMatchObject({ action: "keys.insert", address: "127.0.0.1" });
  } finally {
    await server.kill("SIGKILL");
    await database.drop();
  }
}, 180_000);
