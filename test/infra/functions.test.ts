/** Any endpoint can be taken out of the containers by configuration; the same handler file then answers behind the same load balancer. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Match, Template } from "aws-cdk-lib/assertions";
import { exactPath, sharedRules } from "#cdk/routing.ts";
import { appOf, configOf, endpointsOf } from "./environments.ts";

let folder: string;
let api: Template;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "calendar-bundles-"));
  // Where the build puts them; that they answer is tested in function-asset.test.ts.
  for (const file of ["events/list", "calendar-list/get"]) {
    mkdirSync(join(folder, "handlers", dirname(file)), { recursive: true });
    writeFileSync(join(folder, "handlers", `${file}.mjs`), `export const handler = () => "${file}";\n`);
  }
  writeFileSync(join(folder, "rds-global-bundle.pem"), "");
  const config = configOf("staging", { compute: { "events.list": "lambda", "calendarList.get": "lambda" } });
  api = Template.fromStack((await appOf(config, { bundles: folder })).stacks.api);
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("runs each as a function of its own bundle, in the private network", () => {
  api.resourceCountIs("AWS::ElasticLoadBalancingV2::TargetGroup", 3);
  for (const [name, handler] of [
    ["events-list", "handlers/events/list.handler"],
    ["calendarList-get", "handlers/calendar-list/get.handler"],
  ]) {
    api.hasResourceProperties("AWS::Lambda::Function", {
      FunctionName: `calendar-staging-${name}`,
      Handler: handler,
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      VpcConfig: Match.objectLike({ SecurityGroupIds: [Match.anyValue()] }),
      Environment: {
        Variables: Match.objectLike({ DATABASE_SECRET_ARN: Match.anyValue(), DATABASE_POOL_SIZE: "1", TRUSTED_PROXIES: "1" }),
      },
    });
  }
});

it("is led to by its method and its whole path, before the rule of the containers", async () => {
  const endpoints = await endpointsOf();
  const routes = Object.fromEntries(endpoints.map(({ id, route }) => [id, route]));

  api.hasResourceProperties("AWS::ElasticLoadBalancingV2::ListenerRule", {
    Priority: Match.anyValue(),
    Conditions: [
      { Field: "http-request-method", HttpRequestMethodConfig: { Values: ["GET"] } },
      { Field: "path-pattern", PathPatternConfig: { RegexValues: ["^/calendar/v3/calendars/[^/]+/events$"] } },
    ],
  });
  const priorities = Object.values(api.findResources("AWS::ElasticLoadBalancingV2::ListenerRule")).map(
    ({ Properties }) => Properties.Priority as number,
  );
  expect(new Set(priorities).size).toBe(priorities.length);
  expect(Math.min(...sharedRules(endpoints).map(({ priority }) => priority))).toBeGreaterThan(
    Math.max(...priorities.filter((priority) => priority < 1_000)),
  );
  expect(exactPath(routes["events.list"] as string).path).toBe("^/calendar/v3/calendars/[^/]+/events$");
});

it("gets headers and parameters with all their values, as the containers' adapter does", () => {
  api.hasResourceProperties("AWS::ElasticLoadBalancingV2::TargetGroup", {
    TargetType: "lambda",
    TargetGroupAttributes: Match.arrayWith([{ Key: "lambda.multi_value_headers.enabled", Value: "true" }]),
  });
});

it("may read the passwords of the database and of Valkey, and the pepper", () => {
  api.hasResourceProperties("AWS::IAM::Policy", {
    Roles: [{ Ref: Match.stringLikeRegexp("^Functions") }],
    PolicyDocument: {
      Statement: Match.arrayWith([
        {
          Action: "secretsmanager:GetSecretValue",
          Effect: "Allow",
          Resource: ["Database", "KeyPepper", "CachePassword"].map((id) => ({
            "Fn::ImportValue": Match.stringLikeRegexp(`ExportsOutputRef${id}`),
          })),
        },
      ]),
    },
  });
});

it("may be called by the load balancer alone", () => {
  api.hasResourceProperties("AWS::Lambda::Permission", {
    Action: "lambda:InvokeFunction",
    Principal: "elasticloadbalancing.amazonaws.com",
  });
});

describe("the rules of the load balancer", () => {
  it("lead every endpoint's path to the containers", async () => {
    const endpoints = await endpointsOf();
    const patterns = sharedRules(endpoints).flatMap(({ paths }) => paths);
    const matches = (path: string) =>
      patterns.some((pattern) => new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", ".*")}$`).test(path));

    for (const { id, route } of endpoints) {
      const path = (route.split(" ")[1] as string).replaceAll(/\{\w+\}/g, "x");
      expect([id, matches(path)]).toEqual([id, true]);
    }
    for (const stranger of ["/", "/wp-login.php", "/internal/x", "/calendar/v2/x", "/.env", "/v1"])
      expect([stranger, matches(stranger)]).toEqual([stranger, false]);
  });

  it("tell every endpoint from all others by method and path", async () => {
    const endpoints = await endpointsOf();
    for (const { id, route } of endpoints) {
      const { method, path } = exactPath(route);
      expect(path.length).toBeLessThanOrEqual(128);
      const caught = endpoints.filter((other) => {
        const [otherMethod, otherPath = ""] = other.route.split(" ");
        return otherMethod === method && new RegExp(path).test(otherPath.replaceAll(/\{\w+\}/g, "some-thing"));
      });
      expect(caught.map((other) => other.id)).toEqual([id]);
    }
  });

  it("are no more than a load balancer takes", async () => {
    const rules = sharedRules(await endpointsOf());

    expect(rules.length).toBeLessThan(40);
    for (const { paths } of rules) expect(paths.length).toBeLessThanOrEqual(5);
  });
});
