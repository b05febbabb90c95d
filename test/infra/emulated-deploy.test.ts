/** All stacks of an environment put up in order in an AWS that moto plays: what refers to what is resolved, and what is made is looked at. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { sharedRules } from "#cdk/routing.ts";
import { describeWithMoto } from "#test/support/moto.ts";
import { appOf, configOf, endpointsOf } from "./environments.ts";

interface Made {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
}

interface Seen {
  readonly made: readonly Made[];
  /** What was not made, and what could not be resolved. */
  readonly failures: readonly string[];
  /** Types that moto does not know. */
  readonly standIns: readonly string[];
  readonly exports: Readonly<Record<string, string>>;
  readonly subnets: readonly { readonly zone: string; readonly cidr: string; readonly id: string }[];
  readonly securityGroups: readonly {
    readonly GroupId: string;
    readonly GroupName: string;
    readonly IpPermissions: readonly {
      readonly FromPort?: number;
      readonly UserIdGroupPairs: readonly { readonly GroupId: string }[];
    }[];
  }[];
  // biome-ignore lint/suspicious/noExplicitAny: AWS's own answers, looked at in a few places
  readonly [what: string]: any;
}

/** Deploys an environment's stacks of its own region, in the order that CDK would. */
const deploy = async (name: "dev" | "staging" | "production"): Promise<Seen> => {
  const config = configOf(name);
  const { app } = await appOf(config);
  const stacks = app.synth().stacks.filter(({ environment }) => environment.region === config.region);
  const { stdout } = await promisify(execFile)(
    "python3",
    ["test/infra/moto/deploy.py", config.region, ...stacks.map(({ templateFullPath }) => templateFullPath)],
    { maxBuffer: 64_000_000, timeout: 240_000 },
  );
  return JSON.parse(stdout) as Seen;
};

/** The id of a security group that a stack made. */
const groupOf = ({ made }: Seen, logicalId: string): string =>
  made.find((one) => one.type === "AWS::EC2::SecurityGroup" && one.logicalId.startsWith(logicalId))?.physicalId ?? "none";

