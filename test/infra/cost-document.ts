/** `docs/cost.md`: what each environment costs when nobody calls it, and what a million requests add; quantities out of the code. */
import type { Template } from "aws-cdk-lib/assertions";
import { type EnvironmentConfig, environments } from "#cdk/config.ts";

const hours = 730;

interface Price {
  /** USD, eu-central-1. */
  readonly usd: number;
  /** What it was held against; undefined: from memory. */
  readonly seen?: string;
}

/** List prices on demand. Those that no page could be found for are from memory. */
const prices = {
  vcpuHour: { usd: 0.03725, seen: "us-east-1 0.03238: vantage.sh/blog/fargate-pricing" },
  gbHour: { usd: 0.00409, seen: "us-east-1 0.00356: vantage.sh/blog/fargate-pricing" },
  "t4g.medium": { usd: 0.076, seen: "us-east-1 0.065: infratally.com" },
  "m8g.large": { usd: 0.21 },
  "r8g.large": { usd: 0.29 },
  "r8g.xlarge": { usd: 0.58 },
  insightsVcpuHour: { usd: 0.0125 },
  storageGb: { usd: 0.137, seen: "us-east-1 0.115: usage.ai" },
  backupGb: { usd: 0.103, seen: "us-east-1 0.095: usage.ai" },
  "cache.t4g.small": { usd: 0.03 },
  "cache.m7g.large": { usd: 0.151 },
  balancerHour: { usd: 0.027 },
  lcuHour: { usd: 0.008 },
  natHour: { usd: 0.052, seen: "us-east-1 0.045: cloudburn.io" },
  addressHour: { usd: 0.005, seen: "all regions: cloudburn.io" },
  endpointHour: { usd: 0.012 },
  firewall: { usd: 5 },
  firewallRule: { usd: 1 },
  antiDdos: { usd: 20 },
  key: { usd: 1, seen: "all regions: github.com/gordonmurray/terraform_aws_rds_postgres_atlas" },
  secret: { usd: 0.4, seen: "all regions: github.com/gordonmurray/terraform_aws_rds_postgres_atlas" },
  alarm: { usd: 0.1 },
  compositeAlarm: { usd: 0.5 },
  dashboard: { usd: 3 },
  metric: { usd: 0.3 },
  watchedVcpu: { usd: 1.65 },
} as const satisfies Record<string, Price>;

type Priced = keyof typeof prices;
type Line = readonly [item: string, quantity: number, unit: string, price: Priced];

const count = (templates: readonly (Template | undefined)[], type: string, properties = {}): number =>
  templates.reduce(
    (sum, template) => sum + Object.keys(template?.findResources(type, { Properties: properties }) ?? {}).length,
    0,
  );

/** Metrics of our own: 15 routes had 15 in the bench, which leaves none out that has been called; and 15 others. */
const metricsOf = (routes: number): number => routes + 15;

const linesOf = (config: EnvironmentConfig, templates: readonly (Template | undefined)[], routes: number): readonly Line[] => {
  const { api, worker, database, cache } = config;
  const tasks = [
    ["API tasks", api],
    ["worker tasks", worker],
  ] as const;
  const vcpus = tasks.reduce((sum, [, { size, tasks }]) => sum + (tasks.min * size.cpu) / 1024, 0);
  const instances = (database.multiAz ? 2 : 1) + (database.replica ? 1 : 0);
  const nats = count(templates, "AWS::EC2::NatGateway");
  const endpoints = count(templates, "AWS::EC2::VPCEndpoint", { VpcEndpointType: "Interface" });
  const secrets = templates.flatMap((template) => Object.values(template?.findResources("AWS::SecretsManager::Secret") ?? {}));
  const replicated = secrets.filter(({ Properties }) => Properties.ReplicaRegions !== undefined).length;
  const copies = config.recoveryRegion === undefined ? 0 : database.storageGiB.initial * 2;
  return [
    ...tasks.flatMap(([name, { size, tasks }]): Line[] => [
      [
        `${name}: ${tasks.min} of ${size.cpu / 1024} vCPU, ${size.memoryMiB / 1024} GB`,
        (tasks.min * hours * size.cpu) / 1024,
        "vCPU hours",
        "vcpuHour",
      ],
      ["… memory", (tasks.min * hours * size.memoryMiB) / 1024, "GB hours", "gbHour"],
    ]),
    [
      `PostgreSQL, db.${database.instanceClass}: primary${database.multiAz ? ", standby" : ""}${database.replica ? ", replica" : ""}`,
      instances * hours,
      "hours",
      database.instanceClass,
    ],
    ["… storage, gp3, before it grows", instances * database.storageGiB.initial, "GB months", "storageGb"],
    ["… Database Insights, advanced", (database.replica ? 2 : 1) * 2 * hours, "vCPU hours", "insightsVcpuHour"],
    ["… backups beyond the size that is free: weekly", database.storageGiB.initial, "GB months", "backupGb"],
    ["… in the other region: to the second, and weekly", copies, "GB months", "backupGb"],
    ...(cache ? [[`Valkey: ${cache.nodes} ${cache.nodeType}`, cache.nodes * hours, "hours", cache.nodeType] as const] : []),
    ["load balancer", hours, "hours", "balancerHour"],
    ["… one capacity unit", hours, "LCU hours", "lcuHour"],
    ["NAT gateways", nats * hours, "hours", "natHour"],
    ["public IPv4 addresses: load balancer 3, NAT", (3 + nats) * hours, "hours", "addressHour"],
    ["interface endpoints, 3 zones each", endpoints * 3 * hours, "hours", "endpointHour"],
    ["WAF", 1, "web ACL", "firewall"],
    ["… rules", 6, "rules", "firewallRule"],
    ["… AntiDDoS rule group", 1, "group", "antiDdos"],
    ["KMS keys, both regions", count(templates, "AWS::KMS::Key"), "keys", "key"],
    ["secrets, with copies", secrets.length + replicated, "secrets", "secret"],
    ["alarms", count(templates, "AWS::CloudWatch::Alarm"), "alarms", "alarm"],
    ["… composite", count(templates, "AWS::CloudWatch::CompositeAlarm"), "alarms", "compositeAlarm"],
    ["dashboards", count(templates, "AWS::CloudWatch::Dashboard"), "dashboards", "dashboard"],
    ["our metrics, every route called", metricsOf(routes), "metrics", "metric"],
    ["GuardDuty's runtime monitoring", vcpus, "vCPUs", "watchedVcpu"],
  ];
};

