/**
 * An endpoint as Lambda gets it: the bundle that the build makes, in a place that has nothing but the files of its asset, with the
 * environment that the template sets. Secrets Manager and the database are stand-ins; TLS to the database is verified all the same.
 */
import { execFile, execFileSync } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Template } from "aws-cdk-lib/assertions";
import { readConfig } from "#lib/config.ts";
import { migrate } from "#lib/sql/migrate.ts";
import { describeWithNamespaces, startInImage } from "#test/image/run-image.ts";
import { type SecretsManager, startSecretsManager } from "#test/secrets/secrets-manager.ts";
import { type OwnPostgres, startOwnPostgres } from "#test/support/own-postgres.ts";
import { appOf, configOf } from "./environments.ts";

const moved = ["health.ready", "events.list"] as const;
const taskRoot = "/var/task";

const folder = mkdtempSync(join(tmpdir(), "calendar-function-"));
/** By endpoint: where CDK put the files of its asset, and what its template says. */
// biome-ignore lint/suspicious/noExplicitAny: CloudFormation's JSON
const functions = new Map<string, { readonly asset: string; readonly properties: any }>();
beforeAll(async () => {
  const build = ["--disable-warning=ExperimentalWarning", "esbuild.config.mjs", "--lambda", `--out=${folder}`];
  await promisify(execFile)(process.execPath, build);
  const config = configOf("staging", { compute: Object.fromEntries(moved.map((id) => [id, "lambda" as const])) });
  const { app, stacks } = await appOf(config, { bundles: join(folder, "lambda") });
  const { directory } = app.synth();
  for (const { Properties } of Object.values(Template.fromStack(stacks.api).findResources("AWS::Lambda::Function"))) {
    const asset = join(directory, `asset.${Properties.Code.S3Key.replace(".zip", "")}`);
    functions.set(Properties.Description.match(/endpoint (.*)\./)[1], { asset, properties: Properties });
  }
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const filesOf = (place: string): readonly string[] =>
  readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(place.length + 1))
    .sort();

/** What the template sets, with `values` where CloudFormation would put what it made: an address, a port, a name. */
const environmentOf = (id: string, values: Readonly<Record<string, string>>): Record<string, string> => {
  const variables: Record<string, unknown> = functions.get(id)?.properties.Environment.Variables;
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, typeof value === "string" ? value : (values[name] ?? "")]),
  );
};

it.each(moved)("%s has its bundle and RDS's authorities in its asset, and nothing else", (id) => {
  const { asset, properties } = functions.get(id) as { asset: string; properties: { Handler: string } };
  const bundle = properties.Handler.replace(/\.handler$/, ".mjs");

  expect(filesOf(asset)).toEqual([bundle, "rds-global-bundle.pem"]);
  expect(readFileSync(join(asset, bundle)).equals(readFileSync(join(folder, "lambda", bundle)))).toBe(true);
  expect(readFileSync(join(asset, "rds-global-bundle.pem"), "utf8")).toContain("BEGIN CERTIFICATE");
});

it("is told of the file where Lambda puts it, and of no password", () => {
  for (const id of moved) {
    const { asset } = functions.get(id) as { asset: string };
    const environment = environmentOf(id, {});
    expect(environment.DATABASE_CA_FILE).toMatch(new RegExp(`^${taskRoot}/`));
    const file = environment.DATABASE_CA_FILE?.replace(taskRoot, asset) ?? "";
    expect(existsSync(file)).toBe(true);
    expect(readConfig({ ...environment, DATABASE_CA_FILE: file })).toMatchObject({
      databaseCaFile: file,
      redisPassword: undefined,
    });
    expect(Object.keys(environment).filter((name) => name.endsWith("_ARN"))).toEqual([
      "DATABASE_SECRET_ARN",
      "KEY_PEPPER_SECRET_ARN",
      "REDIS_PASSWORD_SECRET_ARN",
    ]);
  }
});

/** Calls the handler as Lambda does, and prints its answer alone. */
const call = `
const [file, name] = process.env._HANDLER.split(/\\.(?=\\w+$)/);
const { [name]: handler } = await import("${taskRoot}/" + file + ".mjs");
const answer = await handler({
  requestContext: { elb: { targetGroupArn: "arn:aws:elasticloadbalancing:::targetgroup/t/0" } },
  httpMethod: "GET", path: process.env.TEST_PATH, body: "", isBase64Encoded: false,
  multiValueHeaders: { "x-api-key": ["cal_staging_nobody"] }, multiValueQueryStringParameters: {},
});
console.log("ANSWER " + JSON.stringify(answer));
process.exit(0);
`;

