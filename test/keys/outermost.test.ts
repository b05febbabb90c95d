import { startApi } from "#test/support/api.ts";
import { limitedKey, withKey } from "#test/support/keys.ts";

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
