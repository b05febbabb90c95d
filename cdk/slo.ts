/**
 * What is promised, and alarms for when it is about to be broken: 99.9 % of requests are answered without a fault of ours, and 95 % within
 * half a second, in 30 days. An alarm tells how fast the rest, the budget, is being used up: at a rate of 1 it lasts 30 days. A rate must
 * hold for a long time, so that it matters, and in the last short time, so that the alarm ends soon after the trouble does (the method
 * of Google's SRE Workbook, chapter 5). Both are taken from the load balancer, which sees what clients see.
 */
import { aws_cloudwatch as cloudwatch, Duration, aws_elasticloadbalancingv2 as elb } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { addCompositeAlarm } from "./alarm.ts";
import type { Severity } from "./alarm-routes.ts";
import type { EnvironmentStack } from "./environment-stack.ts";

export const objectives = { availablePercent: 99.9, fastPercent: 95, fastSeconds: 0.5 } as const;

interface Burn {
  readonly rate: number;
  readonly long: Duration;
  readonly short: Duration;
  readonly severity: Severity;
}

/** The budget's 2 % in an hour, 5 % in six, 10 % in a day, and 10 % in three. */
const burns: readonly Burn[] = [
  { rate: 14.4, long: Duration.hours(1), short: Duration.minutes(5), severity: "critical" },
  { rate: 6, long: Duration.hours(6), short: Duration.minutes(30), severity: "critical" },
  { rate: 3, long: Duration.days(1), short: Duration.hours(2), severity: "warning" },
  { rate: 1, long: Duration.days(3), short: Duration.hours(6), severity: "warning" },
];

/** The share of requests that failed, percent. Requests that found no target are counted by the load balancer as errors alone. */
export const failedPercent = (balancer: elb.ApplicationLoadBalancer, period: Duration): cloudwatch.MathExpression => {
  const { metrics } = balancer;
  const count = { statistic: cloudwatch.Stats.SUM, period };
  return new cloudwatch.MathExpression({
    expression: "100 * (FILL(edge, 0) + FILL(target, 0)) / (FILL(requests, 0) + FILL(edge, 0))",
    usingMetrics: {
      edge: metrics.httpCodeElb(elb.HttpCodeElb.ELB_5XX_COUNT, count),
      target: metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, count),
      requests: metrics.requestCount(count),
    },
    label: "failed requests, %",
    period,
  });
};

/** The share of requests that took longer than promised, percent. */
export const slowPercent = (balancer: elb.ApplicationLoadBalancer, period: Duration): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    expression: "100 - fast",
    usingMetrics: {
      fast: balancer.metrics.targetResponseTime({
        statistic: cloudwatch.Stats.percentileRank(0, objectives.fastSeconds),
        period,
      }),
    },
    label: `requests over ${objectives.fastSeconds} s, %`,
    period,
  });

const wordsOf = (duration: Duration): string => duration.toHumanString();

/** Adds the alarms for both promises. */
export const addSlo = (
  scope: Construct,
  stack: EnvironmentStack,
  balancer: elb.ApplicationLoadBalancer,
): readonly cloudwatch.CompositeAlarm[] => {
  const promises = [
    {
      id: "Available",
      what: "availability",
      about: `${objectives.availablePercent} % of requests are to be answered without a fault of ours.`,
      budgetPercent: 100 - objectives.availablePercent,
      measure: failedPercent,
      runbook: "high-error-rate",
    },
    {
      id: "Fast",
      what: "latency",
      about: `${objectives.fastPercent} % of requests are to be answered within ${objectives.fastSeconds} s.`,
      budgetPercent: 100 - objectives.fastPercent,
      measure: slowPercent,
      runbook: "high-latency",
    },
  ] as const;
  return promises.flatMap(({ id, what, about, budgetPercent, measure, runbook }) =>
    burns.map(({ rate, long, short, severity }) => {
      const threshold = Math.round(rate * budgetPercent * 1000) / 1000;
      const title = `${what} budget burns at ${rate} times its rate`;
      const text = `${about} For ${wordsOf(long)}, and in the last ${wordsOf(short)}, more than ${threshold} % were not.`;
      return addCompositeAlarm(
        scope,
        stack,
        `${id}${String(rate).replace(".", "_")}`,
        { severity, title, about: text, runbook },
        {
          [wordsOf(long)]: { metric: measure(balancer, long), threshold },
          [wordsOf(short)]: { metric: measure(balancer, short), threshold },
        },
      );
    }),
  );
};
