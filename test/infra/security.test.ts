/** What watches an environment, what is encrypted and masked, and who may deploy. */
import { Match, type Template } from "aws-cdk-lib/assertions";
import { type EnvironmentConfig, environments } from "#cdk/config.ts";
import { apiKeyPattern } from "#cdk/network-stack.ts";
import { newKey } from "#lib/domain/keys/key-form.ts";
import { configOf, templatesOf } from "./environments.ts";

type Templates = Awaited<ReturnType<typeof templatesOf>>;

const names = environments.map(({ name }) => name);
const all = new Map<EnvironmentConfig["name"], Templates>();
beforeAll(async () => {
  for (const name of names) all.set(name, await templatesOf(configOf(name)));
}, 180_000);
const production = () => all.get("production") as Templates;

describe.each(names)("%s", (name) => {
  it("turns every KMS key over, each year", () => {
    const keys = Object.values(all.get(name) as Templates).flatMap((template) =>
      Object.values((template as Template | undefined)?.findResources("AWS::KMS::Key") ?? {}),
    );
    expect(keys.length).toBeGreaterThan(5);
    for (const { Properties } of keys) {
      expect(Properties).toMatchObject({ EnableKeyRotation: true, RotationPeriodInDays: 365 });
    }
  });

  it("encrypts every log group with a key of ours", () => {
    const groups = Object.values(all.get(name) as Templates).flatMap((template) =>
      Object.values((template as Template | undefined)?.findResources("AWS::Logs::LogGroup") ?? {}),
    );
    expect(groups.length).toBeGreaterThan(5);
    for (const { Properties } of groups) expect(Properties.KmsKeyId).toBeDefined();
  });

  it("masks e-mail addresses and API keys in the program's logs", () => {
    const groups = Object.values((all.get(name) as Templates).api.findResources("AWS::Logs::LogGroup"));
    const masked = groups.filter(({ Properties }) =>
      Properties.DataProtectionPolicy?.Statement.some(
        // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's JSON
        ({ Operation, DataIdentifier }: any) =>
          Operation.Deidentify !== undefined &&
          JSON.stringify(DataIdentifier).includes("EmailAddress") &&
          DataIdentifier.includes("ApiKey"),
      ),
    );
    expect(masked.map(({ Properties }) => Properties.LogGroupName).sort()).toEqual(
      ["agent", "api", "migration", "worker"].map((part) => `/calendar/${name}/${part}`),
    );
    expect(masked[0]?.Properties.DataProtectionPolicy.Configuration.CustomDataIdentifier).toEqual([
      { Name: "ApiKey", Regex: apiKeyPattern },
    ]);
  });

  it("blocks every bucket to the public, and takes no plain HTTP", () => {
    const templates = Object.values(all.get(name) as Templates).filter((template) => template !== undefined);
    const buckets = templates.flatMap((template) => Object.values(template.findResources("AWS::S3::Bucket")));
    expect(buckets.length).toBeGreaterThan(1);
    for (const { Properties } of buckets) {
      expect(Properties.PublicAccessBlockConfiguration).toEqual({
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      });
      expect(Properties.VersioningConfiguration).toEqual({ Status: "Enabled" });
    }
    const policies = templates.flatMap((template) => Object.values(template.findResources("AWS::S3::BucketPolicy")));
    expect(policies).toHaveLength(buckets.length);
    for (const policy of policies) expect(JSON.stringify(policy)).toContain('"aws:SecureTransport":"false"');
  });
});

it("lets nobody read the load balancer's logs who has no rights of their own, but S3 that copies some", () => {
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's JSON
  const statements = (type: string): any[] =>
    Object.entries(production().api.findResources(type)).flatMap(([id, { Properties }]) =>
      id.startsWith("EdgeLogs") ? Properties.PolicyDocument.Statement : [],
    );
  const allowed = statements("AWS::S3::BucketPolicy").filter(({ Effect }) => Effect === "Allow");
  expect(new Set(allowed.map(({ Action }) => Action))).toEqual(new Set(["s3:PutObject", "s3:GetBucketAcl"]));
  const roles = Object.entries(production().api.findResources("AWS::IAM::Policy")).filter(([, policy]) =>
    JSON.stringify(policy.Properties.PolicyDocument).includes("EdgeLogs"),
  );
  expect(roles.map(([id]) => id)).toEqual([expect.stringMatching(/^EdgeLogsReplicationRole/)]);
});

it("masks the keys that are made, and no other word", () => {
  const pattern = new RegExp(`^${apiKeyPattern}$`);
  for (const environment of ["dev", "staging", "live"]) expect(newKey(environment).key).toMatch(pattern);
  expect("cal_live_0123456789ab").not.toMatch(pattern);
});

it("watches logins to the database, buckets, and what runs inside the containers", () => {
  production().security.hasResourceProperties("AWS::GuardDuty::Detector", {
    Enable: true,
    Features: Match.arrayWith([
      { Name: "S3_DATA_EVENTS", Status: "ENABLED" },
      { Name: "RDS_LOGIN_EVENTS", Status: "ENABLED" },
      {
        Name: "RUNTIME_MONITORING",
        Status: "ENABLED",
        AdditionalConfiguration: [{ Name: "ECS_FARGATE_AGENT_MANAGEMENT", Status: "ENABLED" }],
      },
    ]),
  });
});

