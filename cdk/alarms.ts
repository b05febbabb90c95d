/** The alarms that are not about what is promised: what is about to run out, or has gone. Their limits stand here and nowhere else. */
import { aws_cloudwatch as cloudwatch, Duration } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { type AlarmDescription, addAlarm } from "./alarm.ts";
import { cacheMemory, deadlocks, insights, natPortErrors } from "./aws-metrics.ts";
import type { EnvironmentConfig } from "./config.ts";
import { programMemoryMiB } from "./containers.ts";
import { ourMetric, ourSum } from "./metrics.ts";
import type { Observed } from "./observed.ts";

const { AVERAGE, MAXIMUM, MINIMUM, SUM } = cloudwatch.Stats;
const minutes = Duration.minutes;
const gib = 1024 ** 3;

/** Memory of the instance classes, GiB: PostgreSQL on RDS takes a connection per 9,531,392 bytes of it, 5,000 at most. */
const memoryGiB: Readonly<Record<EnvironmentConfig["database"]["instanceClass"], number>> = {
  "t4g.medium": 4,
  "m8g.large": 8,
  "r8g.large": 16,
  "r8g.xlarge": 32,
};

export const mostConnections = ({ database }: EnvironmentConfig): number =>
  Math.min(5_000, Math.floor((memoryGiB[database.instanceClass] * gib) / 9_531_392));

type Alarms = Readonly<Record<string, AlarmDescription>>;

const edgeAlarms = ({ api: { edge, containers }, network, config }: Observed): Alarms => {
  const { metrics } = edge.balancer;
  return {
    HealthyTargets: {
      severity: "critical",
      title: "fewer than two healthy containers",
      about: "The load balancer finds fewer than two containers that are ready.",
      runbook: "high-error-rate",
      metric: containers.targets.metrics.healthyHostCount({ statistic: MINIMUM, period: minutes(1) }),
      threshold: 2,
      when: "<",
      periods: [3, 3],
      silenceIsBad: true,
    },
    ...(config.keepsData && {
      NoRequests: {
        severity: "critical",
        title: "no requests at all",
        about: "The load balancer has passed no request on for 15 minutes: clients do not get here.",
        runbook: "edge",
        metric: metrics.requestCount({ statistic: SUM, period: minutes(5) }),
        threshold: 1,
        when: "<",
        periods: [3, 3],
        silenceIsBad: true,
      } as const,
    }),
    Certificate: {
      severity: "warning",
      title: "certificate ends within 30 days",
      about: "AWS renews certificates 60 days before their end; this one was not.",
      runbook: "edge",
      metric: edge.certificate.metricDaysToExpiry({ statistic: MINIMUM, period: Duration.days(1) }),
      threshold: 30,
      when: "<",
      periods: [1, 1],
    },
    Firewall: {
      severity: "warning",
      title: "the firewall blocks much",
      about: "WAF has blocked more than 10,000 requests in five minutes: an attack, or a rule that meets clients.",
      runbook: "edge",
      metric: new cloudwatch.Metric({
        namespace: "AWS/WAFV2",
        metricName: "BlockedRequests",
        dimensionsMap: { Region: config.region, Rule: "ALL", WebACL: `calendar-${config.name}-api` },
        statistic: SUM,
        period: minutes(5),
      }),
      threshold: 10_000,
      periods: [1, 1],
    },
    NatPorts: {
      severity: "warning",
      title: "NAT is out of ports",
      about: "Connections to the outside, of push messages most of all, found no free port.",
      runbook: "edge",
      metric: natPortErrors(network, minutes(5)),
      threshold: 0,
      periods: [1, 1],
    },
  };
};

