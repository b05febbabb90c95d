/** The panels, by subject. Each dashboard begins with its alarms and what to do about them. */
import { aws_cloudwatch as cloudwatch, Duration, aws_elasticloadbalancingv2 as elb } from "aws-cdk-lib";
import type { MetricName, PlainMetricName } from "#lib/observe/metric-catalogue.ts";
import { mostConnections } from "./alarms.ts";
import { cacheMemory, deadlocks, insights, natPortErrors } from "./aws-metrics.ts";
import { usagePerKey } from "./log-queries.ts";
import { ourMetric, ourSearch } from "./metrics.ts";
import type { Observed } from "./observed.ts";
import { awsMetric, graph, minute } from "./panels.ts";
import { failedPercent, objectives, slowPercent } from "./slo.ts";

const { AVERAGE, MAXIMUM, MINIMUM, SAMPLE_COUNT, SUM } = cloudwatch.Stats;
const p = cloudwatch.Stats.percentile;

type Rows = readonly (readonly cloudwatch.IWidget[])[];

/** One of our metrics that has no dimensions of its own. */
const ours = (service: "api" | "worker", name: PlainMetricName, statistic: string, label: string = name) =>
  ourMetric(service, name, {}, { statistic, period: minute, label });

/** One of our metrics, a line for each value of its dimension. */
const each = (service: "api" | "worker", name: MetricName, statistic: string) =>
  ourSearch(service, name, { statistic, period: minute });

export const applicationPanels = ({ api: { edge } }: Observed): Rows => {
  const { metrics } = edge.balancer;
  const count = { statistic: SUM, period: minute };
  const time = (statistic: string) => metrics.targetResponseTime({ statistic, period: minute, label: statistic });
  return [
    [
      graph("Requests", [metrics.requestCount(count)]),
      graph("Errors", [
        metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_5XX_COUNT, { ...count, label: "5xx of the API" }),
        metrics.httpCodeElb(elb.HttpCodeElb.ELB_5XX_COUNT, { ...count, label: "5xx of the load balancer" }),
        metrics.httpCodeTarget(elb.HttpCodeTarget.TARGET_4XX_COUNT, { ...count, label: "4xx of the API" }),
      ]),
      graph("Latency as clients see it", [time(p(50)), time(p(95)), time(p(99))], { unit: "s" }),
      graph("Promises broken", [failedPercent(edge.balancer, minute)], {
        right: [slowPercent(edge.balancer, minute)],
        unit: "%",
      }),
    ],
    [
      graph("Requests by route", [each("api", "Latency", SAMPLE_COUNT)], { stacked: true }),
      graph("Faults by route", [each("api", "Faults", SUM)], { stacked: true }),
      graph("Median latency by route", [each("api", "Latency", p(50))], { unit: "ms" }),
      graph("95th percentile by route", [each("api", "Latency", p(95))], { unit: "ms" }),
    ],
    [
      graph("99th percentile by route", [each("api", "Latency", p(99))], { unit: "ms" }),
      graph("Answers by class", [each("api", "Answers", SUM)], { stacked: true }),
      graph("Refused before an endpoint", [each("api", "Refusals", SUM)], { stacked: true }),
      graph("Beyond a limit of rate", [each("api", "RateLimited", SUM)], { stacked: true }),
    ],
    [
      graph("Sent again under their key", [ours("api", "IdempotentReplays", SUM)]),
      graph("Sync tokens refused", [ours("api", "SyncTokensRefused", SUM)]),
      graph("Where reads were answered", [each("api", "Reads", SUM)], { stacked: true }),
      graph("Requests in work and waiting", [ours("api", "InFlight", AVERAGE), ours("api", "Queued", AVERAGE)]),
    ],
  ];
};

export const infrastructurePanels = ({ api: { edge, containers }, data: { cache }, network, config }: Observed): Rows => {
  const both = <T>(make: (service: "api" | "worker") => T): readonly T[] => (["api", "worker"] as const).map(make);
  const perService = (title: string, metricName: string, statistic = AVERAGE, unit?: string) =>
    graph(
      title,
      both((service) => insights(containers, service, metricName, { statistic, period: minute })),
      { ...(unit !== undefined && { unit }) },
    );
  const { metrics } = edge.balancer;
  const { metrics: targets } = containers.targets;
  return [
    [
      graph(
        "CPU",
        both((one) => containers[one].metricCpuUtilization({ period: minute, label: one })),
        { unit: "%" },
      ),
      graph(
        "Memory",
        both((one) => containers[one].metricMemoryUtilization({ period: minute, label: one })),
        { unit: "%" },
      ),
      perService("Tasks running", "RunningTaskCount"),
      perService("Disk used", "EphemeralStorageUtilized", MAXIMUM, "GB"),
    ],
    [
      perService("Network in", "NetworkRxBytes", AVERAGE, "bytes/s"),
      perService("Network out", "NetworkTxBytes", AVERAGE, "bytes/s"),
      graph("Healthy containers", [
        targets.healthyHostCount({ statistic: MINIMUM, period: minute }),
        targets.unhealthyHostCount({ statistic: MAXIMUM, period: minute }),
      ]),
      graph("Connections", [
        metrics.activeConnectionCount({ statistic: SUM, period: minute }),
        metrics.newConnectionCount({ statistic: SUM, period: minute }),
        metrics.rejectedConnectionCount({ statistic: SUM, period: minute }),
        targets.targetConnectionErrorCount({ statistic: SUM, period: minute }),
      ]),
    ],
    [
      graph(
        "Event loops, busy",
        both((one) => ours(one, "EventLoopUse", AVERAGE, one)),
        { unit: "%" },
      ),
      graph(
        "Event loops, delay",
        both((one) => ours(one, "EventLoopDelay", AVERAGE, one)),
        { unit: "ms" },
      ),
      graph("Memory of processes", [
        ...both((one) => ours(one, "MemoryResident", MAXIMUM, `${one}, resident`)),
        ...both((one) => ours(one, "MemoryHeap", MAXIMUM, `${one}, heap`)),
      ]),
      graph(
        "Log lines lost",
        both((one) => ours(one, "LogLinesDropped", SUM, one)),
      ),
    ],
    [
      graph("NAT: no port", [natPortErrors(network, minute)]),
      graph("Firewall: blocked", [
        awsMetric(
          "AWS/WAFV2",
          "BlockedRequests",
          { Region: config.region, Rule: "ALL", WebACL: `calendar-${config.name}-api` },
          SUM,
        ),
      ]),
      ...(cache && config.cache
        ? [
            graph("Valkey: memory", [cacheMemory(cache.id, config.cache.nodes, minute)], { unit: "%" }),
            graph("Valkey: not there", [each("api", "RedisFaults", SUM)], { stacked: true }),
          ]
        : []),
    ],
  ];
};

