/** Dashboards, alarms, their ways to people, and saved questions, as the templates have them. */
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { objectives } from "#cdk/slo.ts";
import { configOf, templatesOf } from "./environments.ts";
import { textOf, widgetsOf } from "./our-metrics.ts";

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of every shape.
type Json = any;

let production: Awaited<ReturnType<typeof templatesOf>>;
let template: Template;
beforeAll(async () => {
  production = await templatesOf(configOf("production"));
  template = production.observability;
}, 180_000);

const all = (type: string, of: readonly Template[] = [template, production.api]): readonly Json[] =>
  of.flatMap((one) => Object.values(one.findResources(type)).map(({ Properties }) => Properties));

const alarms = () => [...all("AWS::CloudWatch::Alarm"), ...all("AWS::CloudWatch::CompositeAlarm")];
const isPart = ({ AlarmName }: Json) => AlarmName.startsWith("[part] ");
const alarm = (title: string): Json => {
  const found = alarms().find(({ AlarmName }) => AlarmName.endsWith(`: ${title}`));
  if (!found) throw new Error(`There is no alarm ${title}.`);
  return found;
};
const dashboard = (subject: string): readonly Json[] => {
  const found = all("AWS::CloudWatch::Dashboard").find(({ DashboardName }) => DashboardName === `calendar-production-${subject}`);
  return widgetsOf(found);
};
const titles = (subject: string) => dashboard(subject).map(({ properties }) => properties.title);

describe("dashboards", () => {
  it.each([
    ["application", ["Requests", "Errors", "Latency as clients see it", "Requests by route", "95th percentile by route"]],
    [
      "infrastructure",
      ["CPU", "Memory", "Network in", "Network out", "Disk used", "Connections", "Tasks running", "Healthy containers"],
    ],
    [
      "database",
      [
        "Connections (of 1802)",
        "Slow statements",
        "Size, and free storage",
        "Replica behind, says RDS",
        "Replica behind, as the API sees it",
        "Blocks found in memory",
        "Locks waited for",
      ],
    ],
    ["business", ["Requests", "Latency", "Events written", "Usage per key", "Cost of the account this month, estimated"]],
  ])("%s shows %j", (subject, wanted) => {
    expect(titles(subject)).toEqual(expect.arrayContaining(wanted));
  });

  it.each(["application", "infrastructure", "database", "business"])(
    "%s begins with its alarms and links to runbooks",
    (subject) => {
      const [first, second] = dashboard(subject);
      expect(first.type).toBe("alarm");
      expect(first.properties.alarms.length).toBeGreaterThan(5);
      const links = [...second.properties.markdown.matchAll(/runbooks\/([\w-]+)\.md/g)].map(([, name]) => name);
      expect(links.length).toBeGreaterThan(1);
      expect(links.filter((name) => !existsSync(`docs/runbooks/${name}.md`))).toEqual([]);
    },
  );

  it("show usage per key from the log lines of requests, and the account's bill where it is told", () => {
    const panels = dashboard("business");
    const usage = panels.find(({ properties }) => properties.title === "Usage per key");
    expect(usage.properties.query).toMatch(/^SOURCE '.*' \| filter message = 'request'.*\n\| stats count\(\*\).* by key_id/);
    const cost = panels.find(({ properties }) => properties.title?.startsWith("Cost"));
    expect(cost.properties).toMatchObject({ region: "us-east-1" });
    expect(cost.properties.metrics[0].slice(0, 4)).toEqual(["AWS/Billing", "EstimatedCharges", "Currency", "USD"]);
  });
});

