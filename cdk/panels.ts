import { aws_cloudwatch as cloudwatch, Duration } from "aws-cdk-lib";

export const minute = Duration.minutes(1);

const height = 6;

/** A graph over time; a row takes four. `right`: another axis. */
export const graph = (
  title: string,
  left: readonly cloudwatch.IMetric[],
  {
    right = [],
    unit,
    stacked = false,
  }: { readonly right?: readonly cloudwatch.IMetric[]; readonly unit?: string; readonly stacked?: boolean } = {},
): cloudwatch.GraphWidget =>
  new cloudwatch.GraphWidget({
    title,
    left: [...left],
    right: [...right],
    leftYAxis: { min: 0, ...(unit !== undefined && { label: unit, showUnits: false }) },
    width: 6,
    height,
    stacked,
  });

/** A metric of AWS's own that no construct has a method for. */
export const awsMetric = (
  namespace: string,
  metricName: string,
  dimensionsMap: Readonly<Record<string, string>>,
  statistic: string,
  label = metricName,
): cloudwatch.Metric => new cloudwatch.Metric({ namespace, metricName, dimensionsMap, statistic, label, period: minute });
