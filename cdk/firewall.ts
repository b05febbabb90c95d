import { ArnFormat, type aws_elasticloadbalancingv2 as elb, aws_wafv2 as waf } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { EnvironmentStack } from "./environment-stack.ts";
import { logGroup, type NetworkStack } from "./network-stack.ts";

/** What the edge itself refuses is told in the API's form. */
export const errorBody = (code: number, domain: string, reason: string, message: string): string =>
  JSON.stringify({ error: { code, message, errors: [{ domain, reason, message }] } });

/** AWS WAF. What it matched is logged without credentials and without the query, which may hold a key and names. */
export const addFirewall = (
  scope: Construct,
  stack: EnvironmentStack,
  network: NetworkStack,
  balancer: elb.IApplicationLoadBalancer,
): waf.CfnWebACL => {
  const { edge } = stack.config;
  const visible = (metricName: string) => ({ metricName, sampledRequestsEnabled: false, cloudWatchMetricsEnabled: true });
  /** A group of rules that AWS keeps. `counted`: its rules that only count. `config`: what AWS lets be set. */
  const managed = (
    name: string,
    priority: number,
    { counted = [], config }: { counted?: readonly string[]; config?: waf.CfnWebACL.ManagedRuleGroupConfigProperty } = {},
  ): waf.CfnWebACL.RuleProperty => ({
    name,
    priority,
    overrideAction: { none: {} },
    visibilityConfig: visible(name),
    statement: {
      managedRuleGroupStatement: {
        vendorName: "AWS",
        name: `AWSManagedRules${name}`,
        ruleActionOverrides: counted.map((rule) => ({ name: rule, actionToUse: { count: {} } })),
        ...(config && { managedRuleGroupConfigs: [config] }),
      },
    },
  });
  const firewall = new waf.CfnWebACL(scope, "Firewall", {
    name: stack.nameOf("api"),
    scope: "REGIONAL",
    defaultAction: { allow: {} },
    // "All" is a word of WAF's own.
    visibilityConfig: visible(stack.nameOf("api")),
    customResponseBodies: {
      tooMany: {
        contentType: "APPLICATION_JSON",
        content: errorBody(429, "usageLimits", "rateLimitExceeded", "Rate Limit Exceeded"),
      },
    },
    rules: [
      {
        name: "RequestsPerAddress",
        priority: 0,
        action: {
          block: {
            customResponse: {
              responseCode: 429,
              responseHeaders: [{ name: "Retry-After", value: "60" }],
              customResponseBodyKey: "tooMany",
            },
          },
        },
        visibilityConfig: visible("RequestsPerAddress"),
        statement: {
          rateBasedStatement: { aggregateKeyType: "IP", limit: edge.requestsPerAddress, evaluationWindowSec: 300 },
        },
      },
      managed("AmazonIpReputationList", 10),
      // Its challenges are pages with JavaScript, which no client of an API can pass: suspects are blocked, all others let through.
      managed("AntiDDoSRuleSet", 11, {
        config: { awsManagedRulesAntiDDoSRuleSet: { clientSideActionConfig: { challenge: { usageOfAction: "DISABLED" } } } },
      }),
      // Calendars come as files of up to a megabyte, and their text looks like anything: sizes and words in bodies are counted, not
      // refused. The API checks every body against a schema and sends no text to a shell or a template.
      managed("CommonRuleSet", 12, {
        counted: [
          "SizeRestrictions_BODY",
          "SizeRestrictions_QUERYSTRING",
          "CrossSiteScripting_BODY",
          "GenericLFI_BODY",
          "GenericRFI_BODY",
          "GenericRFI_QUERYARGUMENTS",
          "EC2MetaDataSSRF_BODY",
          "NoUserAgent_HEADER",
        ],
      }),
      managed("KnownBadInputsRuleSet", 13),
      managed("SQLiRuleSet", 14, { counted: ["SQLi_BODY"] }),
    ],
  });
  new waf.CfnWebACLAssociation(scope, "FirewallOfBalancer", {
    resourceArn: balancer.loadBalancerArn,
    webAclArn: firewall.attrArn,
  });
  // WAF writes to groups whose names begin so.
  const group = logGroup(stack, "FirewallLogs", `aws-waf-logs-${stack.nameOf("api")}`, network.logsKey);
  new waf.CfnLoggingConfiguration(scope, "FirewallLogging", {
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
};
