/** Profiles of the real program under load, kept in the S3 that moto plays. */
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { type Api, startApi } from "#test/support/api.ts";
import { freshDatabase } from "#test/support/database.ts";
import { describeWithMoto, type Moto, startMoto } from "#test/support/moto.ts";
import { callServer, freePort, type ServerProcess, startServer } from "#test/support/server-process.ts";

const path = "/v1/profiles";
const events = "/calendar/v3/calendars/primary/events";

/** As much of a .cpuprofile as this is about. */
interface Profile {
  readonly nodes: readonly { readonly id: number; readonly callFrame: { readonly functionName: string; readonly url: string } }[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

describeWithMoto("A CPU profile", () => {
  const bucket = "calendar-test-profiles";
  let moto: Moto;
  let s3: S3Client;
  let database: Awaited<ReturnType<typeof freshDatabase>>;
  let server: ServerProcess;
  beforeAll(async () => {
    moto = await startMoto();
    s3 = new S3Client({
      endpoint: moto.url,
      region: "eu-central-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    await s3.send(new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: "eu-central-1" } }));
    database = await freshDatabase();
    server = await start(bucket, moto.url);
  }, 180_000);
  afterAll(async () => {
    await server.kill("SIGTERM");
    await database.drop();
    await moto.stop();
  }, 180_000);

  const start = (name: string, url: string) =>
    startServer({
      ...moto.environment,
      AWS_ENDPOINT_URL: url,
      DATABASE_URL: database.url,
      PROFILES_BUCKET: name,
      PUSH_WORKERS: "0",
      REQUEST_TIMEOUT_MS: "1000",
    });
  const record = (seconds?: number, on = server) => callServer(on.url, "POST", path, seconds === undefined ? {} : { seconds });
  const entries = async () => (await callServer(server.url, "GET", "/v1/audit?action=profiles.record")).body.items;
  const kept = async () => ((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key }) => Key);
  const read = async (name: string) => {
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: name }));
    return { type: ContentType, text: (await Body?.transformToString()) ?? "" };
  };

  /** Asks for a list all the while, and says how often it was answered. */
  const loadWhile = async <T>(work: Promise<T>): Promise<{ readonly done: T; readonly answered: number }> => {
    let isOver = false;
    let answered = 0;
    const end = () => {
      isOver = true;
    };
    work.then(end, end);
    while (!isOver) answered += (await callServer(server.url, "GET", `${events}?q=nothing`)).status === 200 ? 1 : 0;
    return { done: await work, answered };
  };

  it("of the process that answers is in the bucket, names our functions and nothing that somebody has", async () => {
    const secret = "a-very-private-matter";
    await callServer(server.url, "POST", events, {
      summary: secret,
      start: { date: "2026-03-02" },
      end: { date: "2026-03-03" },
    });

    const { done, answered } = await loadWhile(record(2));

    expect(done).toMatchObject({ status: 201, body: { bucket, seconds: 2 } });
    expect(answered).toBeGreaterThan(20);
    const { name, samples } = done.body;
    expect(name).toMatch(new RegExp(`^profiles/\\d{4}-\\d\\d-\\d\\dT\\d{6}Z-[\\w-]+-${server.child.pid}\\.cpuprofile$`));
    expect(await kept()).toContain(name);
    const { type, text } = await read(name);
    expect(type).toBe("application/json");
    const profile = JSON.parse(text) as Profile;
    expect(profile.samples).toHaveLength(samples);
    expect(profile.timeDeltas).toHaveLength(samples);
    expect(samples).toBeGreaterThan(200);
    const recordedMs = (profile.endTime - profile.startTime) / 1_000;
    expect(recordedMs).toBeGreaterThan(1_900);
    expect(recordedMs).toBeLessThan(4_000);
    const ids = new Set(profile.nodes.map(({ id }) => id));
    expect(profile.samples.every((id) => ids.has(id))).toBe(true);
    const ours = profile.nodes.filter(({ callFrame }) => /\/(lib|container|handlers)\/.+\.ts$/.test(callFrame.url));
    expect(ours.some(({ callFrame }) => callFrame.functionName !== "")).toBe(true);
    for (const word of [secret, "administrator-of-the-tests", database.url]) expect(text).not.toContain(word);

    expect((await entries())[0]).toMatchObject({ action: "profiles.record", object: { name, bucket, seconds: 2 } });
  }, 180_000);

  it("is recorded one at a time: another is refused meanwhile, and taken afterwards", async () => {
    const before = (await entries()).length;
    const first = record(2);
    await new Promise((resolve) => setTimeout(resolve, 500));

    const second = await record(1);

    expect(second).toMatchObject({ status: 503, body: { error: { errors: [{ reason: "serviceNotAvailable" }] } } });
    expect(second.body.error.message).toMatch(/recording a profile already/);
    expect(second.headers.get("retry-after")).toMatch(/^\d+$/);
    expect((await first).status).toBe(201);
    expect((await record(1)).status).toBe(201);
    expect(await entries()).toHaveLength(before + 2);
  }, 180_000);

  it("is recorded to its end and no longer when the client goes away", async () => {
    const before = (await kept()).length;
    const gone = AbortSignal.timeout(300);
    const headers = { "X-API-Key": "administrator-of-the-tests", "Content-Type": "application/json" };
    const left = fetch(`${server.url}${path}`, { method: "POST", headers, body: '{"seconds":1}', signal: gone });
    await expect(left).rejects.toThrow();

    for (;;) {
      const next = await record(1);
      if (next.status === 201) break;
      expect(next.status).toBe(503);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }

    expect(await kept()).toHaveLength(before + 2);
  }, 180_000);

  it("may take longer than requests may, ten seconds where nothing else is said", async () => {
    const startedAt = performance.now();

    const answer = await record();

    expect(answer).toMatchObject({ status: 201, body: { seconds: 10 } });
    expect(performance.now() - startedAt).toBeGreaterThan(10_000);
  }, 180_000);

  it("is lost when S3 does not take it, and nothing else is: the answer says why", async () => {
    const before = (await entries()).length;
    const [away, nowhere] = [
      await start(bucket, `http://127.0.0.1:${await freePort()}`),
      await start("no-such-bucket", moto.url),
    ];
    try {
      for (const [one, why] of [
        [away, "ECONNREFUSED"],
        [nowhere, "NoSuchBucket"],
      ] as const) {
        for (let time = 0; time < 2; time += 1) {
          const answer = await record(1, one);
          expect(answer).toMatchObject({ status: 503, body: { error: { errors: [{ reason: "backendError" }] } } });
          expect(answer.body.error.message).toContain(`The profile is lost: S3 did not take it (${why}).`);
          expect(answer.headers.get("retry-after")).toMatch(/^\d+$/);
        }
        expect(one.written()).toContain("profile not kept");
        expect(one.written()).not.toContain('"level":"ERROR"');
        expect((await callServer(one.url, "GET", events)).status).toBe(200);
      }
      expect(await entries()).toHaveLength(before);
    } finally {
      await Promise.all([away.kill("SIGTERM"), nowhere.kill("SIGTERM")]);
    }
  }, 180_000);
});

describe("Without a bucket, a profile", () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
  });
  afterAll(() => api.stop());

  it("is refused, and the refusal names the setting", async () => {
    const answer = await api.call("POST", path, { key: api.adminKey, body: { seconds: 30 } });

    expect(answer).toMatchObject({ status: 501, reason: "notImplemented" });
    expect(answer.body.error.message).toContain("PROFILES_BUCKET");
  });

  it("is for administrators alone, and of 1 to 30 seconds", async () => {
    const person = await api.person();
    expect(await person.post(path, { seconds: 1 })).toMatchObject({ status: 403, reason: "forbidden" });

    for (const seconds of [0, 31, 1.5, "ten"]) {
      const answer = await api.call("POST", path, { key: api.adminKey, body: { seconds } });
      expect(answer).toMatchObject({ status: 400, reason: "invalid" });
      expect(answer.body.error.errors[0].location).toBe("seconds");
    }
  });
});