describe("alarms", () => {
  it("say how bad it is first, and what to do; each goes to the people of its severity, when it begins and ends", () => {
    expect(alarms().length).toBeGreaterThan(40);
    for (const { AlarmName, AlarmDescription, AlarmActions, OKActions } of alarms().filter((one) => !isPart(one))) {
      const [, severity] = /^\[(critical|warning)\] calendar production: \S/.exec(AlarmName) ?? [];
      expect({ AlarmName, severity }).toEqual({ AlarmName, severity: expect.any(String) });
      expect([AlarmActions, OKActions].map((actions) => actions.map(textOf))).toEqual([
        [expect.stringMatching(new RegExp(`:calendar-production-${severity}$`))],
        [expect.stringMatching(new RegExp(`:calendar-production-${severity}$`))],
      ]);
      const [, runbook] = /\n\nRunbook: https:\/\/\S+\/(docs\/runbooks\/\S+\.md)$/.exec(AlarmDescription) ?? [];
      expect(existsSync(runbook ?? AlarmName)).toBe(true);
    }
  });

  it("say what silence means", () => {
    const bad = alarms().filter(({ TreatMissingData }) => TreatMissingData === "breaching");
    expect(bad.map(({ AlarmName }) => AlarmName.split(": ")[1]).sort()).toEqual([
      "fewer than two healthy containers",
      "no requests at all",
      "push messages pile up",
      "replica",
    ]);
    for (const { TreatMissingData } of all("AWS::CloudWatch::Alarm")) expect(TreatMissingData).toMatch(/^(notB|b)reaching$/);
  });

  it.each([
    ["availability", [1.44, 0.6, 0.3, 0.1]],
    ["latency", [72, 30, 15, 5]],
  ])("tell how fast the budget of %s burns, over a long and a short window", (what, thresholds) => {
    const windows = [
      [3_600, 300],
      [21_600, 1_800],
      [86_400, 7_200],
      [259_200, 21_600],
    ];
    const severities = ["critical", "critical", "warning", "warning"];
    for (const [index, rate] of [14.4, 6, 3, 1].entries()) {
      const { AlarmName, AlarmRule } = alarm(`${what} budget burns at ${rate} times its rate`);
      expect(AlarmName).toContain(`[${severities[index]}]`);
      const parts = AlarmRule["Fn::Join"][1].flatMap((part: Json) => part["Fn::GetAtt"]?.[0] ?? []);
      const resources = template.findResources("AWS::CloudWatch::Alarm");
      const made = parts.map((id: string) => resources[id]?.Properties);
      expect(textOf(AlarmRule)).toMatch(/^\(ALARM\(.*\) AND ALARM\(.*\)\)$/);
      expect(made.map(({ Threshold }: Json) => Threshold)).toEqual([thresholds[index], thresholds[index]]);
      const periods = made.map(({ Metrics }: Json) => Metrics.find(({ MetricStat }: Json) => MetricStat).MetricStat.Period);
      expect(periods).toEqual(windows[index]);
      expect(made.every(isPart)).toBe(true);
    }
  });

  it("count as failed what clients see fail: answers of the API, and those of the load balancer alone", () => {
    const [part] = all("AWS::CloudWatch::Alarm").filter(({ AlarmName }) => /part.*availability/.test(AlarmName));
    const measured = part.Metrics.flatMap(({ MetricStat }: Json) => MetricStat?.Metric.MetricName ?? []);
    expect(measured.sort()).toEqual(["HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count", "RequestCount"]);
    const [slow] = all("AWS::CloudWatch::Alarm").filter(({ AlarmName }) => /part.*latency/.test(AlarmName));
    expect(slow.Metrics.flatMap(({ MetricStat }: Json) => MetricStat?.Stat ?? [])).toEqual([`PR(0:${objectives.fastSeconds})`]);
  });

  it.each([
    ["fewer than two healthy containers", { MetricName: "HealthyHostCount", Threshold: 2 }],
    ["certificate ends within 30 days", { MetricName: "DaysToExpiry", Threshold: 30 }],
    ["the firewall blocks much", { MetricName: "BlockedRequests" }],
    ["NAT is out of ports", { Metrics: expect.arrayContaining([expect.objectContaining({ Expression: "SUM([m0, m1, m2])" })]) }],
    ["api: CPU is used up", { MetricName: "CPUUtilization", Namespace: "AWS/ECS" }],
    [
      "api: memory is used up",
      {
        Threshold: 90,
        Metrics: expect.arrayContaining([
          expect.objectContaining({ Expression: `100 * resident / ${(2048 - 192) * 2 ** 20}` }),
          expect.objectContaining({
            MetricStat: expect.objectContaining({ Metric: expect.objectContaining({ MetricName: "MemoryResident" }) }),
          }),
        ]),
      },
    ],
    [
      "worker: no more tasks may be started",
      {
        Threshold: 7,
        Metrics: [{ MetricStat: { Metric: { MetricName: "RunningTaskCount", Namespace: "ECS/ContainerInsights" } } }],
      },
    ],
    ["worker: log lines are lost", { MetricName: "LogLinesDropped", Threshold: 0 }],
    ["event loops are full", { MetricName: "EventLoopUse" }],
    ["event loops stand still", { MetricName: "EventLoopDelay" }],
    ["statements wait for connections", { MetricName: "DatabaseWaiting" }],
    ["database: CPU is used up", { MetricName: "CPUUtilization", Namespace: "AWS/RDS" }],
    ["database: connections run out", { MetricName: "DatabaseConnections", Threshold: 1_441 }],
    ["database: storage runs out", { MetricName: "FreeStorageSpace", Threshold: 10 * 1024 ** 3 }],
    ["database: many wait for locks", { MetricName: "DatabaseLocksWaiting" }],
    ["replica: far behind, says RDS", { MetricName: "ReplicaLag", Namespace: "AWS/RDS", Threshold: 330 }],
    ["replica: left out", { MetricName: "ReplicaLag", Namespace: "CalendarApi" }],
    ["push messages come late", { MetricName: "PushDelay" }],
    ["push messages pile up", { MetricName: "PushesWaiting" }],
  ])("%s", (title, wanted) => {
    expect(alarm(title)).toMatchObject(wanted);
  });

  it("of deadlocks ask Database Insights", () => {
    expect(textOf(alarm("database: deadlocks").Metrics[0].Expression)).toMatch(/^DB_PERF_INSIGHTS\('RDS', '.*deadlocks\.avg'\)$/);
  });

  it("name the firewall's metric as the firewall does", () => {
    const [{ VisibilityConfig }] = all("AWS::WAFv2::WebACL");
    const { Dimensions } = alarm("the firewall blocks much");
    expect(Dimensions).toContainEqual({ Name: "WebACL", Value: VisibilityConfig.MetricName });
    // A word of WAF's own, which a firewall may not have for its name.
    expect(VisibilityConfig.MetricName).not.toBe("All");
  });

  it.each([
    ["fail requests", "IF(requests > 20, 100 * FILL(failed, 0) / requests, 0)"],
    ["are slow", "IF(requests > 100, p95, 0)"],
  ])("take no release back for a handful of requests: containers %s", (title, expression) => {
    const { api } = production;
    const [{ Properties }] = Object.values(api.findResources("AWS::CloudWatch::Alarm")).filter(({ Properties }) =>
      Properties.AlarmName.includes(`containers ${title}`),
    ) as [Json];
    expect(Properties.Metrics.map(({ Expression }: Json) => Expression)).toContain(expression);
    expect(Properties.Metrics.flatMap(({ MetricStat }: Json) => MetricStat?.Metric.MetricName ?? [])).toContain("RequestCount");
  });

  it("take a release back: they are in the service's own stack, before it, by their names", () => {
    const { api } = production;
    const made = api.findResources("AWS::CloudWatch::Alarm");
    const [service] = Object.values(
      api.findResources("AWS::ECS::Service", { Properties: { ServiceName: "calendar-production-api" } }),
    ) as Json[];
    const { Alarms } = service.Properties.DeploymentConfiguration;
    expect(Alarms).toMatchObject({ Enable: true, Rollback: true });
    const names = Alarms.AlarmNames.map(({ Ref }: Json) => made[Ref]?.Properties.AlarmName);
    expect(names).toEqual([expect.stringContaining("fail requests"), expect.stringContaining("are slow")]);
    expect(service.DependsOn).toEqual(expect.arrayContaining(Object.keys(made)));
  });
});

