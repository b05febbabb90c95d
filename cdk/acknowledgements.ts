/**
 * Findings of the rule packs (AWS Solutions, HIPAA, NIST 800-53 r5) and of CDK's own validator that are meant so, each with its
 * reason. One that no longer finds anything fails the tests, as does a finding that is not here.
 */
import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { type EnvironmentName, environments } from "./config.ts";

export interface Acknowledgement {
  /** The rules, as the packs name them. */
  readonly rules: readonly string[];
  /** The ends of the constructs' paths, without the environment's name; what is below them is meant too. */
  readonly at: readonly string[];
  /** Where it is meant so; without it, in every environment. */
  readonly only?: readonly EnvironmentName[];
  readonly reason: string;
}

/** The same rule of the two packs that know it. */
const both = (rule: string): readonly string[] => [`HIPAA.Security-${rule}`, `NIST.800.53.R5-${rule}`];

export const acknowledgements: readonly Acknowledgement[] = [
  {
    rules: ["CloudFormation-Validate::W3010"],
    at: ["network/Vpc"],
    reason: "Zones are named, so that no template needs an account to be made and each has three.",
  },
  {
    rules: ["AwsSolutions-VPC3"],
    at: ["network/PublicAcl", "network/PrivateAcl", "network/IsolatedAcl"],
    reason:
      "Network ACLs are a second fence behind the security groups, asked for; they state subnets and ports, and a test reads them.",
  },
  {
    rules: ["AwsSolutions-EC23"],
    at: ["network/LoadBalancerGroup"],
    reason: "The load balancer is public: the web's two ports are open to all, behind WAF.",
  },
  {
    rules: both("VPCNoUnrestrictedRouteToIGW"),
    at: ["network/Vpc"],
    reason: "The public subnets hold the load balancer and the NAT gateways alone.",
  },
  {
    rules: both("IAMNoInlinePolicy"),
    at: ["network/FlowLogsRole", "api/Containers", "security/Deploy", "security/Diff"],
    reason: "Each role has one policy that no other shares; it goes when the role goes.",
  },
  {
    rules: ["AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole]"],
    at: ["data/Database", "data/Replica"],
    reason: "AWS keeps the policy of its own monitoring agent.",
  },
  {
    rules: ["AwsSolutions-RDS11"],
    at: ["data/Database", "data/Replica"],
    reason: "Another port hides nothing: the subnets are isolated and the group lets named tiers in.",
  },
  {
    rules: ["AwsSolutions-RDS2", ...both("RDSStorageEncrypted")],
    at: ["data/Replica"],
    reason: "A replica in the same region is encrypted with its source's key; saying so again is refused.",
  },
  {
    rules: ["AwsSolutions-RDS3", ...both("RDSMultiAZSupport")],
    at: ["data/Replica"],
    reason: "Reads that may lag go back to the primary when the replica is away, without an error to anyone.",
  },
  {
    rules: both("RDSInBackupPlan"),
    at: ["data/Replica"],
    only: ["staging", "production"],
    reason: "It has what its source has, which is backed up; another replica is made, not restored.",
  },
  {
    rules: ["AwsSolutions-SMG4", ...both("SecretsManagerRotationEnabled")],
    at: ["data/KeyPepper", "data/AdminKey", "data/CachePassword"],
    reason:
      "Another pepper makes all API keys worthless; the administrator's key is turned over through the API; Valkey's password is changed with its runbook.",
  },
  {
    rules: ["AwsSolutions-IAM5[Resource::*]"],
    at: ["api/Containers"],
    reason: "Sending traces to X-Ray and asking ECR for a login know no resource.",
  },
  {
    rules: ["AwsSolutions-IAM5[Resource::<ContainersProfiles78B67579.Arn>/profiles/*]"],
    at: ["api/Containers"],
    reason: "Profiles get names as they are made; tasks may add to this folder and do no more.",
  },
  {
    rules: ["AwsSolutions-ECS2"],
    at: ["api/Containers"],
    reason: "What stands in the open is no secret: names of secrets, addresses and limits. Secrets come from Secrets Manager.",
  },
  {
    rules: both("ELBv2ACMCertificateRequired"),
    at: ["api/Edge/LoadBalancer/Http"],
    reason: "This listener only sends clients to https.",
  },
  {
    rules: ["AwsSolutions-RDS3", ...both("RDSMultiAZSupport")],
    at: ["data/Database"],
    only: ["dev"],
    reason: "A place to try things is down while its zone is.",
  },
  {
    rules: ["AwsSolutions-RDS10", ...both("RDSInstanceDeletionProtectionEnabled")],
    at: ["data/Database"],
    only: ["dev", "staging"],
    reason: "These environments are taken down and made anew; nothing in them is anybody's only copy.",
  },
  {
    rules: ["AwsSolutions-RDS10", ...both("RDSInstanceDeletionProtectionEnabled")],
    at: ["data/Replica"],
    only: ["staging"],
    reason: "These environments are taken down and made anew; nothing in them is anybody's only copy.",
  },
  {
    rules: both("ELBDeletionProtectionEnabled"),
    at: ["api/Edge/LoadBalancer"],
    only: ["dev", "staging"],
    reason: "These environments are taken down and made anew.",
  },
  {
    rules: both("S3DefaultEncryptionKMS"),
    at: ["api/Edge/Logs"],
    reason: "A load balancer writes its logs to buckets with S3's own keys only.",
  },
  {
    rules: both("IAMNoInlinePolicy"),
    at: ["api/Edge/Logs"],
    only: ["staging", "production"],
    reason: "Each role has one policy that no other shares; it goes when the role goes.",
  },
  ...(["staging", "production"] as const).map(
    (name): Acknowledgement => ({
      rules: ["<EdgeLogsA4EA23EB.Arn>/*", `arn:<AWS::Partition>:s3:::calendar-${name}-log-copies-<AWS::AccountId>/*`].map(
        (resource) => `AwsSolutions-IAM5[Resource::${resource}]`,
      ),
      at: ["api/Edge/Logs"],
      only: [name],
      reason: "CDK lets S3 copy every object of this bucket; the rules copy two folders of it, whatever the names in them.",
    }),
  ),
  {
    rules: both("S3BucketReplicationEnabled"),
    at: ["api/Edge/Logs"],
    only: ["dev"],
    reason: "A place to try things has no other region.",
  },
  {
    rules: both("S3BucketReplicationEnabled"),
    at: ["api/Containers/Profiles"],
    reason: "Thirty days of material for finding faults, which is made anew by asking for it.",
  },
  {
    rules: [...both("S3BucketReplicationEnabled"), ...both("S3DefaultEncryptionKMS")],
    at: ["recovery/LogCopies"],
    only: ["staging", "production"],
    reason: "This is the copy, encrypted as what it is a copy of.",
  },
  {
    rules: ["Backup", "Restores"].map(
      (what) =>
        `AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AWSBackupServiceRolePolicyFor${what}]`,
    ),
    at: ["data/Backups/Role"],
    reason: "What AWS Backup does, AWS knows; another list of it would miss what is added, and a backup would fail.",
  },
  {
    rules: ["AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ecr:<AWS::Region>:*:repository/aws-guardduty-agent-fargate]"],
    at: ["api/Containers"],
    reason: "GuardDuty's agent lies in an account of AWS's own, another in each region.",
  },
  {
    rules: ["AwsSolutions-IAM5[Resource::*]"],
    at: ["security/Deploy"],
    reason: "Asking ECR for a login and ECS for a task's definition know no resource.",
  },
  ...environments.map(
    ({ name, region }): Acknowledgement => ({
      rules: [
        `ecs:${region}:<AWS::AccountId>:task-definition/calendar-${name}-migration:*`,
        `ecs:${region}:<AWS::AccountId>:task/calendar-${name}-cluster/*`,
        `iam::<AWS::AccountId>:role/calendar-${name}-api-ContainersMigration*`,
        `logs:${region}:<AWS::AccountId>:log-group:/calendar/${name}/migration:*`,
      ].map((resource) => `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:${resource}]`),
      at: ["security/Deploy"],
      only: [name],
      reason:
        "Revisions, tasks and log streams get names as they are made, roles when their stack is; each is one family's alone.",
    }),
  ),
  ...environments.map(
    ({ name, region, recoveryRegion }): Acknowledgement => ({
      rules: [region, ...(recoveryRegion === undefined ? [] : [recoveryRegion])].map(
        (where) =>
          `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:cloudformation:${where}:<AWS::AccountId>:stack/calendar-${name}-*/*]`,
      ),
      at: ["security/Diff"],
      only: [name],
      reason: "Each of the environment's stacks is compared, and CloudFormation ends their ARNs as it likes.",
    }),
  ),
  {
    rules: both("CloudWatchAlarmAction"),
    at: ["observability/Promises"],
    reason: "These are the two halves of composite alarms, which go to people when both hold; a half tells nobody.",
  },
];

/** Whether an acknowledgement speaks of a construct, or of what it is in. */
export const speaksOf = ({ at, only }: Acknowledgement, path: string): boolean => {
  const [, environment = "", end = ""] = /^([a-z]+)-(.*)$/.exec(path) ?? [];
  return (
    (only === undefined || only.includes(environment as EnvironmentName)) &&
    at.some((one) => end === one || end.startsWith(`${one}/`))
  );
};

/** Says to the packs that these findings are meant so, wherever an app has the constructs. */
export const acknowledge = (app: IConstruct): void => {
  for (const construct of app.node.findAll()) {
    for (const acknowledgement of acknowledgements) {
      if (!speaksOf(acknowledgement, construct.node.path)) continue;
      for (const id of acknowledgement.rules) Validations.of(construct).acknowledge({ id, reason: acknowledgement.reason });
    }
  }
};
