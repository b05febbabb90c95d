/** What an environment's configuration may say, and what is told who says something else. */
import { spawnSync } from "node:child_process";
import { App } from "aws-cdk-lib";
import { type EnvironmentConfig, environments, problemsOf } from "#cdk/config.ts";
import { commandFor } from "#cdk/deploy.ts";
import { addEnvironment } from "#cdk/platform.ts";
import { readConfig } from "#lib/config.ts";
import { configOf, endpointsOf, release } from "./environments.ts";

it("is right for dev, staging and production", async () => {
  const endpoints = await endpointsOf();

  expect(environments.map(({ name }) => name)).toEqual(["dev", "staging", "production"]);
  for (const config of environments) expect(problemsOf(config, endpoints)).toEqual([]);
});

it("lets the API's own limits come first, and the firewall's as the outer net", () => {
  const { rateLimitPerAddressPerMinute, rateLimitPerMinute } = readConfig({});
  const most = Math.max(rateLimitPerAddressPerMinute, rateLimitPerMinute);
  for (const { edge } of environments) expect(edge.requestsPerAddress / 5).toBeGreaterThan(most);
});

const production = configOf("production");

it.each([
  [{ api: { ...production.api, size: { cpu: 256, memoryMiB: 4096 } } }, "Fargate gives 256 CPU units 512 to 2048 MiB"],
  [{ api: { ...production.api, tasks: { min: 2, max: 4 } } }, "api.tasks.min must be 3 or more"],
  [{ api: { ...production.api, tasks: { min: 8, max: 4 } } }, "tasks.max must not be below tasks.min"],
  [{ api: { ...production.api, drainSeconds: 20 } }, "api.drainSeconds must be longer"],
  [{ api: { ...production.api, drainSeconds: 90 } }, "api.drainSeconds must be 80 at most"],
  [{ network: { ...production.network, cidr: "192.168.0.0/16" } }, "network.cidr must be a /16"],
  [{ recoveryRegion: production.region }, "recoveryRegion must be another region"],
  [{ database: { ...production.database, multiAz: false } }, "needs database.multiAz"],
  [{ database: { ...production.database, backupDays: 7 } }, "needs 35 backupDays"],
  [{ domainName: "calendar.example.net" }, "domainName must be in the hosted zone"],
  [{ repository: "calendar" }, "repository must be owner/name"],
  [{ compute: { "events.lst": "lambda" as const } }, "there is no endpoint events.lst"],
  [{ compute: { "batch.run": "lambda" as const } }, "batch.run needs the container"],
])("is refused with %j", async (changes, sentence) => {
  const config = { ...production, ...changes } as EnvironmentConfig;

  expect(problemsOf(config, await endpointsOf())).toEqual([expect.stringContaining(sentence)]);
});

it("is refused with all that is wrong at once, before anything is made", async () => {
  const config = { ...production, repository: "calendar", recoveryRegion: production.region };
  const app = new App({ analyticsReporting: false });

  expect(() => addEnvironment(app, config, releaseNow)).toThrow(
    /recoveryRegion must be another region[\s\S]*repository must be owner/,
  );
  expect(app.node.children).toEqual([]);
});

let releaseNow: Awaited<ReturnType<typeof release>>;
beforeAll(async () => {
  releaseNow = await release();
});

describe("the two commands", () => {
  const image = `sha256:${"a".repeat(64)}`;
  it.each([
    ["bootstrap dev", "bootstrap -c environment=dev -c image=none"],
    ["deploy dev", "deploy dev-!(api|observability) -c environment=dev -c image=none --require-approval never"],
    [`deploy staging ${image}`, `deploy --all -c environment=staging -c image=${image} --require-approval never`],
    [
      `deploy production ${image} -c region=recovery -c restoreFrom=arn`,
      `deploy --all -c environment=production -c image=${image} --require-approval never -c region=recovery -c restoreFrom=arn`,
    ],
    ["deploy", undefined],
    ["deploy everywhere", undefined],
    ["deploy dev latest", undefined],
    ["deploy dev sha256:abc", undefined],
    ["destroy dev", undefined],
  ])("take %j as %j", (asked, command) => {
    expect(commandFor(asked.split(" "))?.join(" ")).toBe(command);
  });
});

describe("with an account", () => {
  it.each([
    [{}, "Say which environment"],
    [{ environment: "dev" }, "Say which image runs"],
    [{ environment: "dev", image: "none" }, "cdk/config.ts still has the names of an example"],
    [{ environment: "dev", image: `sha256:${"a".repeat(64)}` }, "cdk/config.ts still has the names of an example"],
  ])("cdk/app.ts told %j says: %s", (context, sentence) => {
    const { status, stderr } = spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", "cdk/app.ts"], {
      encoding: "utf8",
      env: { CDK_DEFAULT_ACCOUNT: "123456789012", CDK_CONTEXT_JSON: JSON.stringify(context) },
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining(sentence)]);
  });
});
