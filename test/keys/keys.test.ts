import { createKeyRing, type Hearing, hashKey } from "#lib/domain/keys/identify.ts";
import { newKey } from "#lib/domain/keys/key-form.ts";
import { bootstrapAdmin } from "#lib/domain/users/bootstrap.ts";
import { type Connection, openDatabase, row, sql } from "#lib/sql/database.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";

let api: Api;
let ana: Person;
let ben: Person;
beforeAll(async () => {
  api = await startApi();
  ana = await api.person();
  ben = await api.person();
});
afterAll(() => api.stop());

const whoIs = (headers: Record<string, string>, query = "") => api.call("GET", `/v1/users/me${query}`, { headers });

describe("a credential", () => {
  it("is taken from wherever clients put it", async () => {
    for (const headers of [
      { "X-API-Key": ana.key },
      { "X-Goog-Api-Key": ana.key },
      { Authorization: `Bearer ${ana.key}` },
      { Authorization: `bearer  ${ana.key} ` },
    ]) {
      expect(await whoIs(headers)).toMatchObject({ status: 200, body: { id: ana.id } });
    }
    expect(await whoIs({}, `?key=${ana.key}`)).toMatchObject({ status: 200, body: { id: ana.id } });
    expect(await whoIs({}, `?key=${encodeURIComponent(ana.key).replace("_", "%5F")}`)).toMatchObject({ body: { id: ana.id } });
  });

  it("counts in the order header, Authorization, query when there are several, even if the first is wrong", async () => {
    const [mine, other] = [ana.key, ben.key];

    expect(await whoIs({ "X-API-Key": mine, "X-Goog-Api-Key": other })).toMatchObject({ body: { id: ana.id } });
    expect(await whoIs({ "X-Goog-Api-Key": mine, Authorization: `Bearer ${other}` })).toMatchObject({ body: { id: ana.id } });
    expect(await whoIs({ Authorization: `Bearer ${mine}` }, `?key=${other}`)).toMatchObject({ body: { id: ana.id } });
    expect(await whoIs({ "X-API-Key": "wrong" }, `?key=${other}`)).toMatchObject({ status: 401, reason: "authError" });
    expect(await whoIs({ "X-API-Key": "", "X-Goog-Api-Key": mine })).toMatchObject({ body: { id: ana.id } });
  });

  it("is asked for when there is none", async () => {
    const answer = await whoIs({});

    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="calendar"');
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.body).toEqual({
      error: {
        code: 401,
        message: "Login Required",
        errors: [
          { domain: "global", reason: "required", message: "Login Required", locationType: "header", location: "Authorization" },
        ],
      },
    });
  });

  it.each([
    ["a stranger's key", { "X-API-Key": "cal_0000000000000000000000000000000000000000" }, ""],
    ["a key with a letter more", { "X-API-Key": "KEYx" }, ""],
    ["a very long key", { "X-API-Key": "k".repeat(5_000) }, ""],
    ["Basic", { Authorization: "Basic YW5hOmtleQ==" }, ""],
    ["Bearer of nothing", { Authorization: "Bearer" }, ""],
    ["Bearer of two words", { Authorization: "Bearer one two" }, ""],
    ["an empty key in the query", {}, "?key="],
    ["broken percent-encoding", {}, "?key=%E0%A4%A"],
  ])("is refused when it is %s", async (_, headers: Record<string, string>, query) => {
    const shown = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value.replace("KEY", ana.key)]));

    const answer = await whoIs(shown, query);

    expect(answer.status).toBe(401);
    expect(answer.body.error.errors).toEqual([
      {
        domain: "global",
        reason: "authError",
        message: "Invalid Credentials",
        locationType: "header",
        location: "Authorization",
      },
    ]);
  });
});

