/** `docs/metrics.md`, made from the catalogue and from the alarms of production's templates. */
import type { Template } from "aws-cdk-lib/assertions";
import { metricCatalogue, metricNamespace, serviceNames } from "#lib/observe/metric-catalogue.ts";

// biome-ignore lint/suspicious/noExplicitAny: templates are JSON of every shape.
type Json = any;

const spoken = (seconds: number): string => {
  if (seconds % 86_400 === 0) return `${seconds / 86_400} d`;
  if (seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return `${seconds / 60} min`;
};

const periodOf = ({ Period, Metrics = [] }: Json): number =>
  Period ?? Math.max(...Metrics.map((metric: Json) => metric.Period ?? metric.MetricStat?.Period ?? 0));

const limitOf = (alarm: Json): string => {
  const over = alarm.ComparisonOperator === "GreaterThanThreshold" ? "above" : "below";
  const { DatapointsToAlarm: bad, EvaluationPeriods: of } = alarm;
  const each = spoken(periodOf(alarm));
  return `${over} ${alarm.Threshold.toLocaleString("en")}, ${of === 1 ? each : `${bad} of ${of} times ${each}`}`;
};

const alarmRow = (alarm: Json): string => {
  const [, severity, title] = /^\[(\w+)\] calendar \w+: (.*)$/.exec(alarm.AlarmName ?? alarm.CompositeAlarmName) as string[];
  const [about, link = ""] = alarm.AlarmDescription.split("\n\nRunbook: ");
  const runbook = /(\w[\w-]*)\.md$/.exec(link)?.[1];
  const limit = alarm.AlarmRule ? "two windows, see the text" : limitOf(alarm);
  const silence = alarm.TreatMissingData === "breaching" ? "alarm" : "well";
  return `| ${severity} | ${title} | ${about} | ${limit} | ${silence} | [${runbook}](runbooks/${runbook}.md) |`;
};

/** The document; the templates are those of production. */
export const metricsDocument = (templates: readonly Template[]): string => {
  const alarms = templates
    .flatMap((template) => [
      ...Object.values(template.findResources("AWS::CloudWatch::CompositeAlarm")),
      ...Object.values(template.findResources("AWS::CloudWatch::Alarm")),
    ])
    .map(({ Properties }) => Properties)
    .filter(({ AlarmName }) => !AlarmName.startsWith("[part]"));
  const metrics = Object.entries(metricCatalogue).map(
    ([name, { unit, dimensions, about }]) => `| ${name} | ${unit} | ${dimensions.join(", ") || "–"} | ${about} |`,
  );
  return `# Metrics and alarms

Made from \`lib/observe/metric-catalogue.ts\` and the alarms in \`cdk/\` by \`UPDATE_DOCS=1 npm test -- test/infra/metrics-document\`; a test fails when
this file is not what they say.

## Metrics

Namespace \`${metricNamespace}\`. Every metric has the dimension \`service\` besides its own: ${Object.values(serviceNames)
    .map((name) => `\`${name}\``)
    .join(" or ")}.

| metric | unit | dimensions | what it tells |
|---|---|---|---|
${metrics.join("\n")}

## Alarms of production

\`critical\` wakes somebody, \`warning\` is read in working hours. Silence: what it means that nothing was measured.

| severity | alarm | what it tells | limit | silence | runbook |
|---|---|---|---|---|---|
${alarms.map(alarmRow).sort().join("\n")}
`;
};