const computeAlarms = ({ api: { containers }, config }: Observed): Alarms => {
  const told = { severity: "warning", runbook: "saturation" } as const;
  const period = minutes(5);
  const ofService = (service: "api" | "worker"): Alarms => ({
    [`${service}Cpu`]: {
      ...told,
      title: `${service}: CPU is used up`,
      about: "More than 85 % of the tasks' CPU for 15 minutes: scaling out does not keep up.",
      metric: containers[service].metricCpuUtilization({ statistic: AVERAGE, period }),
      threshold: 85,
      periods: [3, 3],
    },
    [`${service}Memory`]: {
      ...told,
      title: `${service}: memory is used up`,
      about: "A program has used more than 90 % of its container's memory for 10 minutes; above 100 % it is killed.",
      metric: new cloudwatch.MathExpression({
        expression: `100 * resident / ${programMemoryMiB(config[service].size) * 2 ** 20}`,
        usingMetrics: { resident: ourMetric(service, "MemoryResident", {}, { statistic: MAXIMUM, period }) },
        label: "of the container's memory, %",
        period,
      }),
      threshold: 90,
      periods: [2, 2],
    },
    [`${service}Tasks`]: {
      ...told,
      title: `${service}: no more tasks may be started`,
      about: "As many tasks run as the configuration allows: load beyond this is not followed.",
      metric: insights(containers, service, "RunningTaskCount", { statistic: MINIMUM, period }),
      threshold: config[service].tasks.max - 1,
      periods: [3, 3],
    },
    [`${service}Lines`]: {
      ...told,
      title: `${service}: log lines are lost`,
      about: "Standard output is not read as fast as it is written, and metrics are lost with log lines.",
      metric: ourMetric(service, "LogLinesDropped", {}, { statistic: SUM, period }),
      threshold: 0,
      periods: [1, 1],
    },
  });
  return {
    ...ofService("api"),
    ...ofService("worker"),
    EventLoop: {
      ...told,
      title: "event loops are full",
      about: "The API's processes have been busy more than 85 % of the time for 10 minutes, whatever share of the CPU that is.",
      metric: ourMetric("api", "EventLoopUse", {}, { statistic: AVERAGE, period }),
      threshold: 85,
      periods: [2, 2],
    },
    EventLoopDelay: {
      ...told,
      title: "event loops stand still",
      about:
        "The 99th percentile of the event loop's delay was above 250 ms for 5 minutes: something computes for long in one go.",
      metric: ourMetric("api", "EventLoopDelay", {}, { statistic: AVERAGE, period: minutes(1) }),
      threshold: 250,
      periods: [5, 5],
    },
    Queued: {
      ...told,
      title: "requests wait to be let in",
      about: "Requests have waited for admission for 5 minutes; beyond the queue's length they are refused with 503.",
      metric: ourMetric("api", "Queued", {}, { statistic: AVERAGE, period: minutes(1) }),
      threshold: 1,
      periods: [5, 5],
    },
    Pool: {
      ...told,
      title: "statements wait for connections",
      about: "On the average of 5 minutes more than one statement of a process has waited for a connection to the database.",
      metric: ourMetric("api", "DatabaseWaiting", {}, { statistic: AVERAGE, period: minutes(1) }),
      threshold: 1,
      periods: [5, 5],
    },
  };
};