const money = (usd: number): string => usd.toFixed(2);
const number = (value: number): string => value.toLocaleString("en-US", { maximumFractionDigits: 1 });

const tableOf = (config: EnvironmentConfig, lines: readonly Line[]): string => {
  const sum = lines.reduce((total, [, quantity, , price]) => total + quantity * prices[price].usd, 0);
  return `## ${config.name}

Budget: ${number(config.budgetUsdPerMonth)} USD a month (\`budgetUsdPerMonth\`).

| item | quantity | USD each | USD a month |
|---|---:|---:|---:|
${lines
  .filter(([, quantity]) => quantity > 0)
  .map(
    ([item, quantity, unit, price]) =>
      `| ${item} | ${number(quantity)} ${unit} | ${prices[price].usd} | ${money(quantity * prices[price].usd)} |`,
  )
  .join("\n")}
| **sum, before the first request** | | | **${money(sum)}** |
`;
};

/** What a run of `npm run bench emf` printed, GB per million requests, at 50 a second. */
const measured = { log: 0.4, metrics: 0.106 };

const perMillion = ({ api }: EnvironmentConfig): string => {
  const taskHours = 1_000_000 / api.requestsPerTaskPerMinute / 60;
  const cpu = api.size.cpu / 1024;
  const gb = api.size.memoryMiB / 1024;
  const told = measured.log + measured.metrics;
  const rows: readonly (readonly [item: string, quantity: string, usd: number])[] = [
    [
      `compute at the load that scaling aims for, ${number(api.requestsPerTaskPerMinute)} a minute and task`,
      `${taskHours.toFixed(2)} hours of ${cpu} vCPU, ${gb} GB`,
      taskHours * (cpu * prices.vcpuHour.usd + gb * prices.gbHour.usd),
    ],
    ["load balancer, 5 KB in and out each: 1 GB an LCU hour", "5 LCU hours", 5 * prices.lcuHour.usd],
    ["WAF, and its AntiDDoS group", "1 M requests at 0.60 and 0.15", 0.75],
    ["log taken in", `${measured.log} GB at 0.63`, measured.log * 0.63],
    ["metrics (EMF lines) taken in", `${measured.metrics} GB at 0.63`, measured.metrics * 0.63],
    ["masking of both", `${told.toFixed(3)} GB at 0.12`, told * 0.12],
    ["traces", `${number(1_000_000 * api.traceSampleRate)} at 5.00 a million`, 5 * api.traceSampleRate],
    ["answers to the internet, 2 KB each", "2 GB at 0.09", 0.18],
    ["through interface endpoints, in place of NAT (0.052)", `${told.toFixed(3)} GB at 0.01`, told * 0.01],
  ];
  return `| item | quantity | USD |
|---|---|---:|
${rows.map(([item, quantity, usd]) => `| ${item} | ${quantity} | ${usd.toFixed(3)} |`).join("\n")}
| **sum** | | **${rows.reduce((sum, [, , usd]) => sum + usd, 0).toFixed(2)}** |
`;
};

export const costDocument = (
  made: Readonly<Record<EnvironmentConfig["name"], readonly (Template | undefined)[]>>,
  routes: number,
): string => `# What it costs

Made by \`test/infra/cost-document.ts\` out of \`cdk/config.ts\` and the templates; a test fails where this file says otherwise
(\`UPDATE_DOCS=1\` writes it). Prices are AWS's list on demand for eu-central-1 in USD without tax, as known in November 2026, 730 hours a month. **Lists
change, and no price could be held against AWS's own list from here**: those that a page was found for are named at the end, with the
region that it speaks of; the others are from memory. Hold both against the calculator (calculator.aws) before a budget hangs on it.

Quantities are the least that runs: \`tasks.min\`, storage before it grows. Scaling adds tasks, of which \`spotOfFour\` of four are on Spot, at
about a third of the price. Compute Savings Plans (a year, nothing upfront) take about a fifth off Fargate, reserved instances about a third off PostgreSQL
and Valkey.

Not in the tables, for they go by use: data transfer between zones, Container Insights, enhanced monitoring's log, flow logs, ECR scans,
Security Hub and AWS Config (by checks), GuardDuty beyond its agents, the hour of a restored database each week, Shield Advanced (3,000 a month, off).

${environments.map((config) => tableOf(config, linesOf(config, made[config.name], routes))).join("\n")}
## A million requests more

In production. The bytes of the log and of metrics are those of a real run on one machine: \`npm run bench emf\` prints them. Metrics are one line
per set of dimensions and second at most, so their share falls with the load (0.018 GB at full speed); the log is a line per request. The database is in the sums above until it is full.

${perMillion(environments.find(({ name }) => name === "production") as EnvironmentConfig)}
## Prices that a page was found for

${(Object.entries(prices) as readonly (readonly [string, Price])[])
  .filter(([, { seen }]) => seen !== undefined)
  .map(([name, { usd, seen }]) => `- ${name}: ${usd} here; ${seen}`)
  .join("\n")}
`;
