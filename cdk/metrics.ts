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
