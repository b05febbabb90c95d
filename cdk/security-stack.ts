import {
  ArnFormat,
  aws_accessanalyzer as accessanalyzer,
  Duration,
  aws_events as events,
  aws_guardduty as guardduty,
  aws_securityhub as securityhub,
  aws_sns as sns,
  aws_events_targets as targets,
} from "aws-cdk-lib";
import type { Construct } from "constructs";
import { DeployRole } from "./deploy-role.ts";
import { DiffRole } from "./diff-role.ts";
import { EnvironmentStack, type StackProps } from "./environment-stack.ts";

/** Standards that Security Hub holds the account against, as the ends of their ARNs. */
const standards = ["aws-foundational-security-best-practices/v/1.0.0", "nist-800-53/v/5.0.0"] as const;

/**
 * What watches the account in one region, and who may deploy from outside. An account has one of each in a region, so an environment
 * has an account of its own.
 */
export class SecurityStack extends EnvironmentStack {
  constructor(scope: Construct, props: StackProps) {
    super(scope, "security", props);
    new guardduty.CfnDetector(this, "Detector", {
      enable: true,
      findingPublishingFrequency: "FIFTEEN_MINUTES",
      features: [
        { name: "S3_DATA_EVENTS", status: "ENABLED" },
        { name: "RDS_LOGIN_EVENTS", status: "ENABLED" },
        {
          name: "RUNTIME_MONITORING",
          status: "ENABLED",
          additionalConfiguration: [{ name: "ECS_FARGATE_AGENT_MANAGEMENT", status: "ENABLED" }],
        },
      ],
    });
    this.tellOfThreats();

    const hub = new securityhub.CfnHub(this, "Hub", {
      autoEnableControls: true,
      controlFindingGenerator: "SECURITY_CONTROL",
      enableDefaultStandards: false,
    });
    for (const standard of standards) {
      new securityhub.CfnStandard(this, `Standard ${standard.split("/")[0]}`, {
        standardsArn: `arn:${this.partition}:securityhub:${this.region}::standards/${standard}`,
      }).addResourceDependency(hub);
    }
    new accessanalyzer.CfnAnalyzer(this, "Analyzer", { analyzerName: this.nameOf("access"), type: "ACCOUNT" });
    // Roles know no regions: who stands in finds the one that is there.
    if (!this.config.standsIn) new DiffRole(this, new DeployRole(this).provider);
  }

  /** Findings of GuardDuty that are high or critical wake somebody. The topic comes later, and is known by its name. */
  private tellOfThreats(): void {
    const topic = this.formatArn({
      service: "sns",
      resource: this.nameOf("critical"),
      arnFormat: ArnFormat.NO_RESOURCE_NAME,
    });
    new events.Rule(this, "Threats", {
      ruleName: this.nameOf("threats"),
      description: "[critical] GuardDuty found something. Runbook: docs/runbooks/key-compromise.md.",
      eventPattern: {
        source: ["aws.guardduty"],
        detailType: ["GuardDuty Finding"],
        detail: { severity: [{ numeric: [">=", 7] }] },
      },
      targets: [
        new targets.SnsTopic(sns.Topic.fromTopicArn(this, "Critical", topic), {
          maxEventAge: Duration.hours(2),
          retryAttempts: 10,
        }),
      ],
    });
  }
}