export const databasePanels = ({ data: { database, replica }, config }: Observed): Rows => {
  const servers = [database, ...(replica ? [replica] : [])];
  const rdsMetric = (metricName: string, statistic = AVERAGE) =>
    servers.map((server) =>
      server.metric(metricName, { statistic, period: minute, label: server === database ? "primary" : "replica" }),
    );
  return [
    [
      graph("CPU", rdsMetric("CPUUtilization"), { unit: "%" }),
      graph(`Connections (of ${mostConnections(config)})`, rdsMetric("DatabaseConnections", MAXIMUM)),
      graph("Pools of the API", [
        ours("api", "DatabaseActive", AVERAGE),
        ours("api", "DatabaseIdle", AVERAGE),
        ours("api", "DatabaseWaiting", AVERAGE),
        ours("api", "WritesInLine", AVERAGE),
      ]),
      graph("Requests that failed for it", [each("api", "DatabaseFaults", SUM)], { stacked: true }),
    ],
    [
      graph("Slow statements", [ours("api", "SlowStatements", SUM)]),
      graph("Locks waited for", [ours("worker", "DatabaseLocksWaiting", MAXIMUM)], { right: [deadlocks(database, minute)] }),
      graph("Blocks found in memory", [ours("worker", "DatabaseCacheHitRatio", AVERAGE)], { unit: "%" }),
      graph("Size, and free storage", [ours("worker", "DatabaseSize", MAXIMUM)], {
        right: rdsMetric("FreeStorageSpace", MINIMUM),
      }),
    ],
    [
      graph("Reads a second", rdsMetric("ReadIOPS")),
      graph("Writes a second", rdsMetric("WriteIOPS")),
      graph("Time of a read or write", [...rdsMetric("ReadLatency"), ...rdsMetric("WriteLatency")], { unit: "s" }),
      graph("Free memory", rdsMetric("FreeableMemory", MINIMUM)),
    ],
    [
      ...(replica
        ? [
            graph("Replica behind, says RDS", [replica.metric("ReplicaLag", { statistic: MAXIMUM, period: minute })], {
              unit: "s",
            }),
            graph("Replica behind, as the API sees it", [ours("api", "ReplicaLag", MAXIMUM)], { unit: "ms" }),
          ]
        : []),
      graph("Transaction ids in use", [database.metric("MaximumUsedTransactionIDs", { statistic: MAXIMUM, period: minute })]),
      graph("Log on disk", [database.metric("TransactionLogsDiskUsage", { statistic: MAXIMUM, period: minute })]),
    ],
  ];
};

export const businessPanels = ({ api: { edge, containers } }: Observed): Rows => {
  const { metrics } = edge.balancer;
  return [
    [
      graph("Requests", [metrics.requestCount({ statistic: SUM, period: minute })]),
      graph(`Failed requests (${objectives.availablePercent} % must not)`, [failedPercent(edge.balancer, minute)], { unit: "%" }),
      graph("Latency", [metrics.targetResponseTime({ statistic: p(95), period: minute, label: "p95" })], { unit: "s" }),
      graph("Events written", [ours("api", "EventsWritten", SUM)]),
    ],
    [
      graph("Events listed", [ours("api", "EventsListed", SUM)]),
      graph("Push messages", [each("worker", "Pushes", SUM)], { stacked: true }),
      graph("Push messages, delay", [ours("worker", "PushDelay", p(50), "p50"), ours("worker", "PushDelay", p(95), "p95")], {
        unit: "ms",
      }),
      graph("Push messages waiting, channels expired", [ours("worker", "PushesWaiting", MAXIMUM)], {
        right: [ours("worker", "ChannelsExpired", SUM)],
      }),
    ],
    [
      new cloudwatch.LogQueryWidget({
        title: "Usage per key",
        logGroupNames: [containers.logs.api.logGroupName],
        view: cloudwatch.LogQueryVisualizationType.TABLE,
        queryLines: [...usagePerKey],
        width: 18,
        height: 8,
      }),
      // Bills are told in one region for all.
      new cloudwatch.GraphWidget({
        title: "Cost of the account this month, estimated",
        region: "us-east-1",
        left: [
          new cloudwatch.Metric({
            namespace: "AWS/Billing",
            metricName: "EstimatedCharges",
            dimensionsMap: { Currency: "USD" },
            statistic: MAXIMUM,
            period: Duration.hours(6),
            region: "us-east-1",
          }),
        ],
        width: 6,
        height: 8,
      }),
    ],
  ];
};
