import { aws_cloudwatch as cloudwatch, type Duration } from "aws-cdk-lib";
import {
  type DimensionsOf,
  type MetricName,
  metricCatalogue,
  metricNamespace,
  serviceNames,
} from "#lib/observe/metric-catalogue.ts";

const units: Readonly<Record<string, cloudwatch.Unit>> = {
  Milliseconds: cloudwatch.Unit.MILLISECONDS,
  Count: cloudwatch.Unit.COUNT,
  Percent: cloudwatch.Unit.PERCENT,
  Bytes: cloudwatch.Unit.BYTES,
};

/** How a metric is looked at. */
export interface View {
  readonly statistic: string;
  readonly period: Duration;
  readonly label?: string;
}

/** One of the program's own metrics, out of its catalogue: another name, or other dimensions, do not compile. */
export const ourMetric = <Name extends MetricName>(
  service: keyof typeof serviceNames,
  name: Name,
  dimensions: DimensionsOf<Name>,
  view: View,
): cloudwatch.Metric =>
  new cloudwatch.Metric({
    namespace: metricNamespace,
    metricName: name,
    dimensionsMap: { service: serviceNames[service], ...(dimensions as Record<string, string>) },
    unit: units[metricCatalogue[name].unit] as cloudwatch.Unit,
    ...view,
  });

const withService = (dimensions: readonly string[]): string => ["service", ...dimensions].join(",");

/** One of them for every value that its dimensions have, routes that come later among them; for panels, alarms know no searches. */
export const ourSearch = (
  service: keyof typeof serviceNames,
  name: MetricName,
  { statistic, period, label }: View,
): cloudwatch.MathExpression => {
  const { dimensions } = metricCatalogue[name];
  const set = `{${metricNamespace},${withService(dimensions)}}`;
  return new cloudwatch.MathExpression({
    expression: `SEARCH('${set} MetricName="${name}" service="${serviceNames[service]}"', '${statistic}', ${period.toSeconds()})`,
    label: label ?? "",
    period,
  });
};

/** The sum of one of them over all values of its dimensions, as alarms take it. */
export const ourSum = (service: keyof typeof serviceNames, name: MetricName, period: Duration): cloudwatch.MathExpression => {
  const { dimensions } = metricCatalogue[name];
  const set = `"${metricNamespace}", ${withService(dimensions)}`;
  return new cloudwatch.MathExpression({
    expression: `SELECT SUM("${name}") FROM SCHEMA(${set}) WHERE service = '${serviceNames[service]}'`,
    label: name,
    period,
  });
};