describe("keys", () => {
  it("are shown once, and kept as keyed hashes", async () => {
    const made = await ana.post("/v1/users/me/keys", { name: "laptop" });

    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ kind: "calendar#apiKey", userId: ana.id, name: "laptop" });
    expect(made.body.key).toMatch(/^cal_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
    const listed = await ana.get("/v1/users/me/keys");
    expect(listed.body.items).toContainEqual({ ...made.body, key: undefined });
    expect(JSON.stringify(listed.body)).not.toContain(made.body.key);
    const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 1_000 });
    const kept = await db.any(sql.type(row())`select k::text from api_keys k`);
    await db.close();
    expect(kept.length).toBeGreaterThan(2);
    expect(JSON.stringify(kept)).not.toContain(made.body.key.split("_")[3]);
    expect(JSON.stringify(kept)).not.toContain(Buffer.from(made.body.key).toString("hex"));
  });

  it("work until they are revoked, and then no more", async () => {
    const made = await ana.post("/v1/users/me/keys", { name: "lost phone" });
    const key = made.body.key as string;
    expect((await whoIs({ "X-API-Key": key })).status).toBe(200);

    expect((await ana.delete(`/v1/users/me/keys/${made.body.id}`)).status).toBe(204);

    expect(await whoIs({ "X-API-Key": key })).toMatchObject({ status: 401, reason: "authError" });
    expect((await ana.get("/v1/users/me")).status).toBe(200);
    const listed = await ana.get("/v1/users/me/keys");
    expect(listed.body.items.find(({ id }: { id: string }) => id === made.body.id)).toHaveProperty("revoked");
    expect(await ana.delete(`/v1/users/me/keys/${made.body.id}`)).toMatchObject({ status: 404, reason: "notFound" });
  });

  it("are nobody else's to make, list or revoke, save an administrator's", async () => {
    const made = await ana.post("/v1/users/me/keys", { name: "hers" });

    expect((await ben.post(`/v1/users/${ana.id}/keys`, { name: "his" })).status).toBe(404);
    expect((await ben.get(`/v1/users/${ana.id}/keys`)).status).toBe(404);
    expect((await ben.delete(`/v1/users/${ana.id}/keys/${made.body.id}`)).status).toBe(404);
    expect((await ben.delete(`/v1/users/me/keys/${made.body.id}`)).status).toBe(404);
    expect((await whoIs({ "X-API-Key": made.body.key })).status).toBe(200);
    const path = `/v1/users/${ana.id}/keys/${made.body.id}`;
    expect((await api.call("DELETE", path, { key: api.adminKey })).status).toBe(204);
    expect((await whoIs({ "X-API-Key": made.body.key })).status).toBe(401);
  });
});

