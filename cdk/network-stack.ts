import { aws_ec2 as ec2, aws_iam as iam, aws_kms as kms, aws_logs as logs } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { EnvironmentStack, type StackProps } from "./environment-stack.ts";
import { encryptionKey, letService } from "./keys.ts";

/** The ports that things listen on. */
export const ports = { http: 80, https: 443, api: 8080, postgres: 5432, valkey: 6379 } as const;

const retentions: Readonly<Record<number, logs.RetentionDays>> = {
  30: logs.RetentionDays.ONE_MONTH,
  90: logs.RetentionDays.THREE_MONTHS,
  365: logs.RetentionDays.ONE_YEAR,
  400: logs.RetentionDays.THIRTEEN_MONTHS,
};

const retentionOf = (stack: EnvironmentStack): logs.RetentionDays =>
  retentions[stack.config.logDays] ?? logs.RetentionDays.ONE_YEAR;

/**
 * Lets one tier call another, on one port: the rule out of the caller's group and the one into the other's, both in the stack that
 * asks, so that no stack has to know of those that come after it.
 */
export const allow = (scope: Construct, id: string, from: ec2.ISecurityGroup, to: ec2.ISecurityGroup, port: number): void => {
  const rule = { ipProtocol: "tcp", fromPort: port, toPort: port, description: id };
  new ec2.CfnSecurityGroupEgress(scope, `${id} out`, {
    ...rule,
    groupId: from.securityGroupId,
    destinationSecurityGroupId: to.securityGroupId,
  });
  new ec2.CfnSecurityGroupIngress(scope, `${id} in`, {
    ...rule,
    groupId: to.securityGroupId,
    sourceSecurityGroupId: from.securityGroupId,
  });
};

/** The form of an API key, as CloudWatch Logs reads patterns; `lib/domain/keys/key-form.ts` makes them. */
export const apiKeyPattern = "cal_[a-z][a-z0-9]{0,15}_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}";

/** Who reads the log sees no e-mail address and no API key, should one ever be in it; who may unmask it does. */
export const masked = (): logs.DataProtectionPolicy =>
  new logs.DataProtectionPolicy({
    name: "personal-data-and-keys",
    description: "Addresses and API keys are masked.",
    identifiers: [logs.DataIdentifier.EMAILADDRESS, new logs.CustomDataIdentifier("ApiKey", apiKeyPattern)],
  });

/** A log group of the environment, under its key and kept as long as all are. */
export const logGroup = (
  stack: EnvironmentStack,
  id: string,
  name: string,
  key: kms.IKey,
  more: Pick<logs.LogGroupProps, "dataProtectionPolicy"> = {},
): logs.LogGroup =>
  new logs.LogGroup(stack, id, {
    ...more,
    logGroupName: name,
    retention: retentionOf(stack),
    encryptionKey: kms.Key.fromKeyArn(stack, `${id}Key`, key.keyArn),
    removalPolicy: stack.removalPolicy,
  });

/** The network: three zones, each with a public, a private and an isolated subnet; who may speak to whom; what was said. */
export class NetworkStack extends EnvironmentStack {
  readonly vpc: ec2.IVpc;
  /** Encrypts all log groups of the environment. */
  readonly logsKey: kms.Key;
  /** One group per tier; a tier reaches what it is let to, nothing else. */
  readonly groups: Readonly<Record<"loadBalancer" | "api" | "worker" | "functions" | "endpoints", ec2.SecurityGroup>>;