it("lets tasks fetch the agent that watches them", () => {
  production().api.hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Resource: { "Fn::Join": ["", Match.arrayWith([":*:repository/aws-guardduty-agent-fargate"])] },
        }),
      ]),
    },
  });
});

it("tells people of threats that are high or critical", () => {
  production().security.hasResourceProperties("AWS::Events::Rule", {
    EventPattern: { source: ["aws.guardduty"], detail: { severity: [{ numeric: [">=", 7] }] } },
    Targets: [Match.objectLike({ Arn: { "Fn::Join": ["", Match.arrayWith([":calendar-production-critical"])] } })],
  });
});

it.each(["aws-foundational-security-best-practices/v/1.0.0", "nist-800-53/v/5.0.0"])("is held against %s", (standard) => {
  production().security.resourceCountIs("AWS::SecurityHub::Hub", 1);
  production().security.hasResourceProperties("AWS::SecurityHub::Standard", {
    StandardsArn: { "Fn::Join": ["", Match.arrayWith([`:securityhub:eu-central-1::standards/${standard}`])] },
  });
});

it("looks for what is open to other accounts", () => {
  production().security.hasResourceProperties("AWS::AccessAnalyzer::Analyzer", { Type: "ACCOUNT" });
});

describe("the role that deploys", () => {
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's JSON
  const statementsOf = (role: "Deploy" | "Diff"): any[] =>
    Object.entries(production().security.findResources("AWS::IAM::Policy")).flatMap(([id, { Properties }]) =>
      id.startsWith(role) ? Properties.PolicyDocument.Statement : [],
    );
  const statements = () => statementsOf("Deploy");
  const statement = (sid: string) => statements().find(({ Sid }) => Sid === sid);

  it("is taken on by workflows of one repository in one environment alone", () => {
    production().security.hasResourceProperties("AWS::IAM::OIDCProvider", {
      Url: "https://token.actions.githubusercontent.com",
      ClientIdList: ["sts.amazonaws.com"],
    });
    production().security.hasResourceProperties("AWS::IAM::Role", {
      RoleName: "calendar-production-deploy",
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Action: "sts:AssumeRoleWithWebIdentity",
            Condition: {
              StringEquals: {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": "repo:example/calendar-api:environment:production",
              },
            },
          }),
        ],
      },
    });
  });

  it("may take on the roles of CDK in both regions, and no other", () => {
    const text = JSON.stringify(statement("Cdk").Resource);
    for (const which of ["deploy", "file-publishing", "image-publishing", "lookup"]) {
      expect(text).toContain(`:role/cdk-hnb659fds-${which}-role-`);
    }
    expect(statement("Cdk").Resource).toHaveLength(8);
    expect(text).not.toContain("*");
  });

  it("pushes to one repository", () => {
    expect(JSON.stringify(statement("PushImages").Resource)).toContain(":repository/calendar-production-api");
  });

  it("runs the migration on the one cluster, and gives its roles to ECS alone", () => {
    expect(JSON.stringify(statement("Migrate").Resource)).toContain(":task-definition/calendar-production-migration:*");
    expect(JSON.stringify(statement("Migrate").Condition)).toContain(":cluster/calendar-production-cluster");
    expect(JSON.stringify(statement("RolesOfTheMigration").Resource)).toContain(
      ":role/calendar-production-api-ContainersMigration*",
    );
    expect(statement("RolesOfTheMigration").Condition).toEqual({
      StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" },
    });
  });

  it("defines the migration with another image, and no other task", () => {
    expect(statement("DefineMigration").Action).toBe("ecs:RegisterTaskDefinition");
    expect(JSON.stringify(statement("DefineMigration").Resource)).toContain(":task-definition/calendar-production-migration:*");
  });

  it("reads one secret, the key that smoke tests use", () => {
    expect(JSON.stringify(statement("ReadSmokeKey").Resource)).toContain(":secret:calendar/production/smoke-key-??????");
  });

  it("is another than the one of pull requests, which reads templates and does nothing else", () => {
    production().security.hasResourceProperties("AWS::IAM::Role", {
      RoleName: "calendar-production-diff",
      AssumeRolePolicyDocument: {
        Statement: [
          Match.objectLike({
            Condition: {
              StringEquals: {
                "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
                "token.actions.githubusercontent.com:sub": [
                  "repo:example/calendar-api:pull_request",
                  "repo:example/calendar-api:ref:refs/heads/main",
                ],
              },
            },
          }),
        ],
      },
    });
    const diff = statementsOf("Diff");
    expect(diff.map(({ Action }) => Action)).toEqual([["cloudformation:DescribeStacks", "cloudformation:GetTemplate"]]);
    expect(JSON.stringify(diff[0].Resource).match(/:stack\/calendar-production-\*\/\*/g)).toHaveLength(2);
  });

  it("may do nothing else", () => {
    expect(statements().map(({ Sid }) => Sid)).toEqual([
      "Cdk",
      "LogInToRegistry",
      "PushImages",
      "ReadDefinitions",
      "DefineMigration",
      "Migrate",
      "Watch",
      "RolesOfTheMigration",
      "ReadItsLog",
      "ReadSmokeKey",
    ]);
    for (const { Sid, Action } of statements()) {
      expect([Sid, [Action].flat().filter((action) => action.includes("*"))]).toEqual([Sid, []]);
    }
  });
});
