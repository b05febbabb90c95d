import {
  ArnFormat,
  aws_certificatemanager as acm,
  Duration,
  aws_ec2 as ec2,
  aws_elasticloadbalancingv2 as elb,
  aws_iam as iam,
  aws_route53 as route53,
  aws_s3 as s3,
  aws_shield as shield,
  aws_route53_targets as targets,
  aws_wafv2 as waf,
} from "aws-cdk-lib";
import { Construct } from "constructs";
import type { EnvironmentStack } from "./environment-stack.ts";
import { logGroup, type NetworkStack, ports } from "./network-stack.ts";
import { logCopiesName } from "./recovery.ts";

/** The edge: the load balancer, its certificate and name, what it logs, and the firewall before it. Nothing passes but by a rule. */
export class LoadBalancer extends Construct {
  readonly balancer: elb.ApplicationLoadBalancer;
  readonly listener: elb.ApplicationListener;
  readonly certificate: acm.ICertificate;
  readonly firewall: waf.CfnWebACL;

  constructor(stack: EnvironmentStack, network: NetworkStack) {
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
      // Below what the API keeps its connections open: it is never the one who closes.
      idleTimeout: Duration.seconds(60),
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
        messageBody: JSON.stringify({ error: { code, message, errors: [{ domain: "global", reason, message }] } }),
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

    this.firewall = this.makeFirewall(stack, network);
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

  /** AWS WAF. What it matched is logged without credentials and without the query, which may hold a key and names. */
  private makeFirewall(stack: EnvironmentStack, network: NetworkStack): waf.CfnWebACL {
    const { edge } = stack.config;
    const visible = (metricName: string) => ({ metricName, sampledRequestsEnabled: false, cloudWatchMetricsEnabled: true });
    /** A group of rules that AWS keeps. `counted`: its rules that only count. */
    const managed = (name: string, priority: number, counted: readonly string[] = []): waf.CfnWebACL.RuleProperty => ({
      name,
      priority,
      overrideAction: { none: {} },
      visibilityConfig: visible(name),
      statement: {
        managedRuleGroupStatement: {
          vendorName: "AWS",
          name: `AWSManagedRules${name}`,
          ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
        },
      },
    });
    const firewall = new waf.CfnWebACL(this, "Firewall", {
      name: stack.nameOf("api"),
      scope: "REGIONAL",
      defaultAction: { allow: {} },
      // "All" is a word of WAF's own.
      visibilityConfig: visible(stack.nameOf("api")),
      rules: [
        {
          name: "RequestsPerAddress",
          priority: 0,
          action: { block: { customResponse: { responseCode: 429 } } },
          visibilityConfig: visible("RequestsPerAddress"),
          statement: {
            rateBasedStatement: { aggregateKeyType: "IP", limit: edge.requestsPerAddress, evaluationWindowSec: 300 },
          },
        },
        managed("AmazonIpReputationList", 10),
        managed("AntiDDoSRuleSet", 11),
        // Calendars come as files of up to a megabyte, and their text looks like anything: sizes and words in bodies are counted, not
        // refused. The API checks every body against a schema and sends no text to a shell or a template.
        managed("CommonRuleSet", 12, [
          "SizeRestrictions_BODY",
          "SizeRestrictions_QUERYSTRING",
          "CrossSiteScripting_BODY",
          "GenericLFI_BODY",
          "GenericRFI_BODY",
          "GenericRFI_QUERYARGUMENTS",
          "EC2MetaDataSSRF_BODY",
          "NoUserAgent_HEADER",
        ]),
        managed("KnownBadInputsRuleSet", 13),
        managed("SQLiRuleSet", 14, ["SQLi_BODY"]),
      ],
    });
    new waf.CfnWebACLAssociation(this, "FirewallOfBalancer", {
      resourceArn: this.balancer.loadBalancerArn,
      webAclArn: firewall.attrArn,
    });
    // WAF writes to groups whose names begin so.
    const group = logGroup(stack, "FirewallLogs", `aws-waf-logs-${stack.nameOf("api")}`, network.logsKey);
    new waf.CfnLoggingConfiguration(this, "FirewallLogging", {
      resourceArn: firewall.attrArn,
      logDestinationConfigs: [
        stack.formatArn({
          service: "logs",
          resource: "log-group",
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          resourceName: group.logGroupName,
        }),
      ],
      redactedFields: [
        ...["authorization", "x-api-key", "x-goog-api-key", "cookie"].map((name) => ({ singleHeader: { Name: name } })),
        { queryString: {} },
      ],
    });
    return firewall;
  }
}
