import { aws_budgets as budgets, aws_ce as ce } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { EnvironmentStack, type StackProps } from "./environment-stack.ts";

/** When people hear of money: so much of the month's budget is spent, or will be by its end. */
const limits = [
  { notificationType: "ACTUAL", threshold: 80 },
  { notificationType: "ACTUAL", threshold: 100 },
  { notificationType: "FORECASTED", threshold: 100 },
] as const;

/** An anomaly below this part of the budget is not worth a message. */
const anomalyShare = 0.03;

/**
 * The month's budget, and a watch for days that cost more than days like them. Both services are the account's, whatever
 * the region; CloudFormation has them in each, so their stack is beside the others. The watch goes by the tag `Environment`, which the account that pays has to have
 * activated as a cost allocation tag; a watch over all services cannot be made, for every account has one already and may have no other.
 */
export class CostStack extends EnvironmentStack {
  constructor(scope: Construct, props: StackProps) {
    super(scope, "cost", props);
    const { name, alarms, budgetUsdPerMonth } = this.config;
    const subscribers = [{ subscriptionType: "EMAIL", address: alarms.email }];
    new budgets.CfnBudget(this, "Budget", {
      budget: {
        budgetName: this.nameOf("month"),
        budgetType: "COST",
        timeUnit: "MONTHLY",
        budgetLimit: { amount: budgetUsdPerMonth, unit: "USD" },
      },
      notificationsWithSubscribers: limits.map((limit) => ({
        notification: { ...limit, comparisonOperator: "GREATER_THAN", thresholdType: "PERCENTAGE" },
        subscribers,
      })),
    });

    const monitor = new ce.CfnAnomalyMonitor(this, "Anomalies", {
      monitorName: this.nameOf("anomalies"),
      monitorType: "CUSTOM",
      monitorSpecification: JSON.stringify({ Tags: { Key: "Environment", MatchOptions: ["EQUALS"], Values: [name] } }),
    });
    new ce.CfnAnomalySubscription(this, "AnomalyMessages", {
      subscriptionName: this.nameOf("anomalies"),
      frequency: "DAILY",
      monitorArnList: [monitor.attrMonitorArn],
      subscribers: subscribers.map(({ address }) => ({ type: "EMAIL", address })),
      thresholdExpression: JSON.stringify({
        Dimensions: {
          Key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
          MatchOptions: ["GREATER_THAN_OR_EQUAL"],
          Values: [String(Math.round(budgetUsdPerMonth * anomalyShare))],
        },
      }),
    });
  }
}
