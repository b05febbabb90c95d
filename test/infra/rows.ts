/** What the architecture asks for, row by row: how a template shows it, and what taking it away is. */
import { Match, type Template } from "aws-cdk-lib/assertions";
import type { templatesOf } from "./environments.ts";

type Part = keyof Awaited<ReturnType<typeof templatesOf>>;

// biome-ignore lint/suspicious/noExplicitAny: CloudFormation's JSON
type Json = any;

export interface Row {
  readonly row: string;
  readonly part: Part;
  /** Throws where the template does not have it. */
  readonly holds: (template: Template) => void;
  /** Takes it out of a template. */
  readonly remove: (template: Json) => void;
}

const resources = (template: Json, type: string): [string, Json][] =>
  Object.entries<Json>(template.Resources).filter(([, resource]) => resource.Type === type);

/** Takes all resources of a type away, or those that a test on their properties picks. */
const without =
  (type: string, picks: (properties: Json) => boolean = () => true) =>
  (template: Json): void => {
    for (const [id, { Properties = {} }] of resources(template, type)) if (picks(Properties)) delete template.Resources[id];
  };

/** Takes properties of all resources of a type away, by their path. */
const withoutProperty =
  (type: string, ...path: readonly string[]) =>
  (template: Json): void => {
    for (const [, { Properties }] of resources(template, type)) {
      const owner = path.slice(0, -1).reduce<Json>((value, key) => value?.[key], Properties);
      if (owner) delete owner[path.at(-1) as string];
    }
  };

/** A row that is a resource with properties. */
const resource = (row: string, part: Part, type: string, properties: Json, remove = without(type)): Row => ({
  row,
  part,
  holds: (template) => template.hasResourceProperties(type, properties),
  remove,
});

/** A row that is a number of resources. */
const count = (row: string, part: Part, type: string, number: number, properties: Json = {}): Row => ({
  row,
  part,
  holds: (template) => template.resourcePropertiesCountIs(type, properties, number),
  remove: (template) => {
    const [first] = resources(template, type);
    if (first) delete template.Resources[first[0]];
  },
});

/** A row about every resource of a type, of which there must be some. */
const every = (row: string, part: Part, type: string, properties: Json, remove: Row["remove"]): Row => ({
  row,
  part,
  holds: (template) => {
    if (Object.keys(template.findResources(type)).length === 0) throw new Error(`There is no ${type}.`);
    template.allResourcesProperties(type, properties);
  },
  remove,
});

const balancerAttribute = (row: string, key: string, value: string): Row => ({
  row,
  part: "api",
  holds: (template) =>
    template.hasResourceProperties("AWS::ElasticLoadBalancingV2::LoadBalancer", {
      LoadBalancerAttributes: Match.arrayWith([{ Key: key, Value: value }]),
    }),
  remove: (template) => {
    for (const [, { Properties }] of resources(template, "AWS::ElasticLoadBalancingV2::LoadBalancer")) {
      Properties.LoadBalancerAttributes = Properties.LoadBalancerAttributes.filter(({ Key }: Json) => Key !== key);
    }
  },
});

/** The load balancer's logs of one kind may be written to where they go. */
const mayWriteLogs = (folder: string, Service: string): Row => {
  const isAbout = ({ Resource }: Json): boolean => JSON.stringify(Resource ?? "").includes(`/${folder}/AWSLogs/`);
  return resource(
    `the load balancer may write to ${folder}`,
    "api",
    "AWS::S3::BucketPolicy",
    {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: "s3:PutObject",
            Effect: "Allow",
            Principal: { Service },
            Resource: {
              "Fn::Join": ["", [Match.anyValue(), `/${folder}/AWSLogs/`, { Ref: "AWS::AccountId" }, "/*"]],
            },
          }),
        ]),
      },
    },
    (template) => {
      for (const [, { Properties }] of resources(template, "AWS::S3::BucketPolicy")) {
        const { PolicyDocument } = Properties;
        PolicyDocument.Statement = PolicyDocument.Statement.filter((statement: Json) => !isAbout(statement));
      }
    },
  );
};

/** The container of a task that runs the program. */
const program = (row: string, properties: Json, ...path: readonly string[]): Row =>
  every(
    row,
    "api",
    "AWS::ECS::TaskDefinition",
    { ContainerDefinitions: Match.arrayWith([Match.objectLike(properties)]) },
    (template) => {
      for (const [, { Properties }] of resources(template, "AWS::ECS::TaskDefinition")) {
        for (const container of Properties.ContainerDefinitions) {
          const owner = path.slice(0, -1).reduce<Json>((value, key) => value?.[key], container);
          if (owner) delete owner[path.at(-1) as string];
        }
      }
    },
  );

