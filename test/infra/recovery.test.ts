/** What is kept for the day that data, a zone or a region is lost, and that an environment can be made of it. */
import { Match, type Template } from "aws-cdk-lib/assertions";
import { type EnvironmentConfig, problemsOf, standIn } from "#cdk/config.ts";
import { appOf, configOf, endpointsOf, templatesOf } from "./environments.ts";

type Templates = Awaited<ReturnType<typeof templatesOf>>;

const database = "AWS::RDS::DBInstance";
const keyThere = {
  "Fn::GetStackOutput": { StackName: "calendar-production-recovery", OutputName: "KeyArn", Region: "eu-west-1" },
};

/** The only resource of a type with these properties. */
const oneOf = (template: Template, type: string, properties = {}) => {
  const found = Object.values(template.findResources(type, { Properties: properties }));
  expect(found).toHaveLength(1);
  return found[0] as { Properties: Record<string, unknown>; DeletionPolicy?: string };
};

describe("production", () => {
  let made: Templates;
  beforeAll(async () => {
    made = await templatesOf(configOf("production"));
  }, 180_000);

  it("sends the database's snapshots and log to the other region, under the key there, for 35 days", () => {
    made.data.hasResourceProperties(database, {
      DBInstanceIdentifier: "calendar-production-database",
      BackupRetentionPeriod: 35,
      AutomaticBackupReplicationRegion: "eu-west-1",
      AutomaticBackupReplicationRetentionPeriod: 35,
      AutomaticBackupReplicationKmsKeyId: keyThere,
    });
  });

  it("reads the key's ARN from an output that the other stack has", () => {
    expect(Object.keys(made.recovery.findOutputs("KeyArn"))).toEqual(["KeyArn"]);
  });

  it("has a plan that backs up continuously for 35 days", () => {
    made.data.hasResourceProperties("AWS::Backup::BackupPlan", {
      BackupPlan: {
        BackupPlanRule: Match.arrayWith([
          Match.objectLike({
            EnableContinuousBackup: true,
            Lifecycle: { DeleteAfterDays: 35 },
            ScheduleExpression: "cron(0 2 * * ? *)",
          }),
        ]),
      },
    });
  });

  it("copies the backup of each week into the vault of the other region, for 90 days", () => {
    const account = { Ref: "AWS::AccountId" };
    made.data.hasResourceProperties("AWS::Backup::BackupPlan", {
      BackupPlan: {
        BackupPlanRule: Match.arrayWith([
          Match.objectLike({
            ScheduleExpression: "cron(0 4 ? * SUN *)",
            Lifecycle: { DeleteAfterDays: 90 },
            CopyActions: [
              {
                DestinationBackupVaultArn: {
                  "Fn::Join": [
                    "",
                    [
                      "arn:",
                      { Ref: "AWS::Partition" },
                      ":backup:eu-west-1:",
                      account,
                      ":backup-vault:calendar-production-recovery",
                    ],
                  ],
                },
                Lifecycle: { DeleteAfterDays: 90 },
              },
            ],
          }),
        ]),
      },
    });
    made.recovery.hasResourceProperties("AWS::Backup::BackupVault", { BackupVaultName: "calendar-production-recovery" });
  });

  it("has the database in the plan", () => {
    made.data.hasResourceProperties("AWS::Backup::BackupSelection", {
      BackupSelection: {
        Resources: [{ "Fn::Join": ["", Match.arrayWith([{ Ref: Match.stringLikeRegexp("^Database") }])] }],
      },
    });
  });

  it.each(["data", "recovery"] as const)("locks the vault of %s, and lets who may lift the lock again", (part) => {
    const { Properties } = oneOf(made[part], "AWS::Backup::BackupVault");
    expect(Properties.LockConfiguration).toEqual({ MinRetentionDays: 7, MaxRetentionDays: 90 });
  });

  it.each(["data", "recovery"] as const)("encrypts the vault of %s with a key of ours", (part) => {
    const { Properties } = oneOf(made[part], "AWS::Backup::BackupVault");
    expect(Properties.EncryptionKeyArn).toEqual({ "Fn::GetAtt": [expect.stringMatching(/^(Backups|Recovery)Key/), "Arn"] });
  });

  it("keeps vaults, keys and copies when their stacks go", () => {
    for (const type of ["AWS::Backup::BackupVault", "AWS::KMS::Key", "AWS::S3::Bucket"]) {
      expect(oneOf(made.recovery, type).DeletionPolicy).toBe("Retain");
    }
  });

  it("restores the latest backup each week", () => {
    made.data.hasResourceProperties("AWS::Backup::RestoreTestingPlan", {
      ScheduleExpression: "cron(0 6 ? * MON *)",
      RecoveryPointSelection: Match.objectLike({ Algorithm: "LATEST_WITHIN_WINDOW", SelectionWindowDays: 7 }),
    });
    made.data.hasResourceProperties("AWS::Backup::RestoreTestingSelection", {
      ProtectedResourceType: "RDS",
      ValidationWindowHours: 8,
      RestoreMetadataOverrides: { dbSubnetGroupName: { Ref: Match.stringLikeRegexp("^DatabaseSubnetGroup") } },
    });
  });

  it.each(["pepper", "admin-key"])("has the secret %s in the other region too", (name) => {
    made.data.hasResourceProperties("AWS::SecretsManager::Secret", {
      Name: `calendar/production/${name}`,
      ReplicaRegions: [{ Region: "eu-west-1", KmsKeyId: keyThere }],
    });
  });

  it("copies the load balancer's logs but those of access to the other region, where they are versioned", () => {
    const copies = { "Fn::Join": ["", ["calendar-production-log-copies-", { Ref: "AWS::AccountId" }]] };
    made.api.hasResourceProperties("AWS::S3::Bucket", {
      VersioningConfiguration: { Status: "Enabled" },
      ReplicationConfiguration: {
        Rules: ["connections/", "health/"].map((Prefix) =>
          Match.objectLike({
            Status: "Enabled",
            Filter: { Prefix },
            Destination: {
              Bucket: {
                "Fn::Join": [
                  "",
                  ["arn:", { Ref: "AWS::Partition" }, ":s3:::calendar-production-log-copies-", { Ref: "AWS::AccountId" }],
                ],
              },
            },
          }),
        ),
      },
    });
    made.recovery.hasResourceProperties("AWS::S3::Bucket", {
      BucketName: copies,
      VersioningConfiguration: { Status: "Enabled" },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
    });
  });

  it("copies images to the other region, into a repository that nothing overwrites", () => {
    made.registry.hasResourceProperties("AWS::ECR::ReplicationConfiguration", {
      ReplicationConfiguration: {
        Rules: [
          {
            Destinations: [{ Region: "eu-west-1", RegistryId: { Ref: "AWS::AccountId" } }],
            RepositoryFilters: [{ Filter: "calendar-production-api", FilterType: "PREFIX_MATCH" }],
          },
        ],
      },
    });
    made.registryCopy.hasResourceProperties("AWS::ECR::Repository", {
      RepositoryName: "calendar-production-api",
      ImageTagMutability: "IMMUTABLE",
    });
  });

  it("sends nothing before the other region can take it", async () => {
    const { app } = await appOf(configOf("production"));
    const { stacks } = app.synth();
    const needs = (part: string) =>
      stacks.find(({ id }) => id === `production-${part}`)?.dependencies.map(({ manifest: _, ...artifact }) => artifact.id);
    for (const part of ["data", "registry", "api"]) {
      expect(needs(part)).toEqual(expect.arrayContaining(["production-recovery", "production-registry-copy"]));
    }
    expect(stacks.find(({ id }) => id === "production-recovery")?.environment.region).toBe("eu-west-1");
  }, 180_000);
});

