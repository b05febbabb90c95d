import { aws_cloudwatch as cloudwatch, Duration } from "aws-cdk-lib";
import { Construct } from "constructs";
import { runbookUrl } from "./alarm.ts";
import { AlarmRoutes } from "./alarm-routes.ts";
import { addAlarms } from "./alarms.ts";
import type { ApiStack } from "./api-stack.ts";
import { applicationPanels, businessPanels, databasePanels, infrastructurePanels } from "./dashboards.ts";
import type { DataStack } from "./data-stack.ts";
import { EnvironmentStack, type StackProps } from "./environment-stack.ts";
import { addLogQueries } from "./log-queries.ts";
import type { NetworkStack } from "./network-stack.ts";
import { addSlo } from "./slo.ts";

interface ObservabilityProps extends StackProps {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly api: ApiStack;
}

interface Subject {
  readonly about: string;
  readonly alarms: readonly cloudwatch.IAlarmRef[];
  readonly runbooks: readonly string[];
  readonly rows: readonly (readonly cloudwatch.IWidget[])[];
}

/** What tells how the environment is: dashboards, alarms, the ways to people, and saved questions to the logs. */
export class ObservabilityStack extends EnvironmentStack {
  readonly routes: AlarmRoutes;

  constructor(scope: Construct, { network, data, api, ...props }: ObservabilityProps) {
    super(scope, "observability", props);
    this.routes = new AlarmRoutes(this);
    const observed = { stack: this, config: this.config, network, data, api };
    const promises = addSlo(new Construct(this, "Promises"), this, api.edge.balancer);
    const { edge, compute, database, other } = addAlarms(this, observed);
    addLogQueries(this, this, api.containers.logs.api);

    this.addDashboard("application", {
      about: "What clients ask for and get.",
      alarms: [...promises, ...edge, ...api.containers.deploymentAlarms],
      runbooks: ["high-error-rate", "high-latency", "edge", "deploy-rollback"],
      rows: applicationPanels(observed),
    });
    this.addDashboard("infrastructure", {
      about: "What it runs on.",
      alarms: [...compute, ...edge],
      runbooks: ["saturation", "region-loss", "edge"],
      rows: infrastructurePanels(observed),
    });
    this.addDashboard("database", {
      about: "PostgreSQL: the primary, its replica, and the pools before them.",
      alarms: database,
      runbooks: ["database", "failover", "restore"],
      rows: databasePanels(observed),
    });
    this.addDashboard("business", {
      about: "Who uses it, for what, and what it costs.",
      alarms: [...promises, ...other],
      runbooks: ["push-delay", "key-compromise"],
      rows: businessPanels(observed),
    });
  }

  private addDashboard(subject: string, { about, alarms, runbooks, rows }: Subject): void {
    const links = runbooks.map((runbook) => `[${runbook}](${runbookUrl(this, runbook)})`).join(" · ");
    new cloudwatch.Dashboard(this, `Dashboard ${subject}`, {
      dashboardName: this.worldNameOf(subject),
      defaultInterval: Duration.hours(3),
      widgets: [
        [
          new cloudwatch.AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: 16, height: 4 }),
          new cloudwatch.TextWidget({
            markdown: `## ${subject}, ${this.config.name}\n${about}\n\nWhat to do: ${links}`,
            width: 8,
            height: 4,
          }),
        ],
        ...rows.map((row) => [...row]),
      ],
    });
  }
}
