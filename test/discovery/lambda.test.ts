/** An isolated bundle holds one endpoint; the one that tells of all must know them all the same. */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Api, startApi } from "#test/support/api.ts";

const run = promisify(execFile);
let folder: string;
let api: Api;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "calendar-bundles-"));
  api = await startApi();
  await run(process.execPath, ["--disable-warning=ExperimentalWarning", "esbuild.config.mjs", "--lambda", `--out=${folder}`]);
}, 180_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api.stop();
});

const call = `
const { handler } = await import(process.argv[2]);
const answer = await handler({
  requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:::targetgroup/t/0" } },
  httpMethod: "GET", path: "/discovery/v1/apis/calendar/v3/rest", headers: {}, queryStringParameters: {}, body: "", isBase64Encoded: false,
});
process.stderr.write(JSON.stringify(answer));
process.exit(0);
`;

it("answers in plain Node, out of its bundle alone, the very document that the container answers", async () => {
  const bundle = join(folder, "lambda/handlers/discovery/get-rest.mjs");
  writeFileSync(join(folder, "call.mjs"), call);

  const { stderr } = await run(process.execPath, [join(folder, "call.mjs"), bundle], {
    cwd: folder,
    env: { DATABASE_URL: api.databaseUrl, PUBLIC_URL: "http://calendar.test" },
  });

  const answer = JSON.parse(stderr);
  expect(answer.statusCode).toBe(200);
  const inContainer = await api.call("GET", "/discovery/v1/apis/calendar/v3/rest");
  expect(JSON.parse(answer.body)).toEqual(inContainer.body);
  expect(answer.headers.etag).toBe(inContainer.headers.get("etag"));
}, 180_000);

it("leaves other bundles without the catalogue, and tells the cloud's templates what has to stay in the container", () => {
  expect(existsSync(join(folder, "lambda/handlers/events/list.mjs"))).toBe(true);
  for (const id of ["health/live", "batch/run"]) {
    expect(readFileSync(join(folder, `lambda/handlers/${id}.mjs`), "utf8")).not.toContain("/calendar/v3/calendars/{calendarId}");
  }
  const listed = JSON.parse(readFileSync(join(folder, "endpoints.json"), "utf8")) as { id: string; containerOnly?: boolean }[];
  expect(listed.filter(({ containerOnly }) => containerOnly).map(({ id }) => id)).toEqual([
    "batch.run",
    "profiles.record",
    "users.export",
  ]);
});
