/** Our own metrics: those that templates look at, and those that lines in the embedded metric format say. */
import type { Template } from "aws-cdk-lib/assertions";
import { type MetricName, metricCatalogue, metricNamespace } from "#lib/observe/metric-catalogue.ts";

/** A metric under its dimensions; undefined: all values that there are. */
export interface Shown {
  readonly where: string;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, string | undefined>>;
}

export interface Emitted {
  readonly name: string;
  readonly unit: string;
  readonly dimensions: Readonly<Record<string, string>>;
}

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of every shape.
type Json = any;

/** A text with what is only known when it is deployed: those parts as words. */
export const textOf = (value: Json): string => {
  if (typeof value === "string") return value;
  const [separator, parts] = value["Fn::Join"] ?? [];
  return parts ? parts.map((part: Json) => (typeof part === "string" ? part : "deployed")).join(separator) : "deployed";
};

/** What a search or a query looks at; nothing when it is not about our metrics. */
const inExpression = (where: string, expression: string): readonly Shown[] => {
  const search = /^SEARCH\('\{(\w+),([\w,]+)\} MetricName="(\w+)" service="([\w-]+)"', '.+', \d+\)$/.exec(expression);
  const query = /^SELECT SUM\("(\w+)"\) FROM SCHEMA\("(\w+)", ([\w,]+)\) WHERE service = '([\w-]+)'$/.exec(expression);
  if (!search && !query) {
    if (/SEARCH|SELECT/.test(expression)) throw new Error(`${where}: cannot read ${expression}`);
    return [];
  }
  const [namespace, dimensions = "", name = "", service] = search?.slice(1) ?? [query?.[2], query?.[3], query?.[1], query?.[4]];
  if (namespace !== metricNamespace) throw new Error(`${where}: not our namespace: ${namespace}`);
  const all = Object.fromEntries(dimensions.split(",").map((dimension) => [dimension, undefined]));
  return [{ where, name, dimensions: { ...all, service } }];
};

const pairs = (list: readonly string[]): Record<string, string> =>
  Object.fromEntries(Array.from({ length: list.length / 2 }, (_, index) => [list[index * 2], list[index * 2 + 1]]));

const inWidget = (where: string, { properties }: Json): readonly Shown[] =>
  (properties?.metrics ?? []).flatMap((row: Json[]) => {
    const [namespace, name, ...rest] = row;
    if (typeof namespace === "object") return inExpression(where, namespace.expression ?? "");
    if (namespace !== metricNamespace) return [];
    return [{ where, name, dimensions: pairs(rest.filter((part) => typeof part === "string")) }];
  });

const named = (list: readonly { readonly Name: string; readonly Value: string }[] = []) =>
  Object.fromEntries(list.map(({ Name, Value }) => [Name, Value]));

const plain = (where: string, { Namespace, MetricName: name, Dimensions }: Json): readonly Shown[] =>
  Namespace === metricNamespace ? [{ where, name, dimensions: named(Dimensions) }] : [];

const inAlarm = ({ AlarmName: where, Metrics = [], ...alarm }: Json): readonly Shown[] => [
  ...plain(where, alarm),
  ...Metrics.flatMap(({ MetricStat, Expression }: Json) =>
    MetricStat ? plain(where, MetricStat.Metric) : inExpression(where, textOf(Expression)),
  ),
];

const resources = (template: Template, type: string): readonly Json[] =>
  Object.values(template.findResources(type)).map(({ Properties }) => Properties);

/** The panels of a dashboard. */
export const widgetsOf = (dashboard: Json): readonly Json[] => JSON.parse(textOf(dashboard.DashboardBody)).widgets;

/** All that dashboards, alarms and the rules of scaling look at. */
export const shownIn = (templates: readonly Template[]): readonly Shown[] =>
  templates.flatMap((template) => [
    ...resources(template, "AWS::CloudWatch::Dashboard").flatMap((dashboard) =>
      widgetsOf(dashboard).flatMap((widget) => inWidget(`${dashboard.DashboardName}: ${widget.properties?.title}`, widget)),
    ),
    ...resources(template, "AWS::CloudWatch::Alarm").flatMap(inAlarm),
    ...resources(template, "AWS::ApplicationAutoScaling::ScalingPolicy").flatMap(
      ({ PolicyName, TargetTrackingScalingPolicyConfiguration: { CustomizedMetricSpecification: metric } }) =>
        metric ? plain(PolicyName, metric) : [],
    ),
  ]);

/** The metrics that are in what a program wrote. */
export const emittedIn = (written: string): readonly Emitted[] =>
  written
    .split("\n")
    .filter((line) => line.includes('"_aws"'))
    .flatMap((line) => {
      const entry = JSON.parse(line);
      return entry._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }: Json) =>
        Metrics.map(({ Name: name, Unit: unit }: Json) => {
          if (Namespace !== metricNamespace || Dimensions.length !== 1) throw new Error(`Not ours: ${line}`);
          return { name, unit, dimensions: Object.fromEntries(Dimensions[0].map((one: string) => [one, entry[one]])) };
        }),
      );
    });

/** What is wrong with an emitted metric: not in the catalogue, or not as it says. */
export const strangeness = ({ name, unit, dimensions }: Emitted): string | undefined => {
  const known = metricCatalogue[name as MetricName];
  if (!known) return `${name} is not in the catalogue`;
  if (known.unit !== unit) return `${name} is in ${unit}`;
  const wanted = ["service", ...known.dimensions].sort().join();
  const has = Object.keys(dimensions).sort().join();
  return wanted === has ? undefined : `${name} has the dimensions ${has}`;
};

/** Whether one that is shown was emitted. */
export const isShowing = (shown: Shown, { name, dimensions }: Emitted): boolean =>
  name === shown.name &&
  Object.keys(dimensions).length === Object.keys(shown.dimensions).length &&
  Object.entries(shown.dimensions).every(
    ([dimension, value]) => dimension in dimensions && (value === undefined || value === dimensions[dimension]),
  );