  constructor(scope: Construct, props: StackProps) {
    super(scope, "network", props);
    const { network } = this.config;

    this.logsKey = encryptionKey(this, "LogsKey", "logs");
    letService(this.logsKey, `logs.${this.region}.amazonaws.com`, {
      "kms:EncryptionContext:aws:logs:arn": `arn:${this.partition}:logs:${this.region}:${this.account}:*`,
    });

    this.vpc = new ec2.Vpc(this, "Vpc", {
      ipAddresses: ec2.IpAddresses.cidr(network.cidr),
      availabilityZones: this.availabilityZones,
      subnetConfiguration: [
        { name: "public", subnetType: ec2.SubnetType.PUBLIC, cidrMask: 24, mapPublicIpOnLaunch: false },
        { name: "private", subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
        { name: "isolated", subnetType: ec2.SubnetType.PRIVATE_ISOLATED, cidrMask: 24 },
      ],
      natGateways: network.nat === "each" ? this.availabilityZones.length : 1,
      restrictDefaultSecurityGroup: true,
      gatewayEndpoints: { s3: { service: ec2.GatewayVpcEndpointAwsService.S3 } },
    }) as ec2.IVpc;
    this.logFlows();
    this.closeSubnets();
    this.groups = this.makeGroups();
    if (network.interfaceEndpoints) this.addInterfaceEndpoints();
  }

  /** Every connection that was tried, for as long as logs are kept. */
  private logFlows(): void {
    const flows = logGroup(this, "FlowLogs", `/calendar/${this.config.name}/flows`, this.logsKey);
    const role = new iam.Role(this, "FlowLogsRole", { assumedBy: new iam.ServicePrincipal("vpc-flow-logs.amazonaws.com") });
    this.vpc.addFlowLog("Flows", {
      trafficType: ec2.FlowLogTrafficType.ALL,
      destination: ec2.FlowLogDestination.toCloudWatchLogs(flows, role),
      maxAggregationInterval: ec2.FlowLogMaxAggregationInterval.ONE_MINUTE,
    });
  }

  /**
   * A second fence, that knows addresses alone: databases are reached from the private subnets and by their ports only, and nothing
   * but the web's ports is reached from outside. Network ACLs keep no state, so answers need their ports opened (1024 and above).
   */
  private closeSubnets(): void {
    const { publicSubnets, privateSubnets, isolatedSubnets } = this.vpc;
    const everywhere = ec2.AclCidr.anyIpv4();
    const inside = ec2.AclCidr.ipv4(this.config.network.cidr);
    const all = ec2.AclTraffic.allTraffic();
    const answers = ec2.AclTraffic.tcpPortRange(1024, 65_535);
    const acl = (id: string, subnets: ec2.ISubnet[]) =>
      new ec2.NetworkAcl(this, id, { vpc: this.vpc, subnetSelection: { subnets } });
    const open = (
      to: ec2.NetworkAcl,
      direction: "in" | "out",
      rules: readonly (readonly [name: string, cidr: ec2.AclCidr, traffic: ec2.AclTraffic])[],
    ) => {
      for (const [index, [name, cidr, traffic]] of rules.entries()) {
        to.addEntry(`${name} ${direction}`, {
          ruleNumber: 100 + index * 10,
          cidr,
          traffic,
          direction: direction === "in" ? ec2.TrafficDirection.INGRESS : ec2.TrafficDirection.EGRESS,
        });
      }
    };

    const publicAcl = acl("PublicAcl", publicSubnets);
    open(publicAcl, "in", [
      ["inside", inside, all],
      ["http", everywhere, ec2.AclTraffic.tcpPort(ports.http)],
      ["https", everywhere, ec2.AclTraffic.tcpPort(ports.https)],
      ["answers", everywhere, answers],
    ]);
    open(publicAcl, "out", [["all", everywhere, all]]);

    const privateAcl = acl("PrivateAcl", privateSubnets);
    open(privateAcl, "in", [
      ["inside", inside, all],
      ["answers", everywhere, answers],
    ]);
    open(privateAcl, "out", [["all", everywhere, all]]);

    const isolatedAcl = acl("IsolatedAcl", isolatedSubnets);
    const from = (subnets: ec2.ISubnet[], what: string, traffic: ec2.AclTraffic) =>
      subnets.map(({ ipv4CidrBlock }, index) => [`${what} ${index + 1}`, ec2.AclCidr.ipv4(ipv4CidrBlock), traffic] as const);
    open(isolatedAcl, "in", [
      ...from(privateSubnets, "postgres", ec2.AclTraffic.tcpPort(ports.postgres)),
      ...from(privateSubnets, "valkey", ec2.AclTraffic.tcpPort(ports.valkey)),
      // The standby and the replica follow from zone to zone.
      ...from(isolatedSubnets, "postgres beside", ec2.AclTraffic.tcpPort(ports.postgres)),
      ...from(isolatedSubnets, "answers beside", answers),
    ]);
    open(isolatedAcl, "out", [
      ["answers", inside, answers],
      ["postgres", inside, ec2.AclTraffic.tcpPort(ports.postgres)],
    ]);
  }

  private makeGroups(): NetworkStack["groups"] {
    const group = (id: string, description: string) =>
      new ec2.SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
    const groups = {
      loadBalancer: group("LoadBalancerGroup", "The load balancer: the web comes in, the API is called."),
      api: group("ApiGroup", "Tasks of the API."),
      worker: group("WorkerGroup", "Tasks that send push messages and migrate."),
      functions: group("FunctionsGroup", "Endpoints that run as Lambda functions."),
      endpoints: group("EndpointsGroup", "The ends of AWS services in this network."),
    };
    groups.loadBalancer.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(ports.https), "Clients");
    groups.loadBalancer.addIngressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(ports.http), "Clients, to be sent to https");
    for (const caller of ["api", "worker", "functions"] as const) {
      // AWS's services, S3's addresses among them, which no group stands for; and for workers, where clients want their messages.
      groups[caller].addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(ports.https), "AWS, and receivers of push messages");
      groups.endpoints.addIngressRule(
        ec2.Peer.securityGroupId(groups[caller].securityGroupId),
        ec2.Port.tcp(ports.https),
        caller,
      );
    }
    return groups;
  }

  /** AWS's services without a way through the internet. */
  private addInterfaceEndpoints(): void {
    const { SECRETS_MANAGER, ECR, ECR_DOCKER, CLOUDWATCH_LOGS, CLOUDWATCH_MONITORING, XRAY, KMS } =
      ec2.InterfaceVpcEndpointAwsService;
    const services = { SECRETS_MANAGER, ECR, ECR_DOCKER, CLOUDWATCH_LOGS, CLOUDWATCH_MONITORING, XRAY, KMS };
    for (const [id, service] of Object.entries(services)) {
      this.vpc.addInterfaceEndpoint(id, {
        service,
        open: false,
        privateDnsEnabled: true,
        securityGroups: [this.groups.endpoints],
        subnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      });
    }
  }
}