/** `word`: the metric's name, as it stands in the policy. */
const scaling = (row: string, word: string, metric: Json): Row => ({
  row,
  part: "api",
  holds: (template) =>
    template.hasResourceProperties("AWS::ApplicationAutoScaling::ScalingPolicy", {
      TargetTrackingScalingPolicyConfiguration: Match.objectLike(metric),
    }),
  remove: without("AWS::ApplicationAutoScaling::ScalingPolicy", (properties) => JSON.stringify(properties).includes(word)),
});

const firewall = "AWS::WAFv2::WebACL";
const waf = (row: string, name: string): Row =>
  resource(row, "api", firewall, { Rules: Match.arrayWith([Match.objectLike({ Name: name })]) }, (template) => {
    for (const [, { Properties }] of resources(template, firewall)) {
      Properties.Rules = Properties.Rules.filter(({ Name }: Json) => Name !== name);
    }
  });

/** What a rule of WAF says; `remove`: takes it out of any rule. */
const inWaf = (row: string, Name: string, properties: Json, remove: (rule: Json) => void): Row =>
  resource(row, "api", firewall, { Rules: Match.arrayWith([Match.objectLike({ Name, ...properties })]) }, (template) => {
    for (const [, { Properties }] of resources(template, firewall)) Properties.Rules.forEach(remove);
  });

const isReplica = (properties: Json): boolean => "SourceDBInstanceIdentifier" in properties;
const database = "AWS::RDS::DBInstance";
const primary = (row: string, properties: Json, ...path: readonly string[]): Row =>
  resource(row, "data", database, { ...properties, DBName: "calendar" }, withoutProperty(database, ...path));
const either = (row: string, properties: Json, ...path: readonly string[]): Row =>
  every(row, "data", database, properties, withoutProperty(database, ...path));

const endpointOf = (service: string): Row =>
  resource(
    `interface endpoint of ${service}`,
    "network",
    "AWS::EC2::VPCEndpoint",
    { ServiceName: `com.amazonaws.eu-central-1.${service}`, VpcEndpointType: "Interface", PrivateDnsEnabled: true },
    without("AWS::EC2::VPCEndpoint", ({ ServiceName }) => ServiceName === `com.amazonaws.eu-central-1.${service}`),
  );