describe("what a process remembers of keys", () => {
  const secret = Buffer.alloc(32, 1);
  /** A key ring over a database that knows one key, "good", with a clock that is set by hand. */
  const ring = () => {
    const state = {
      now: 0,
      asked: 0,
      away: false,
      answers: [] as (() => void)[],
      slow: false,
      hearing: undefined as Hearing | undefined,
    };
    const limits = { scopes: null, calendars: null, ip_ranges: null, expires_at: 500_000 };
    const owner = {
      key_id: "k1",
      hash: hashKey(secret, "good"),
      user_id: "u1",
      email: "ana@example.org",
      is_admin: false,
      ...limits,
    };
    const maybeOne = async ({ values }: { values: readonly Buffer[] }) => {
      state.asked += 1;
      const found = values.some((value) => owner.hash.equals(Buffer.from(value))) ? owner : null;
      if (state.slow) await new Promise<void>((resolve) => state.answers.push(resolve));
      if (state.away) throw new Error("away");
      return found;
    };
    const db = { maybeOne: (query: { values: readonly unknown[] }) => maybeOne(query as never) } as unknown as Connection;
    const now = () => state.now;
    return { state, keys: createKeyRing(db, secret, { wall: now, steady: now }, () => state.hearing) };
  };

  it("is asked of the database once by many requests, and again after a while", async () => {
    const { state, keys } = ring();

    const callers = await Promise.all(Array.from({ length: 10 }, () => keys.identify("good")));

    expect(callers.every((caller) => caller?.userId === "u1")).toBe(true);
    state.now = 999;
    expect(keys.identify("good")).toMatchObject({ userId: "u1", keyId: "k1" });
    expect(state.asked).toBe(1);
    state.now = 1_000;
    expect(await keys.identify("good")).toMatchObject({ userId: "u1" });
    expect(state.asked).toBe(2);
  });

  it("is good for minutes while changes are heard of, and for a second when they are not, or not any more", async () => {
    const { state, keys } = ring();
    const asksAt = async (now: number, hearing: Hearing | undefined) => {
      const before = state.asked;
      Object.assign(state, { now, hearing });
      await keys.identify("good");
      return state.asked > before;
    };
    expect(await asksAt(100, { since: 100, upTo: 100 })).toBe(true);

    expect(await asksAt(200_000, { since: 100, upTo: 199_001 })).toBe(false);
    // Nothing has been heard for a second: the connection may be dead.
    expect(await asksAt(200_000, { since: 100, upTo: 199_000 })).toBe(true);
    expect(await asksAt(200_999, undefined)).toBe(false);
    // Heard again, but not since the key was asked for.
    expect(await asksAt(201_000, { since: 200_001, upTo: 201_000 })).toBe(true);
    expect(await asksAt(499_999, { since: 200_001, upTo: 499_999 })).toBe(false);
    expect(await asksAt(501_000, { since: 200_001, upTo: 501_000 })).toBe(true);
  });

  it("ends with the key, at the instant", async () => {
    const { state, keys } = ring();
    state.now = 499_999;
    expect(await keys.identify("good")).toMatchObject({ userId: "u1" });
    expect(keys.identify("good")).toMatchObject({ userId: "u1" });

    state.now = 500_000;

    expect(await keys.identify("good")).toBeUndefined();
    expect(state.asked).toBe(1);
  });

  it("is not asked for when a key's checksum is wrong", async () => {
    const { state, keys } = ring();
    const { key } = newKey("live");

    expect(keys.identify(`${key.slice(0, -1)}${key.endsWith("0") ? "1" : "0"}`)).toBeUndefined();
    expect(state.asked).toBe(0);
    expect(await keys.identify(key)).toBeUndefined();
    expect(state.asked).toBe(1);
  });

  it("forgets all keys of a user", async () => {
    const { state, keys } = ring();
    await keys.identify("good");

    keys.forget("u1");

    await keys.identify("good");
    expect(state.asked).toBe(2);
  });

  it("holds wrong keys too, apart from each other", async () => {
    const { state, keys } = ring();

    for (const key of ["bad", "worse", "bad", "good", "worse"]) {
      expect((await keys.identify(key)) === undefined).toBe(key !== "good");
    }

    expect(state.asked).toBe(3);
  });

  it("does not hold that the database was away", async () => {
    const { state, keys } = ring();
    state.away = true;
    await expect(keys.identify("good")).rejects.toThrow("away");

    state.away = false;

    expect(await keys.identify("good")).toMatchObject({ userId: "u1" });
  });

  it("forgets a key at once, also one that is being looked up while it is revoked", async () => {
    const { state, keys } = ring();
    await keys.identify("good");
    keys.forget("another");
    expect(keys.identify("good")).not.toBeInstanceOf(Promise);
    keys.forget("k1");
    state.slow = true;
    const early = keys.identify("good");

    keys.forget("k1");
    state.answers[0]?.();
    await early;

    expect(keys.identify("good")).toBeInstanceOf(Promise);
    expect(state.asked).toBe(3);
  });

  it("has an end: guesses push out what is oldest", async () => {
    const { state, keys } = ring();
    await keys.identify("first");
    for (let guess = 0; guess < 10_000; guess += 1) await keys.identify(`guess ${guess}`);
    const before = state.asked;

    await keys.identify("guess 9999");
    expect(state.asked).toBe(before);
    await keys.identify("first");
    expect(state.asked).toBe(before + 1);
  });
});

describe("the first administrator", () => {
  it("gets a key that is told once; a later start adds the key it is given, and takes none away", async () => {
    const db = await openDatabase(api.databaseUrl, { poolSize: 1, statementTimeoutMs: 1_000 });
    const secret = Buffer.alloc(32, 2);
    const start = (adminKey?: string) => bootstrapAdmin(db, { secret, adminKey, keyEnvironment: "test", now: Date.now() });
    const known = (key: string) => createKeyRing(db, secret, { wall: Date.now, steady: Date.now }).identify(key);
    try {
      expect(await start()).toEqual({}); // There is one already: the one that the tests began with.
      await db.query(sql.type(row())`delete from users where is_admin`);

      const { newKey = "" } = await start();
      expect(await known(newKey)).toMatchObject({ email: "admin@localhost", isAdmin: true });
      expect(await start()).toEqual({});
      expect(await start("a-key-of-the-operator")).toEqual({});
      expect(await start("a-key-of-the-operator")).toEqual({});

      expect(await known("a-key-of-the-operator")).toMatchObject({ isAdmin: true });
      expect(await known(newKey)).toMatchObject({ isAdmin: true });
    } finally {
      await db.close();
    }
  });
});
