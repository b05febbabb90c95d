/** Metrics of AWS's own that its constructs have no methods for. */
import { aws_cloudwatch as cloudwatch, type Duration, type aws_ec2 as ec2, type aws_rds as rds } from "aws-cdk-lib";
import type { Containers } from "./containers.ts";
import type { View } from "./metrics.ts";
import type { NetworkStack } from "./network-stack.ts";

/** The sum, or another function, of one metric of several resources. */
const over = (
  how: "SUM" | "MAX",
  metrics: readonly cloudwatch.IMetric[],
  { label, period }: { readonly label: string; readonly period: Duration },
): cloudwatch.MathExpression => {
  const usingMetrics = Object.fromEntries(metrics.map((metric, index) => [`m${index}`, metric]));
  return new cloudwatch.MathExpression({
    expression: `${how}([${Object.keys(usingMetrics).join(", ")}])`,
    usingMetrics,
    label,
    period,
  });
};

/** Connections that the NAT gateways had no port for. */
export const natPortErrors = ({ vpc }: NetworkStack, period: Duration): cloudwatch.MathExpression => {
  const gateways = vpc.publicSubnets.flatMap(
    ({ node }) => (node.tryFindChild("NATGateway") as ec2.CfnNatGateway | undefined) ?? [],
  );
  const metrics = gateways.map(
    ({ attrNatGatewayId: NatGatewayId }) =>
      new cloudwatch.Metric({
        namespace: "AWS/NATGateway",
        metricName: "ErrorPortAllocation",
        dimensionsMap: { NatGatewayId },
        statistic: cloudwatch.Stats.SUM,
        period,
      }),
  );
  return over("SUM", metrics, { label: "connections without a port", period });
};

/** The fullest node of Valkey, percent of its memory. */
export const cacheMemory = (id: string, nodes: number, period: Duration): cloudwatch.MathExpression => {
  const metrics = Array.from(
    { length: nodes },
    (_, index) =>
      new cloudwatch.Metric({
        namespace: "AWS/ElastiCache",
        metricName: "DatabaseMemoryUsagePercentage",
        dimensionsMap: { CacheClusterId: `${id}-${String(index + 1).padStart(3, "0")}` },
        statistic: cloudwatch.Stats.MAXIMUM,
        period,
      }),
  );
  return over("MAX", metrics, { label: "memory of the fullest node, %", period });
};

/** Deadlocks a second. RDS keeps this among the counters of Database Insights. */
export const deadlocks = ({ instanceResourceId }: rds.IDatabaseInstance, period: Duration): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    expression: `DB_PERF_INSIGHTS('RDS', '${instanceResourceId}', 'db.Concurrency.deadlocks.avg')`,
    label: "deadlocks",
    period,
  });

/** What Container Insights knows of a service. */
export const insights = (
  { cluster, api, worker }: Containers,
  service: "api" | "worker",
  metricName: string,
  { statistic, period, label }: View,
): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: "ECS/ContainerInsights",
    metricName,
    dimensionsMap: { ClusterName: cluster.clusterName, ServiceName: { api, worker }[service].serviceName },
    statistic,
    period,
    label: label ?? `${service} ${metricName}`,
  });