it("makes no copies where there is no other region", async () => {
  const made = await templatesOf(configOf("dev"));

  expect(made.recovery).toBeUndefined();
  const asText = JSON.stringify(made.data.toJSON());
  expect(asText.match(/AutomaticBackupReplication|ReplicaRegions|CopyActions/g)).toBeNull();
  made.registry.resourceCountIs("AWS::ECR::ReplicationConfiguration", 0);
});

describe("production standing in for itself in the other region", () => {
  const restoreFrom = "arn:aws:rds:eu-west-1:123456789012:auto-backup:ab-l2ijcexjp7xq7hoj4siexample";
  const config = (restoreTime?: string): EnvironmentConfig => standIn(configOf("production"), { restoreFrom, restoreTime });
  let made: Templates;
  beforeAll(async () => {
    made = await templatesOf(config());
  }, 180_000);
  const primary = (templates: Templates) =>
    oneOf(templates.data, database, { DBInstanceIdentifier: "calendar-production-database" }).Properties;

  it("makes the database of the replicated backup, as late as it goes", () => {
    expect(primary(made)).toMatchObject({ SourceDBInstanceAutomatedBackupsArn: restoreFrom, UseLatestRestorableTime: true });
    expect(primary(made)).not.toHaveProperty("RestoreTime");
  });

  it("or until a time", async () => {
    const { RestoreTime, UseLatestRestorableTime } = primary(await templatesOf(config("2026-11-23T09:30:00Z")));
    expect({ RestoreTime, UseLatestRestorableTime }).toEqual({ RestoreTime: "2026-11-23T09:30:00Z" });
  });

  it.each(["MasterUsername", "DBName", "KmsKeyId", "StorageEncrypted", "AllocatedStorage"])(
    "leaves %s to the backup",
    (property) => {
      expect(primary(made)).not.toHaveProperty(property);
    },
  );

  it("gives it a new password, two zones and a replica", () => {
    expect(primary(made)).toMatchObject({ MultiAZ: true, MasterUserPassword: expect.anything() });
    made.data.resourceCountIs(database, 2);
  });

  it.each(["pepper", "admin-key"])("takes the secret %s over, so that keys go on working", (name) => {
    made.data.hasResourceProperties("AWS::SecretsManager::Secret", {
      Name: `calendar/production/standing-in/${name}`,
      SecretString: `{{resolve:secretsmanager:calendar/production/${name}:SecretString:::}}`,
      ReplicaRegions: Match.absent(),
    });
  });

  it("finds the repository of images as it was left", async () => {
    const before = await templatesOf(configOf("production"));
    expect(made.registry.toJSON().Resources).toEqual(before.registryCopy.toJSON().Resources);
  });

  it("is in the other region, in its zones, and in none of the first", async () => {
    const { app } = await appOf(config());
    const { stacks } = app.synth();
    expect(new Set(stacks.map(({ environment }) => environment.region))).toEqual(new Set(["eu-west-1"]));
    for (const { template } of stacks) expect(JSON.stringify(template)).not.toContain("eu-central-1");
    expect(JSON.stringify(made.network.toJSON())).toContain("eu-west-1c");
  }, 180_000);

  it("leaves the name to the person who moves it", () => {
    made.api.resourceCountIs("AWS::Route53::RecordSet", 0);
  });

  it("shares no name with what it stands in for, where names are the whole world's or the account's", () => {
    const names = Object.values(made.api.findResources("AWS::S3::Bucket")).map(({ Properties }) =>
      JSON.stringify(Properties.BucketName),
    );
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(name).toContain("eu-west-1");
    for (const { Properties } of Object.values(made.observability.findResources("AWS::CloudWatch::Dashboard"))) {
      expect(Properties.DashboardName).toContain("eu-west-1");
    }
    made.security.resourceCountIs("AWS::IAM::OIDCProvider", 0);
    expect(made.cost).toBeUndefined();
  });

  it("is refused without a backup of that region", async () => {
    const problems = problemsOf(
      standIn(configOf("production"), {
        restoreFrom: restoreFrom.replace("eu-west-1", "eu-central-1"),
        restoreTime: "yesterday",
      }),
      await endpointsOf(),
    );
    expect(problems).toEqual([
      "production: restoreFrom must be the ARN of a replicated automated backup in eu-west-1.",
      "production: restoreTime must be a time in UTC: 2026-11-23T09:30:00Z.",
    ]);
    expect(() => standIn(configOf("dev"), { restoreFrom, restoreTime: undefined })).toThrow("dev has no other region.");
  });
});