describe("ways to people", () => {
  it("are two topics that CloudWatch may publish to, encrypted, over TLS alone", () => {
    const topics = all("AWS::SNS::Topic");
    expect(topics.map(({ TopicName }) => TopicName).sort()).toEqual([
      "calendar-production-critical",
      "calendar-production-warning",
    ]);
    expect(topics.every(({ KmsMasterKeyId }) => KmsMasterKeyId)).toBe(true);
    for (const { PolicyDocument } of all("AWS::SNS::TopicPolicy")) {
      const statements: readonly Json[] = PolicyDocument.Statement;
      expect(statements).toContainEqual(
        expect.objectContaining({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
      );
      expect(statements).toContainEqual(
        expect.objectContaining({ Effect: "Allow", Action: "sns:Publish", Principal: { Service: "cloudwatch.amazonaws.com" } }),
      );
    }
    for (const Service of ["cloudwatch.amazonaws.com", "events.amazonaws.com"]) {
      template.hasResourceProperties("AWS::KMS::Key", {
        KeyPolicy: { Statement: Match.arrayWith([Match.objectLike({ Effect: "Allow", Principal: { Service } })]) },
      });
    }
  });

  it("lead to mailboxes for both, and to PagerDuty for what is critical, whose address the template does not know", () => {
    const ends = all("AWS::SNS::Subscription").map(({ Protocol, Endpoint, TopicArn }) => [
      Protocol,
      Endpoint,
      template.findResources("AWS::SNS::Topic")[TopicArn.Ref]?.Properties.TopicName.split("-").at(-1),
    ]);
    expect(ends.sort()).toEqual([
      ["email", "calendar-operators@example.org", "critical"],
      ["email", "calendar-operators@example.org", "warning"],
      ["https", "{{resolve:secretsmanager:calendar/pagerduty-url:SecretString:::}}", "critical"],
    ]);
  });

  it("lead to Slack, which may read metrics and do nothing", () => {
    template.hasResourceProperties("AWS::Chatbot::SlackChannelConfiguration", {
      SlackWorkspaceId: "T0000000000",
      SlackChannelId: "C0000000000",
      SnsTopicArns: [Match.anyValue(), Match.anyValue()],
      GuardrailPolicies: [Match.objectLike({ "Fn::Join": ["", Match.arrayWith([":iam::aws:policy/CloudWatchReadOnlyAccess"])] })],
    });
  });

  it("are mailboxes alone where nothing else is configured", async () => {
    const { observability } = await templatesOf(configOf("dev"));
    observability.resourceCountIs("AWS::Chatbot::SlackChannelConfiguration", 0);
    observability.resourceCountIs("AWS::SNS::Subscription", 2);
  }, 180_000);

  it.each([
    ["BackupFailed", { source: ["aws.backup"], "detail-type": ["Backup Job State Change", "Copy Job State Change"] }],
    ["RestoreTestFailed", { source: ["aws.backup"], "detail-type": ["Restore Job State Change"] }],
    ["ReleaseFailed", { source: ["aws.ecs"], detail: { eventName: ["SERVICE_DEPLOYMENT_FAILED"] } }],
  ])("hear of the event %s", (id, EventPattern) => {
    const [rule] = all("AWS::Events::Rule").filter(({ Name }) => Name === `calendar-production-${id}`);
    expect(rule).toMatchObject({ EventPattern });
    expect(rule.Targets[0].Arn.Ref).toMatch(/critical/);
    const [, runbook = ""] = /(docs\/runbooks\/\S+\.md)\.$/.exec(rule.Description) ?? [];
    expect(existsSync(runbook)).toBe(true);
  });
});

it("questions to the logs are saved", () => {
  const saved = all("AWS::Logs::QueryDefinition");
  expect(saved.map(({ Name }) => basename(Name)).sort()).toEqual([
    "errors by reason",
    "failed logins",
    "one correlation id",
    "rate-limited keys",
    "slowest requests",
    "usage per key",
  ]);
  for (const { LogGroupNames } of saved) expect(LogGroupNames).toHaveLength(1);
});