/** Of production. */
export const rows: readonly Row[] = [
  // Network
  count("three public, three private and three isolated subnets", "network", "AWS::EC2::Subnet", 9),
  {
    row: "subnets in three zones",
    part: "network",
    holds: (template) => {
      const zones = Object.values(template.findResources("AWS::EC2::Subnet")).map(
        ({ Properties }) => Properties.AvailabilityZone,
      );
      for (const zone of ["a", "b", "c"]) {
        if (zones.filter((one) => one === `eu-central-1${zone}`).length !== 3)
          throw new Error(`Zone ${zone} has not three subnets.`);
      }
    },
    remove: without("AWS::EC2::Subnet", ({ AvailabilityZone }) => AvailabilityZone.endsWith("c")),
  },
  every(
    "no public address by itself",
    "network",
    "AWS::EC2::Subnet",
    { MapPublicIpOnLaunch: false },
    withoutProperty("AWS::EC2::Subnet", "MapPublicIpOnLaunch"),
  ),
  count("a NAT gateway in each zone", "network", "AWS::EC2::NatGateway", 3),
  resource("gateway endpoint of S3", "network", "AWS::EC2::VPCEndpoint", { VpcEndpointType: "Gateway" }),
  ...["secretsmanager", "ecr.api", "ecr.dkr", "logs", "monitoring", "xray", "kms"].map(endpointOf),
  resource("flow logs of all traffic", "network", "AWS::EC2::FlowLog", { TrafficType: "ALL", MaxAggregationInterval: 60 }),
  resource("flow logs are kept and encrypted", "network", "AWS::Logs::LogGroup", {
    LogGroupName: "/calendar/production/flows",
    RetentionInDays: 400,
    KmsKeyId: Match.anyValue(),
  }),
  count("a network ACL for each kind of subnet", "network", "AWS::EC2::NetworkAcl", 3),
  count("a network ACL for each subnet", "network", "AWS::EC2::SubnetNetworkAclAssociation", 9),
  resource("databases' subnets take PostgreSQL from private subnets", "network", "AWS::EC2::NetworkAclEntry", {
    CidrBlock: "10.30.16.0/20",
    Egress: false,
    PortRange: { From: 5432, To: 5432 },
    RuleAction: "allow",
  }),
  count("a security group for each tier", "network", "AWS::EC2::SecurityGroup", 5),
  resource("the web reaches the load balancer", "network", "AWS::EC2::SecurityGroup", {
    SecurityGroupIngress: [
      Match.objectLike({ CidrIp: "0.0.0.0/0", FromPort: 443, ToPort: 443 }),
      Match.objectLike({ CidrIp: "0.0.0.0/0", FromPort: 80, ToPort: 80 }),
    ],
  }),
  {
    row: "nothing but the load balancer is open to the web",
    part: "network",
    holds: (template) => {
      const open = Object.values(template.findResources("AWS::EC2::SecurityGroup")).filter(({ Properties }) =>
        Properties.SecurityGroupIngress?.some(({ CidrIp }: Json) => CidrIp !== undefined),
      );
      if (open.length !== 1) throw new Error(`${open.length} groups take addresses in.`);
    },
    remove: (template) => {
      for (const [, { Properties }] of resources(template, "AWS::EC2::SecurityGroup")) {
        Properties.SecurityGroupIngress = [{ CidrIp: "0.0.0.0/0", IpProtocol: "-1" }];
      }
    },
  },
  resource("the load balancer reaches the API's port", "network", "AWS::EC2::SecurityGroupIngress", {
    FromPort: 8080,
    ToPort: 8080,
  }),
  resource("the default group is closed", "network", "Custom::VpcRestrictDefaultSG", {}),

  // Edge
  resource("the load balancer is public", "api", "AWS::ElasticLoadBalancingV2::LoadBalancer", {
    Scheme: "internet-facing",
    Type: "application",
  }),
  resource("a certificate of ACM, proven by DNS", "api", "AWS::CertificateManager::Certificate", {
    DomainName: "calendar.example.org",
    ValidationMethod: "DNS",
  }),
  resource("the name leads to the load balancer", "api", "AWS::Route53::RecordSet", { Name: "calendar.example.org.", Type: "A" }),
  resource(
    "TLS 1.3, post-quantum, with the certificate",
    "api",
    "AWS::ElasticLoadBalancingV2::Listener",
    { Port: 443, Protocol: "HTTPS", SslPolicy: "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09", Certificates: [Match.anyValue()] },
    withoutProperty("AWS::ElasticLoadBalancingV2::Listener", "SslPolicy"),
  ),
  resource(
    "http is sent to https",
    "api",
    "AWS::ElasticLoadBalancingV2::Listener",
    {
      Port: 80,
      DefaultActions: [{ Type: "redirect", RedirectConfig: { Port: "443", Protocol: "HTTPS", StatusCode: "HTTP_301" } }],
    },
    without("AWS::ElasticLoadBalancingV2::Listener", ({ Port }) => Port === 80),
  ),
  resource(
    "what no rule names is 404 at the edge",
    "api",
    "AWS::ElasticLoadBalancingV2::Listener",
    {
      Port: 443,
      DefaultActions: [
        Match.objectLike({ Type: "fixed-response", FixedResponseConfig: Match.objectLike({ StatusCode: "404" }) }),
      ],
    },
    withoutProperty("AWS::ElasticLoadBalancingV2::Listener", "DefaultActions"),
  ),
  resource(
    "/internal is refused at the edge",
    "api",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    {
      Priority: 1,
      Conditions: [{ Field: "path-pattern", PathPatternConfig: { Values: ["/internal", "/internal/*"] } }],
      Actions: [Match.objectLike({ FixedResponseConfig: Match.objectLike({ StatusCode: "403" }) })],
    },
    without("AWS::ElasticLoadBalancingV2::ListenerRule", ({ Priority }) => Priority === 1),
  ),
  balancerAttribute("access logs", "access_logs.s3.enabled", "true"),
  balancerAttribute("connection logs", "connection_logs.s3.enabled", "true"),
  balancerAttribute("health check logs", "health_check_logs.s3.enabled", "true"),
  resource(
    "access logs, which may hold keys, are kept for thirty days",
    "api",
    "AWS::S3::Bucket",
    {
      LifecycleConfiguration: {
        Rules: Match.arrayWith([
          { Prefix: "access/", ExpirationInDays: 29, NoncurrentVersionExpiration: { NoncurrentDays: 1 }, Status: "Enabled" },
        ]),
      },
    },
    (template) => {
      for (const [, { Properties }] of resources(template, "AWS::S3::Bucket")) {
        for (const rule of Properties.LifecycleConfiguration.Rules) delete rule.Prefix;
      }
    },
  ),
  ...(
    [
      ["access", "delivery.logs.amazonaws.com"],
      ["connections", "delivery.logs.amazonaws.com"],
      ["health", "logdelivery.elasticloadbalancing.amazonaws.com"],
    ] as const
  ).map(([folder, Service]) => mayWriteLogs(folder, Service)),
  balancerAttribute("malformed headers are dropped", "routing.http.drop_invalid_header_fields.enabled", "true"),
  balancerAttribute("requests that may smuggle others are refused", "routing.http.desync_mitigation_mode", "defensive"),
  balancerAttribute("the load balancer cannot be deleted by mistake", "deletion_protection.enabled", "true"),
  balancerAttribute("a zone can be taken out of the load balancer", "zonal_shift.config.enabled", "true"),
  balancerAttribute("its connections idle for less than the API's", "idle_timeout.timeout_seconds", "310"),
  resource(
    "health checks with the configuration's thresholds",
    "api",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    {
      HealthCheckPath: "/health/ready",
      HealthCheckIntervalSeconds: 10,
      HealthCheckTimeoutSeconds: 5,
      HealthyThresholdCount: 2,
      UnhealthyThresholdCount: 3,
      Matcher: { HttpCode: "200" },
    },
    withoutProperty("AWS::ElasticLoadBalancingV2::TargetGroup", "HealthCheckPath"),
  ),
  resource("WAF before the load balancer", "api", "AWS::WAFv2::WebACLAssociation", { WebACLArn: Match.anyValue() }),
  waf("WAF bounds each address", "RequestsPerAddress"),
  inWaf(
    "WAF says when to come again, in the API's form",
    "RequestsPerAddress",
    {
      Action: {
        Block: {
          CustomResponse: {
            ResponseCode: 429,
            ResponseHeaders: [{ Name: "Retry-After", Value: "60" }],
            CustomResponseBodyKey: "tooMany",
          },
        },
      },
    },
    (rule) => {
      delete rule.Action?.Block.CustomResponse.ResponseHeaders;
    },
  ),
  resource(
    "which has the form of Google's errors",
    "api",
    firewall,
    {
      CustomResponseBodies: {
        tooMany: {
          ContentType: "APPLICATION_JSON",
          Content: JSON.stringify({
            error: {
              code: 429,
              message: "Rate Limit Exceeded",
              errors: [{ domain: "usageLimits", reason: "rateLimitExceeded", message: "Rate Limit Exceeded" }],
            },
          }),
        },
      },
    },
    withoutProperty(firewall, "CustomResponseBodies"),
  ),
  inWaf(
    "no client has to run JavaScript",
    "AntiDDoSRuleSet",
    {
      Statement: {
        ManagedRuleGroupStatement: Match.objectLike({
          ManagedRuleGroupConfigs: [
            {
              AWSManagedRulesAntiDDoSRuleSet: { ClientSideActionConfig: { Challenge: { UsageOfAction: "DISABLED" } } },
            },
          ],
        }),
      },
    },
    (rule) => {
      delete rule.Statement.ManagedRuleGroupStatement?.ManagedRuleGroupConfigs;
    },
  ),
  ...["AmazonIpReputationList", "AntiDDoSRuleSet", "CommonRuleSet", "KnownBadInputsRuleSet", "SQLiRuleSet"].map((name) =>
    waf(`WAF's ${name}`, name),
  ),
  inWaf(
    "calendars of a megabyte pass WAF",
    "CommonRuleSet",
    {
      Statement: {
        ManagedRuleGroupStatement: Match.objectLike({
          RuleActionOverrides: Match.arrayWith([{ Name: "SizeRestrictions_BODY", ActionToUse: { Count: {} } }]),
        }),
      },
    },
    (rule) => {
      delete rule.Statement.ManagedRuleGroupStatement?.RuleActionOverrides;
    },
  ),
  resource(
    "WAF logs without credentials and queries",
    "api",
    "AWS::WAFv2::LoggingConfiguration",
    {
      RedactedFields: [
        ...["authorization", "x-api-key", "x-goog-api-key", "cookie"].map((name) => ({ SingleHeader: { Name: name } })),
        { QueryString: {} },
      ],
    },
    withoutProperty("AWS::WAFv2::LoggingConfiguration", "RedactedFields"),
  ),

  // Compute
  resource("images are never overwritten", "registry", "AWS::ECR::Repository", { ImageTagMutability: "IMMUTABLE" }),
  resource("images are scanned when pushed", "registry", "AWS::ECR::Repository", {
    ImageScanningConfiguration: { ScanOnPush: true },
  }),
  resource("images are scanned ever again", "registry", "AWS::ECR::RegistryScanningConfiguration", { ScanType: "ENHANCED" }),
  resource(
    "images are encrypted with a key of ours",
    "registry",
    "AWS::ECR::Repository",
    { EncryptionConfiguration: Match.objectLike({ EncryptionType: "KMS" }) },
    withoutProperty("AWS::ECR::Repository", "EncryptionConfiguration"),
  ),
  resource("enhanced Container Insights", "api", "AWS::ECS::Cluster", {
    ClusterSettings: [{ Name: "containerInsights", Value: "enhanced" }],
  }),
  resource(
    "three tasks of the API or more, one in each zone",
    "api",
    "AWS::ECS::Service",
    { ServiceName: "calendar-production-api", DesiredCount: 3, AvailabilityZoneRebalancing: "ENABLED" },
    without("AWS::ECS::Service", ({ ServiceName }) => ServiceName === "calendar-production-api"),
  ),
  resource(
    "a service of workers",
    "api",
    "AWS::ECS::Service",
    { ServiceName: "calendar-production-worker" },
    without("AWS::ECS::Service", ({ ServiceName }) => ServiceName === "calendar-production-worker"),
  ),
  resource(
    "a task that migrates",
    "api",
    "AWS::ECS::TaskDefinition",
    { Family: "calendar-production-migration" },
    without("AWS::ECS::TaskDefinition", ({ Family }) => Family === "calendar-production-migration"),
  ),
  every(
    "rolling deploys that never go below what is wanted",
    "api",
    "AWS::ECS::Service",
    { DeploymentConfiguration: Match.objectLike({ MinimumHealthyPercent: 100, MaximumPercent: 200 }) },
    withoutProperty("AWS::ECS::Service", "DeploymentConfiguration", "MinimumHealthyPercent"),
  ),
  every(
    "deploys that do not become healthy are taken back",
    "api",
    "AWS::ECS::Service",
    { DeploymentConfiguration: Match.objectLike({ DeploymentCircuitBreaker: { Enable: true, Rollback: true } }) },
    withoutProperty("AWS::ECS::Service", "DeploymentConfiguration", "DeploymentCircuitBreaker"),
  ),
  resource(
    "the first tasks are not on Spot, half of the others are",
    "api",
    "AWS::ECS::Service",
    {
      ServiceName: "calendar-production-api",
      CapacityProviderStrategy: [
        { CapacityProvider: "FARGATE", Base: 3, Weight: 2 },
        { CapacityProvider: "FARGATE_SPOT", Weight: 2 },
      ],
    },
    withoutProperty("AWS::ECS::Service", "CapacityProviderStrategy"),
  ),
  every(
    "ARM",
    "api",
    "AWS::ECS::TaskDefinition",
    { RuntimePlatform: { CpuArchitecture: "ARM64", OperatingSystemFamily: "LINUX" } },
    withoutProperty("AWS::ECS::TaskDefinition", "RuntimePlatform"),
  ),
  ...(
    [
      ["profiles that tasks may put into their bucket", "s3:PutObject"],
      ["and encrypt there", "kms:GenerateDataKey"],
    ] as const
  ).map(([row, action]) =>
    resource(
      row,
      "api",
      "AWS::IAM::Policy",
      {
        Roles: [{ Ref: Match.stringLikeRegexp("^ContainersApi.*TaskRole") }],
        PolicyDocument: { Statement: Match.arrayWith([Match.objectLike({ Action: action, Effect: "Allow" })]) },
      },
      (template) => {
        for (const [, { Properties }] of resources(template, "AWS::IAM::Policy")) {
          const { PolicyDocument } = Properties;
          PolicyDocument.Statement = PolicyDocument.Statement.filter(({ Action }: Json) => Action !== action);
        }
      },
    ),
  ),
  resource(
    "tasks may read the passwords of the database and of Valkey, and the pepper",
    "api",
    "AWS::IAM::Policy",
    {
      Roles: [{ Ref: Match.stringLikeRegexp("^ContainersApi.*TaskRole") }],
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
    },
    (template) => {
      for (const [, { Properties }] of resources(template, "AWS::IAM::Policy")) {
        for (const statement of Properties.PolicyDocument.Statement) {
          if (statement.Action === "secretsmanager:GetSecretValue") statement.Resource = [statement.Resource].flat().slice(0, 2);
        }
      }
    },
  ),
  program("a root that cannot be written to", { Name: "program", ReadonlyRootFilesystem: true }, "ReadonlyRootFilesystem"),
  program(
    "an agent that can write what it writes at its start, beside a root that it cannot",
    {
      Name: "agent",
      ReadonlyRootFilesystem: true,
      MountPoints: ["etc", "var", "logs"].map((folder) => ({
        ContainerPath: `/opt/aws/amazon-cloudwatch-agent/${folder}`,
        ReadOnly: false,
        SourceVolume: `agent-${folder}`,
      })),
    },
    "MountPoints",
  ),
  every(
    "volumes for what is written",
    "api",
    "AWS::ECS::TaskDefinition",
    { Volumes: ["tmp", "agent-etc", "agent-var", "agent-logs"].map((Name) => ({ Name })) },
    withoutProperty("AWS::ECS::TaskDefinition", "Volumes"),
  ),
  program(
    "a program that hears SIGTERM from the first moment",
    { Name: "program", LinuxParameters: Match.objectLike({ InitProcessEnabled: true }) },
    "LinuxParameters",
  ),
  {
    row: "a program that knows how much memory it has, and leaves some to the agents",
    part: "api",
    holds: (template) => {
      for (const { Properties } of Object.values(template.findResources("AWS::ECS::TaskDefinition"))) {
        const { Memory } = Properties.ContainerDefinitions.find(({ Name }: Json) => Name === "program");
        const left = Number(Properties.Memory) - Memory;
        if (!(left >= 192 && Memory >= 320)) throw new Error(`${Properties.Family}: ${Memory} of ${Properties.Memory} MiB.`);
      }
    },
    remove: (template) => {
      for (const [, { Properties }] of resources(template, "AWS::ECS::TaskDefinition")) {
        for (const container of Properties.ContainerDefinitions) delete container.Memory;
      }
    },
  },
  program("no root user", { Name: "program", User: "1000" }, "User"),
  program("time to drain before the end", { Name: "program", StopTimeout: 70 }, "StopTimeout"),
  program(
    "logs that do not hold the program up",
    { Name: "program", LogConfiguration: { Options: Match.objectLike({ mode: "non-blocking" }) } },
    "LogConfiguration",
    "Options",
    "mode",
  ),
  program(
    "an agent beside it that takes traces",
    { Name: "agent", Environment: [Match.objectLike({ Name: "CW_CONFIG_CONTENT" })] },
    "Name",
  ),
  program(
    "secrets are put in by ECS, not written down",
    { Name: "program", Secrets: Match.arrayWith([Match.objectLike({ Name: "BOOTSTRAP_ADMIN_KEY" })]) },
    "Secrets",
  ),
  scaling("scales on CPU", "CPUUtilization", {
    PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageCPUUtilization" },
  }),
  scaling("scales on memory", "MemoryUtilization", {
    PredefinedMetricSpecification: { PredefinedMetricType: "ECSServiceAverageMemoryUtilization" },
  }),
  scaling("scales on requests", "ALBRequestCountPerTarget", {
    PredefinedMetricSpecification: Match.objectLike({ PredefinedMetricType: "ALBRequestCountPerTarget" }),
  }),
  scaling("scales on how busy event loops are", "EventLoopUse", {
    CustomizedMetricSpecification: Match.objectLike({
      Namespace: "CalendarApi",
      MetricName: "EventLoopUse",
      Dimensions: [{ Name: "service", Value: "calendar-api" }],
    }),
  }),
  scaling("workers scale on what waits", "PushesWaiting", {
    CustomizedMetricSpecification: Match.objectLike({
      MetricName: "PushesWaiting",
      Dimensions: [{ Name: "service", Value: "calendar-worker" }],
    }),
  }),

  // Data
  primary("a standby in another zone", { MultiAZ: true }, "MultiAZ"),
  primary("35 days to go back to", { BackupRetentionPeriod: 35 }, "BackupRetentionPeriod"),
  primary("the disk is encrypted with a key of ours", { StorageEncrypted: true, KmsKeyId: Match.anyValue() }, "KmsKeyId"),
  either("cannot be deleted by mistake", { DeletionProtection: true }, "DeletionProtection"),
  either(
    "Database Insights",
    { DatabaseInsightsMode: "advanced", PerformanceInsightsRetentionPeriod: 465 },
    "DatabaseInsightsMode",
  ),
  either("enhanced monitoring", { MonitoringInterval: 15 }, "MonitoringInterval"),
  either("logs go to CloudWatch", { EnableCloudwatchLogsExports: ["postgresql", "upgrade"] }, "EnableCloudwatchLogsExports"),
  either("not reachable from outside", { PubliclyAccessible: false }, "PubliclyAccessible"),
  either(
    "in the group that guards it",
    { VPCSecurityGroups: [{ "Fn::GetAtt": [Match.stringLikeRegexp("^DatabaseGroup"), "GroupId"] }] },
    "VPCSecurityGroups",
  ),
  {
    row: "every log group is encrypted and kept for as long as the configuration says",
    part: "data",
    holds: (template) =>
      template.allResourcesProperties("AWS::Logs::LogGroup", { RetentionInDays: 400, KmsKeyId: Match.anyValue() }),
    remove: withoutProperty("AWS::Logs::LogGroup", "KmsKeyId"),
  },
  resource("TLS is forced", "data", "AWS::RDS::DBParameterGroup", { Parameters: Match.objectLike({ "rds.force_ssl": "1" }) }),
  resource(
    "a read replica",
    "data",
    database,
    { SourceDBInstanceIdentifier: Match.anyValue(), StorageEncrypted: Match.absent() },
    without(database, isReplica),
  ),
  resource("a generated password", "data", "AWS::SecretsManager::Secret", {
    Name: "calendar/production/database",
    GenerateSecretString: Match.anyValue(),
    KmsKeyId: Match.anyValue(),
  }),
  resource("the password turns over each month", "data", "AWS::SecretsManager::RotationSchedule", {
    HostedRotationLambda: Match.objectLike({ RotationType: "PostgreSQLSingleUser" }),
    RotationRules: { ScheduleExpression: "rate(30 days)" },
  }),
  resource("Valkey, encrypted and with a password", "data", "AWS::ElastiCache::ReplicationGroup", {
    Engine: "valkey",
    TransitEncryptionEnabled: true,
    AtRestEncryptionEnabled: true,
    AuthToken: Match.anyValue(),
    MultiAZEnabled: true,
    AutomaticFailoverEnabled: true,
    NumCacheClusters: 3,
  }),
  resource(
    "the API reaches the database",
    "data",
    "AWS::EC2::SecurityGroupIngress",
    { Description: "api to database", FromPort: 5432, ToPort: 5432 },
    without("AWS::EC2::SecurityGroupIngress", ({ Description }) => Description === "api to database"),
  ),

  // Recovery
  primary(
    "backups go to the second region as they are made",
    { AutomaticBackupReplicationRegion: "eu-west-1" },
    "AutomaticBackupReplicationRegion",
  ),
  resource("a backup plan with copies in the second region", "data", "AWS::Backup::BackupPlan", {
    BackupPlan: Match.objectLike({
      BackupPlanRule: Match.arrayWith([
        Match.objectLike({ EnableContinuousBackup: true }),
        Match.objectLike({ CopyActions: Match.anyValue() }),
      ]),
    }),
  }),
  resource("the database is in the plan", "data", "AWS::Backup::BackupSelection", {
    BackupSelection: Match.objectLike({ Resources: [Match.anyValue()] }),
  }),
  resource(
    "backups cannot be deleted before their time",
    "data",
    "AWS::Backup::BackupVault",
    { LockConfiguration: Match.objectLike({ MinRetentionDays: Match.anyValue() }), EncryptionKeyArn: Match.anyValue() },
    withoutProperty("AWS::Backup::BackupVault", "LockConfiguration"),
  ),
  resource("backups are restored each week, to see that they can be", "data", "AWS::Backup::RestoreTestingPlan", {}),
  resource(
    "the load balancer's logs are copied to the second region, those of access are not",
    "api",
    "AWS::S3::Bucket",
    {
      ReplicationConfiguration: Match.objectLike({
        Rules: ["connections/", "health/"].map((Prefix) => Match.objectLike({ Status: "Enabled", Filter: { Prefix } })),
      }),
      VersioningConfiguration: { Status: "Enabled" },
    },
    (template) => {
      for (const [, { Properties }] of resources(template, "AWS::S3::Bucket")) {
        for (const rule of Properties.ReplicationConfiguration?.Rules ?? []) rule.Filter.Prefix = "";
      }
    },
  ),
  resource("images are copied to the second region", "registry", "AWS::ECR::ReplicationConfiguration", {}),

  // Observability
  ...["application", "infrastructure", "database", "business"].map((subject) =>
    resource(
      `a dashboard of the ${subject}`,
      "observability",
      "AWS::CloudWatch::Dashboard",
      { DashboardName: `calendar-production-${subject}` },
      without("AWS::CloudWatch::Dashboard", ({ DashboardName }) => DashboardName === `calendar-production-${subject}`),
    ),
  ),
  ...["availability", "latency"].flatMap((promise) =>
    (["[critical] 14.4", "[critical] 6", "[warning] 3", "[warning] 1"] as const).map((rate) => {
      const [severity, times] = rate.split(" ") as [string, string];
      const name = `${severity} calendar production: ${promise} budget burns at ${times} times its rate`;
      return resource(
        `an alarm for ${promise} that burns at ${times} times`,
        "observability",
        "AWS::CloudWatch::CompositeAlarm",
        { AlarmName: name, AlarmActions: [Match.anyValue()] },
        without("AWS::CloudWatch::CompositeAlarm", ({ AlarmName }) => AlarmName === name),
      );
    }),
  ),
  ...(["email", "https"] as const).map((protocol) =>
    resource(
      `critical alarms go out by ${protocol}`,
      "observability",
      "AWS::SNS::Subscription",
      { Protocol: protocol, TopicArn: { Ref: Match.stringLikeRegexp("critical") } },
      without("AWS::SNS::Subscription", ({ Protocol }) => Protocol === protocol),
    ),
  ),
  resource("alarms go to Slack", "observability", "AWS::Chatbot::SlackChannelConfiguration", {
    GuardrailPolicies: Match.anyValue(),
  }),
  count("saved log queries", "observability", "AWS::Logs::QueryDefinition", 6),
  resource(
    "the API's releases are taken back by alarms",
    "api",
    "AWS::ECS::Service",
    { DeploymentConfiguration: Match.objectLike({ Alarms: Match.objectLike({ Enable: true, Rollback: true }) }) },
    withoutProperty("AWS::ECS::Service", "DeploymentConfiguration", "Alarms"),
  ),

  // Security, cost
  ...(["network", "data", "registry", "api", "observability"] as const).map((part) =>
    every(
      `keys of ${part} turn over each year`,
      part,
      "AWS::KMS::Key",
      { EnableKeyRotation: true, RotationPeriodInDays: 365 },
      withoutProperty("AWS::KMS::Key", "EnableKeyRotation"),
    ),
  ),
  resource("GuardDuty looks into tasks and at logins to the database", "security", "AWS::GuardDuty::Detector", {
    Features: Match.arrayWith([
      { Name: "RDS_LOGIN_EVENTS", Status: "ENABLED" },
      Match.objectLike({ Name: "RUNTIME_MONITORING", Status: "ENABLED" }),
    ]),
  }),
  resource("Security Hub", "security", "AWS::SecurityHub::Hub", {}),
  count("two standards of Security Hub", "security", "AWS::SecurityHub::Standard", 2),
  resource("a role for this repository's deploys of this environment alone, without keys", "security", "AWS::IAM::Role", {
    AssumeRolePolicyDocument: Match.objectLike({
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
    }),
  }),
  resource(
    "addresses and keys are masked in logs",
    "api",
    "AWS::Logs::LogGroup",
    { LogGroupName: "/calendar/production/api", DataProtectionPolicy: Match.anyValue() },
    withoutProperty("AWS::Logs::LogGroup", "DataProtectionPolicy"),
  ),
  resource("a budget that also looks ahead", "cost", "AWS::Budgets::Budget", {
    NotificationsWithSubscribers: Match.arrayWith([
      Match.objectLike({ Notification: Match.objectLike({ NotificationType: "FORECASTED" }) }),
    ]),
  }),
  resource("a watch for unusual cost", "cost", "AWS::CE::AnomalySubscription", { MonitorArnList: [Match.anyValue()] }),
  ...(["network", "data", "registry", "api"] as const).map((part) =>
    every(
      `everything of ${part} that has log groups or keys is tagged for the bill`,
      part,
      "AWS::KMS::Key",
      {
        Tags: Match.arrayWith([
          { Key: "Environment", Value: "production" },
          { Key: "Part", Value: part },
          { Key: "Project", Value: "calendar-api" },
        ]),
      },
      withoutProperty("AWS::KMS::Key", "Tags"),
    ),
  ),
];
