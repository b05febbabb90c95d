import {
  aws_certificatemanager as acm,
  Duration,
  aws_ec2 as ec2,
  aws_elasticloadbalancingv2 as elb,
  aws_iam as iam,
  aws_route53 as route53,
  aws_s3 as s3,
  aws_shield as shield,
  aws_route53_targets as targets,
  type aws_wafv2 as waf,
} from "aws-cdk-lib";
import { Construct } from "constructs";
import type { EnvironmentStack } from "./environment-stack.ts";
import { addFirewall, errorBody } from "./firewall.ts";
import { type NetworkStack, ports } from "./network-stack.ts";
import { logCopiesName } from "./recovery.ts";
import type { Routed } from "./routing.ts";

/** The edge: the load balancer, its certificate and name, what it logs, and the firewall before it. Nothing passes but by a rule. */
export class LoadBalancer extends Construct {
  readonly balancer: elb.ApplicationLoadBalancer;
  readonly listener: elb.ApplicationListener;
  readonly certificate: acm.ICertificate;
  readonly firewall: waf.CfnWebACL;

  constructor(stack: EnvironmentStack, network: NetworkStack, endpoints: readonly Routed[]) {
    super(stack, "Edge");
    const { config } = stack;

    this.balancer = new elb.ApplicationLoadBalancer(this, "LoadBalancer", {
      loadBalancerName: stack.nameOf("api"),
      vpc: network.vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PUBLIC },
      internetFacing: true,
      securityGroup: network.groups.loadBalancer,
      dropInvalidHeaderFields: true,
      // The strictest mode refuses GETs with "Content-Length: 0", which Google's Python client sends with every request that has no body.
      desyncMitigationMode: elb.DesyncMitigationMode.DEFENSIVE,
      // Longer than any endpoint works before it sends a byte, and below what the API keeps its connections open (container/adapter.ts):
      // it is never the one who closes.
      idleTimeout: Duration.seconds(Math.max(60, ...endpoints.map(({ timeLimitMs = 0 }) => timeLimitMs / 1_000 + 10))),
      clientKeepAlive: Duration.hours(1),
      deletionProtection: config.keepsData,
      wafFailOpen: false,
    });
    // A zone can be taken out by hand: docs/runbooks/failover.md.
    this.balancer.setAttribute("zonal_shift.config.enabled", "true");
    this.keepLogs(stack);

    const zone = route53.HostedZone.fromHostedZoneAttributes(this, "Zone", {
      hostedZoneId: config.hostedZone.id,
      zoneName: config.hostedZone.name,
    });
    this.certificate = new acm.Certificate(this, "Certificate", {
      domainName: config.domainName,
      validation: acm.CertificateValidation.fromDns(zone),
      transparencyLoggingEnabled: true,
    });
    // The name stays with whom it leads to until a person moves it: two regions that both take writes would be worse than none.
    if (!config.standsIn) {
      const alias = route53.RecordTarget.fromAlias(new targets.LoadBalancerTarget(this.balancer));
      new route53.ARecord(this, "Name", { zone, recordName: `${config.domainName}.`, target: alias });
    }

    this.balancer.addListener("Http", {
      port: ports.http,
      open: false,
      defaultAction: elb.ListenerAction.redirect({ protocol: "HTTPS", port: "443", permanent: true }),
    });
    const refusal = (code: number, reason: string, message: string) =>
      elb.ListenerAction.fixedResponse(code, {
        contentType: "application/json",
        messageBody: errorBody(code, "global", reason, message),
      });
    this.listener = this.balancer.addListener("Https", {
      port: ports.https,
      open: false,
      certificates: [this.certificate],
      sslPolicy: elb.SslPolicy.TLS13_12_PQ,
      defaultAction: refusal(404, "notFound", "Not Found"),
    });
    this.listener.addAction("Internal", {
      priority: 1,
      conditions: [elb.ListenerCondition.pathPatterns(["/internal", "/internal/*"])],
      action: refusal(403, "forbidden", "Forbidden"),
    });

    this.firewall = addFirewall(this, stack, network, this.balancer);
    if (config.edge.shieldAdvanced) {
      new shield.CfnProtection(this, "Shield", {
        name: stack.nameOf("api"),
        resourceArn: this.balancer.loadBalancerArn,
        applicationLayerAutomaticResponseConfiguration: { action: { block: {} }, status: "ENABLED" },
      });
    }
  }

  /**
   * Who asked for what (access), how connections were made, and what targets answered to health checks. An access log has the line of
   * each request with its query, which may hold a key, and nothing can be left out of it: it is kept for thirty days and goes nowhere.
   */
  private keepLogs(stack: EnvironmentStack): void {
    // The load balancer writes with keys of S3's own only.
    const bucket = new s3.Bucket(this, "Logs", {
      bucketName: `${stack.worldNameOf("balancer-logs")}-${stack.account}`,
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      serverAccessLogsPrefix: "itself/",
      lifecycleRules: [
        // What a rule ends stays a day longer, as an older version. Of two rules the sooner counts.
        { prefix: "access/", expiration: Duration.days(29), noncurrentVersionExpiration: Duration.days(1) },
        {
          expiration: Duration.days(stack.config.logDays),
          noncurrentVersionExpiration: Duration.days(7),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      replicationRules: stack.config.recoveryRegion === undefined ? [] : this.copiesOf(stack),
      removalPolicy: stack.removalPolicy,
    }) as s3.IBucket;
    this.balancer.logAccessLogs(bucket, "access");
    this.balancer.logConnectionLogs(bucket, "connections");
    // Health checks' logs are newer than CDK's methods: their writer is let in here.
    bucket.addToResourcePolicy(
      new iam.PolicyStatement({
        actions: ["s3:PutObject"],
        principals: [new iam.ServicePrincipal("logdelivery.elasticloadbalancing.amazonaws.com")],
        resources: [bucket.arnForObjects(`health/AWSLogs/${stack.account}/*`)],
      }),
    );
    this.balancer.setAttribute("health_check_logs.s3.enabled", "true");
    this.balancer.setAttribute("health_check_logs.s3.bucket", bucket.bucketName);
    this.balancer.setAttribute("health_check_logs.s3.prefix", "health");
  }

  /** What the other region has copies of: all logs but those of access. */
  private copiesOf(stack: EnvironmentStack): s3.ReplicationRule[] {
    const destination = s3.Bucket.fromBucketAttributes(this, "LogCopies", {
      bucketName: logCopiesName(stack),
      region: stack.config.recoveryRegion as string,
    });
    return ["connections/", "health/"].map((prefix, priority) => ({
      destination,
      filter: { prefix },
      priority,
      deleteMarkerReplication: false,
    }));
  }
}