describeWithNamespaces("out of its asset alone", () => {
  // An address of its own: the port is always the same.
  const address = `127.${[1, 2].map(() => 1 + Math.floor(Math.random() * 250)).join(".")}.12`;
  let secrets: SecretsManager;
  let postgres: OwnPostgres;
  let authority: string;
  beforeAll(async () => {
    const place = (name: string) => join(folder, name);
    const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=db".split(" ");
    const files = ["-addext", `subjectAltName=IP:${address}`, "-keyout", place("db.key"), "-out", place("db.pem")];
    execFileSync("openssl", [...request, ...files], { stdio: "ignore" });
    authority = readFileSync(place("db.pem"), "utf8");
    postgres = await startOwnPostgres(
      ["hostssl all all 127.0.0.0/8 trust", "hostnossl all all 127.0.0.0/8 reject"],
      { listen_addresses: address, ssl: "on", ssl_cert_file: "db.pem", ssl_key_file: "db.key" },
      { "db.pem": authority, "db.key": readFileSync(place("db.key"), "utf8") },
    );
    await migrate({ url: postgres.url });
    secrets = await startSecretsManager();
    const login = { username: "postgres", password: "x", host: address, port: 5432, dbname: "postgres" };
    secrets.put("arn:database", JSON.stringify(login));
    secrets.put("arn:pepper", "p".repeat(64));
    secrets.put("arn:redis", "r".repeat(64));
  }, 180_000);
  afterAll(async () => {
    await secrets.close();
    await postgres.stop();
  });

  let runs = 0;
  const ask = async (id: string, path: string, { trusts }: { trusts: boolean }) => {
    const { asset, properties } = functions.get(id) as { asset: string; properties: { Handler: string } };
    runs += 1;
    const files = join(folder, `files-${runs}`);
    cpSync(asset, files, { recursive: true });
    // RDS's authorities did not make the stand-in's certificate.
    if (trusts) appendFileSync(join(files, "rds-global-bundle.pem"), authority);
    const image = { folder: files, workdir: taskRoot, environment: {}, user: "1000", command: [], health: [] };
    const environment = {
      ...environmentOf(id, {
        DATABASE_SECRET_ARN: "arn:database",
        KEY_PEPPER_SECRET_ARN: "arn:pepper",
        REDIS_PASSWORD_SECRET_ARN: "arn:redis",
        DATABASE_REPLICA_URL: `postgresql://${address}:1/calendar`,
        REDIS_URL: `rediss://${address}:1`,
      }),
      ...secrets.environment,
      // What Lambda's own system has in /etc/passwd.
      HOME: "/tmp",
      _HANDLER: properties.Handler,
      TEST_PATH: path,
    };
    const program = ["node", "--input-type=module", "-e", call];
    const { exited, said } = startInImage(image, join(folder, `root-${runs}`), program, environment);
    await exited;
    const answer = /^ANSWER (.*)$/m.exec(said())?.[1];
    if (answer === undefined) throw new Error(said());
    const { statusCode, body } = JSON.parse(answer);
    return { status: statusCode, body: JSON.parse(body), said: said() };
  };

  it("answers, from a database whose certificate is by an authority that it has", async () => {
    const { status, body } = await ask("health.ready", "/health/ready", { trusts: true });
    expect([status, body]).toEqual([200, { status: "ready" }]);
    expect([...new Set(secrets.asked)].sort()).toEqual(
      ["arn:database", "arn:pepper", "arn:redis"].map((name) => `${name} AWSCURRENT`),
    );
  }, 180_000);

  it("looks keys up", async () => {
    const path = "/calendar/v3/calendars/primary/events";
    const { status, body } = await ask("events.list", path, { trusts: true });
    expect([status, body.error.errors[0].reason]).toEqual([401, "authError"]);
  }, 180_000);

  it("speaks to no other database", async () => {
    const { status, said } = await ask("health.ready", "/health/ready", { trusts: false });
    expect(status).toBeGreaterThanOrEqual(500);
    expect(said).toContain("self-signed certificate");
  }, 180_000);
});