const databaseAlarms = ({ data: { database, replica }, config }: Observed): Alarms => {
  const told = { severity: "warning", runbook: "database" } as const;
  const period = minutes(5);
  const connections = Math.floor(mostConnections(config) * 0.8);
  const storage = Math.round(config.database.storageGiB.initial * 0.1);
  return {
    DatabaseCpu: {
      ...told,
      title: "database: CPU is used up",
      about: "More than 80 % for 15 minutes.",
      metric: database.metricCPUUtilization({ statistic: AVERAGE, period }),
      threshold: 80,
      periods: [3, 3],
    },
    DatabaseConnections: {
      ...told,
      title: "database: connections run out",
      about: `More than ${connections}, 80 % of what the instance takes.`,
      metric: database.metricDatabaseConnections({ statistic: MAXIMUM, period }),
      threshold: connections,
      periods: [2, 2],
    },
    DatabaseStorage: {
      ...told,
      severity: "critical",
      title: "database: storage runs out",
      about: `Less than ${storage} GiB are free; a full disk stops the database. RDS adds to it up to ${config.database.storageGiB.max} GiB.`,
      metric: database.metricFreeStorageSpace({ statistic: MINIMUM, period }),
      threshold: storage * gib,
      when: "<",
      periods: [2, 2],
    },
    TransactionIds: {
      ...told,
      severity: "critical",
      title: "database: transaction ids run out",
      about: "Autovacuum does not keep up: at two thousand million ids in use PostgreSQL takes no more writes.",
      metric: database.metric("MaximumUsedTransactionIDs", { statistic: MAXIMUM, period: Duration.hours(1) }),
      threshold: 1_000_000_000,
      periods: [1, 1],
    },
    Deadlocks: {
      ...told,
      title: "database: deadlocks",
      about:
        "Writers have waited for each other, and PostgreSQL ended one. Writes take their locks in one order: this is a fault.",
      metric: deadlocks(database, period),
      threshold: 0,
      periods: [1, 1],
    },
    Locks: {
      ...told,
      title: "database: many wait for locks",
      about: "More than 20 locks were waited for, in ten minutes; workers look about once a minute.",
      metric: ourMetric("worker", "DatabaseLocksWaiting", {}, { statistic: MINIMUM, period }),
      threshold: 20,
      periods: [2, 2],
    },
    SlowStatements: {
      ...told,
      title: "database: many slow statements",
      about: "More than 100 statements in five minutes took half a second or more, three times in a row.",
      metric: ourMetric("api", "SlowStatements", {}, { statistic: SUM, period }),
      threshold: 100,
      periods: [3, 3],
    },
    DatabaseFaults: {
      ...told,
      severity: "critical",
      title: "database: requests fail for it",
      about: "More than ten requests a minute failed because the database was away or took too long, in three of five minutes.",
      metric: ourSum("api", "DatabaseFaults", minutes(1)),
      threshold: 10,
      periods: [3, 5],
    },
    ...(replica && {
      ReplicaLag: {
        ...told,
        title: "replica: far behind, says RDS",
        about: "More than 330 s for 10 minutes. RDS counts up to 300 s where nothing is written, so less says nothing.",
        metric: replica.metric("ReplicaLag", { statistic: AVERAGE, period }),
        threshold: 330,
        periods: [2, 2],
      },
      ReplicaBehind: {
        ...told,
        title: "replica: left out",
        about: "Away, or more than 30 s behind, for 10 minutes, as the API sees it: reads go to the primary, whose load grows.",
        metric: ourMetric("api", "ReplicaLag", {}, { statistic: AVERAGE, period }),
        threshold: 30_000,
        periods: [2, 2],
        silenceIsBad: true,
      },
    }),
  };
};

const otherAlarms = ({ data: { cache }, config }: Observed): Alarms => ({
  PushDelay: {
    severity: "warning",
    title: "push messages come late",
    about: "Half of the messages took longer than 60 s from the change to their delivery, for 15 minutes.",
    runbook: "push-delay",
    metric: ourMetric("worker", "PushDelay", {}, { statistic: cloudwatch.Stats.percentile(50), period: minutes(5) }),
    threshold: 60_000,
    periods: [3, 3],
  },
  PushesWaiting: {
    severity: "warning",
    title: "push messages pile up",
    about: "More than 5,000 messages have waited for 15 minutes, or no worker has told how many do.",
    runbook: "push-delay",
    metric: ourMetric("worker", "PushesWaiting", {}, { statistic: MAXIMUM, period: minutes(5) }),
    threshold: 5_000,
    periods: [3, 3],
    silenceIsBad: true,
  },
  ...(cache &&
    config.cache && {
      CacheMemory: {
        severity: "warning",
        title: "Valkey: memory runs out",
        about: "More than 75 % is used; at 100 % it refuses writes, since nothing may be evicted.",
        runbook: "saturation",
        metric: cacheMemory(cache.id, config.cache.nodes, minutes(5)),
        threshold: 75,
        periods: [2, 2],
      },
      RedisFaults: {
        severity: "warning",
        title: "Valkey: not there",
        about:
          "More than 100 commands in five minutes had no answer, three times in a row. Nothing fails; the primary has more to do.",
        runbook: "saturation",
        metric: ourSum("api", "RedisFaults", minutes(5)),
        threshold: 100,
        periods: [3, 3],
      },
    }),
});

/** The alarms by subject, as dashboards show them. */
export const addAlarms = (scope: Construct, observed: Observed) => {
  const add = (alarms: Alarms): readonly cloudwatch.Alarm[] =>
    Object.entries(alarms).map(([id, alarm]) => addAlarm(scope, observed.stack, id, alarm));
  return {
    edge: add(edgeAlarms(observed)),
    compute: add(computeAlarms(observed)),
    database: add(databaseAlarms(observed)),
    other: add(otherAlarms(observed)),
  };
};
