import { aws_cloudwatch as cloudwatch } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { routeOf, type Severity } from "./alarm-routes.ts";
import type { EnvironmentStack } from "./environment-stack.ts";

/** What to do, by symptom: files of `docs/runbooks/`. */
type Runbook =
  | "database"
  | "deploy-rollback"
  | "edge"
  | "failover"
  | "high-error-rate"
  | "high-latency"
  | "push-delay"
  | "saturation";

/** What an alarm tells whoever reads it. */
interface Told {
  readonly severity: Severity;
  /** What is wrong, in a few words. */
  readonly title: string;
  readonly about: string;
  readonly runbook: Runbook;
}

export interface AlarmDescription extends Told {
  readonly metric: cloudwatch.IMetric;
  readonly threshold: number;
  /** Over the threshold (`>`, the default) or under it (`<`). */
  readonly when?: ">" | "<";
  /** How many of how many periods. */
  readonly periods: readonly [bad: number, of: number];
  /** What it means that nothing was measured: nothing wrong (the default), or that something is. */
  readonly silenceIsBad?: true;
}

export const runbookUrl = (stack: EnvironmentStack, runbook: string): string =>
  `https://github.com/${stack.config.repository}/blob/main/docs/runbooks/${runbook}.md`;

const nameOfAlarm = (stack: EnvironmentStack, kind: string, title: string): string =>
  `[${kind}] calendar ${stack.config.name}: ${title}`;

const textOf = (stack: EnvironmentStack, { about, runbook }: Told): string =>
  `${about}\n\nRunbook: ${runbookUrl(stack, runbook)}`;

const whatToMeasure = ({ metric, threshold, when = ">", periods: [bad, of], silenceIsBad }: AlarmDescription) => ({
  metric,
  threshold,
  comparisonOperator:
    when === ">" ? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
  datapointsToAlarm: bad,
  evaluationPeriods: of,
  treatMissingData: silenceIsBad ? cloudwatch.TreatMissingData.BREACHING : cloudwatch.TreatMissingData.NOT_BREACHING,
});

/** An alarm that goes to the people of its severity, when it begins and when it is over. */
export const addAlarm = (scope: Construct, stack: EnvironmentStack, id: string, alarm: AlarmDescription): cloudwatch.Alarm => {
  const made = new cloudwatch.Alarm(scope, id, {
    alarmName: nameOfAlarm(stack, alarm.severity, alarm.title),
    alarmDescription: textOf(stack, alarm),
    ...whatToMeasure(alarm),
  });
  made.addAlarmAction(routeOf(stack, alarm.severity));
  made.addOkAction(routeOf(stack, alarm.severity));
  return made;
};

/** An alarm that holds while all of its parts do. The parts tell nobody. */
export const addCompositeAlarm = (
  scope: Construct,
  stack: EnvironmentStack,
  id: string,
  told: Told,
  parts: Readonly<Record<string, Pick<AlarmDescription, "metric" | "threshold">>>,
): cloudwatch.CompositeAlarm => {
  const alarms = Object.entries(parts).map(
    ([part, measured]) =>
      new cloudwatch.Alarm(scope, `${id}${part}`, {
        alarmName: nameOfAlarm(stack, "part", `${told.title}, ${part}`),
        alarmDescription: textOf(stack, told),
        ...whatToMeasure({ ...told, ...measured, periods: [1, 1] }),
      }),
  );
  const made = new cloudwatch.CompositeAlarm(scope, id, {
    compositeAlarmName: nameOfAlarm(stack, told.severity, told.title),
    alarmDescription: textOf(stack, told),
    alarmRule: cloudwatch.AlarmRule.allOf(
      ...alarms.map((alarm) => cloudwatch.AlarmRule.fromAlarm(alarm, cloudwatch.AlarmState.ALARM)),
    ),
  });
  made.addAlarmAction(routeOf(stack, told.severity));
  made.addOkAction(routeOf(stack, told.severity));
  return made;
};
