import { aws_cloudwatch as cloudwatch, Duration, aws_elasticloadbalancingv2 as elb } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { addAlarm } from "./alarm.ts";
import type { EnvironmentStack } from "./environment-stack.ts";

/**
 * What takes a release back while it is rolled out: many failed requests, or slow ones. They are about the API's containers alone and
 * quicker than the alarms for what is promised: a few minutes of either are enough to stop.
 */
export const addDeploymentAlarms = (
  scope: Construct,
  stack: EnvironmentStack,
  targets: elb.ApplicationTargetGroup,
): readonly cloudwatch.Alarm[] => {
  const period = Duration.minutes(1);
  const count = { statistic: cloudwatch.Stats.SUM, period };
  const failing = new cloudwatch.MathExpression({
    // A handful of requests proves nothing.
    expression: "IF(requests > 20, 100 * FILL(failed, 0) / requests, 0)",
    usingMetrics: {
      failed: targets.metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, count),
      requests: targets.metrics.requestCount(count),
    },
    label: "failed requests, %",
    period,
  });
  const slow = new cloudwatch.MathExpression({
    // Exports, erasures and profiles are slow by design, and the load balancer measures all paths together: of more than a hundred
    // requests they are not one in twenty.
    expression: "IF(requests > 100, p95, 0)",
    usingMetrics: {
      p95: targets.metrics.targetResponseTime({ statistic: cloudwatch.Stats.percentile(95), period }),
      requests: targets.metrics.requestCount(count),
    },
    label: "95th percentile of response times, s",
    period,
  });
  return [
    addAlarm(scope, stack, "ReleaseFailing", {
      severity: "critical",
      title: "containers fail requests (a release in progress is taken back)",
      about: "More than 5 % of the containers' answers were 500 or above in two of three minutes.",
      runbook: "deploy-rollback",
      metric: failing,
      threshold: 5,
      periods: [2, 3],
    }),
    addAlarm(scope, stack, "ReleaseSlow", {
      severity: "critical",
      title: "containers are slow (a release in progress is taken back)",
      about:
        "The 95th percentile of the containers' response times was above two seconds in three of five minutes with over 100 requests.",
      runbook: "deploy-rollback",
      metric: slow,
      threshold: 2,
      periods: [3, 5],
    }),
  ];
};