describeWithMoto("an emulated deploy of production", () => {
  let seen: Seen;
  beforeAll(async () => {
    seen = await deploy("production");
  }, 300_000);

  it("makes every resource of every stack, with every reference resolved", () => {
    expect(seen.failures).toEqual([]);
    expect(seen.made.length).toBeGreaterThan(250);
    expect(Object.values(seen.exports)).not.toContain("");
    // What moto does not know is stood in for: should it learn a type, or a stack use a new one, this says so.
    expect(seen.standIns.length).toBeLessThan(seen.made.length / 5);
  });

  it("lays out nine subnets in three zones", () => {
    const ours = seen.subnets.filter(({ cidr }) => cidr.startsWith("10.30."));

    expect(ours.map(({ zone, cidr }) => `${zone} ${cidr}`).sort()).toEqual([
      "eu-central-1a 10.30.0.0/24",
      "eu-central-1a 10.30.16.0/20",
      "eu-central-1a 10.30.64.0/24",
      "eu-central-1b 10.30.1.0/24",
      "eu-central-1b 10.30.32.0/20",
      "eu-central-1b 10.30.65.0/24",
      "eu-central-1c 10.30.2.0/24",
      "eu-central-1c 10.30.48.0/20",
      "eu-central-1c 10.30.66.0/24",
    ]);
  });

  it("lets each tier be called by those that it says, on one port", () => {
    const callersOf = (logicalId: string) => {
      const id = groupOf(seen, logicalId);
      const permissions = seen.securityGroups.find(({ GroupId }) => GroupId === id)?.IpPermissions ?? [];
      return permissions.map(({ FromPort, UserIdGroupPairs }) => [
        FromPort,
        UserIdGroupPairs.map(({ GroupId }) => GroupId).sort(),
      ]);
    };
    const groups = (...ids: string[]) => ids.map((id) => groupOf(seen, id)).sort();

    expect(callersOf("ApiGroup")).toEqual([[8080, groups("LoadBalancerGroup")]]);
    expect(callersOf("DatabaseGroup")).toEqual([[5432, groups("ApiGroup", "WorkerGroup", "FunctionsGroup", "RotationGroup")]]);
    expect(callersOf("CacheGroup")).toEqual([[6379, groups("ApiGroup", "WorkerGroup", "FunctionsGroup")]]);
    expect(callersOf("WorkerGroup")).toEqual([]);
    expect(callersOf("FunctionsGroup")).toEqual([]);
  });

  it("puts the database and its replica where nobody else is, and the one copies the other", () => {
    const isolated = seen.subnets.filter(({ cidr }) => /^10\.30\.6[456]\./.test(cidr)).map(({ id }) => id);
    const [primary, replica] = [
      seen.databases.find(({ ReadReplicaSourceDBInstanceIdentifier: source }: Made & Record<string, string>) => !source),
      seen.databases.find(({ ReadReplicaSourceDBInstanceIdentifier: source }: Made & Record<string, string>) => source),
    ];

    expect(primary).toMatchObject({
      MultiAZ: true,
      StorageEncrypted: true,
      BackupRetentionPeriod: 35,
      DBName: "calendar",
      Engine: "postgres",
    });
    expect(primary.DBSubnetGroup.Subnets.map(({ SubnetIdentifier }: Record<string, string>) => SubnetIdentifier).sort()).toEqual(
      isolated.sort(),
    );
    expect(replica.ReadReplicaSourceDBInstanceIdentifier).toContain("calendar-production-database");
  });

  it("leads the endpoints' paths to the containers' targets, and nothing else anywhere", async () => {
    const targets = seen.targetGroups[0].TargetGroupArn;
    // biome-ignore lint/suspicious/noExplicitAny: AWS's own answer
    const rules = seen.rules.map(({ Priority, Conditions, Actions }: any) => [
      Priority,
      Conditions.flatMap(({ PathPatternConfig }: { PathPatternConfig: { Values: string[] } }) => PathPatternConfig.Values),
      Actions[0].TargetGroupArn ?? Actions[0].Type,
    ]);

    expect(rules).toContainEqual(["1", ["/internal", "/internal/*"], "fixed-response"]);
    for (const { priority, paths } of sharedRules(await endpointsOf())) {
      expect(rules).toContainEqual([String(priority), paths, targets]);
    }
    expect(
      rules
        .filter(([priority]: [string]) => priority === "default")
        .map(([, , to]: [string, string[], string]) => to)
        .sort(),
    ).toEqual(["fixed-response", "redirect"]);
    expect(
      seen.listeners.map(({ Port, SslPolicy }: { Port: number; SslPolicy?: string }) => `${Port} ${SslPolicy ?? ""}`).sort(),
    ).toEqual(["443 ELBSecurityPolicy-TLS13-1-2-PQ-2025-09", "80 "]);
  });

  it("tells the programs where things are", () => {
    const families = seen.taskDefinitions.map(({ family }: { family: string }) => family).sort();
    expect(families).toEqual(["calendar-production-api", "calendar-production-migration", "calendar-production-worker"]);
    for (const { containerDefinitions } of seen.taskDefinitions) {
      // biome-ignore lint/suspicious/noExplicitAny: AWS's own answer
      const { environment, secrets, image } = containerDefinitions.find(({ name }: any) => name === "program");
      const told = Object.fromEntries(environment.map(({ name, value }: { name: string; value: string }) => [name, value]));
      const arn = /^arn:aws:secretsmanager:eu-central-1:123456789012:/;
      const replica = seen.databases.find(
        ({ DBInstanceIdentifier }: Record<string, string>) => DBInstanceIdentifier === "calendar-production-replica",
      );

      expect(image).toBe(`123456789012.dkr.ecr.eu-central-1.amazonaws.com/calendar-production-api@sha256:${"0".repeat(64)}`);
      expect(told.DATABASE_SECRET_ARN).toMatch(arn);
      expect(told.KEY_PEPPER_SECRET_ARN).toMatch(arn);
      expect(told.DATABASE_REPLICA_URL).toBe(`postgresql://${replica.Endpoint.Address}:5432/calendar`);
      expect(told.REDIS_URL).toMatch(/^rediss:\/\//);
      expect(told.REDIS_PASSWORD_SECRET_ARN).toMatch(arn);
      expect(secrets.map(({ name }: { name: string }) => name)).toEqual(["BOOTSTRAP_ADMIN_KEY"]);
      for (const { valueFrom } of secrets) expect(valueFrom).toMatch(arn);
    }
  });

  it("turns every key over, and keeps every log as long as it says", () => {
    expect(seen.keys.length).toBeGreaterThanOrEqual(4);
    for (const { id, rotates } of seen.keys) expect([id, rotates]).toEqual([id, true]);
    const ours = seen.logGroups.filter(({ logGroupName }: { logGroupName: string }) => logGroupName.includes("production"));
    expect(ours.length).toBeGreaterThanOrEqual(8);
    for (const { logGroupName, retentionInDays } of ours) expect([logGroupName, retentionInDays]).toEqual([logGroupName, 400]);
  });
});
