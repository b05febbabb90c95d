import {
  ArnFormat,
  aws_chatbot as chatbot,
  type aws_cloudwatch as cloudwatch,
  aws_events as events,
  aws_iam as iam,
  type aws_kms as kms,
  SecretValue,
  aws_sns as sns,
  aws_sns_subscriptions as subscriptions,
  aws_events_targets as targets,
} from "aws-cdk-lib";
import { Construct } from "constructs";
import type { EnvironmentStack } from "./environment-stack.ts";
import { encryptionKey, letService } from "./keys.ts";

/** `critical`: somebody is woken. `warning`: it is read in working hours. */
export type Severity = "critical" | "warning";

/**
 * Where an alarm goes, as its action: the topic of its severity, by name. So stacks that the topics come after can have alarms, and no
 * stack waits for another because of one.
 */
export const routeOf = (stack: EnvironmentStack, severity: Severity): cloudwatch.IAlarmAction => ({
  bind: () => ({
    alarmActionArn: stack.formatArn({
      service: "sns",
      resource: stack.nameOf(severity),
      arnFormat: ArnFormat.NO_RESOURCE_NAME,
    }),
  }),
});

/** The topics that alarms go to, and who reads them: people by e-mail, PagerDuty and Slack. */
export class AlarmRoutes extends Construct {
  readonly topics: Readonly<Record<Severity, sns.ITopic>>;
  readonly #stack: EnvironmentStack;

  constructor(stack: EnvironmentStack) {
    super(stack, "AlarmRoutes");
    this.#stack = stack;
    const key = encryptionKey(stack, "AlarmsKey", "alarms");
    // Without these an alarm is lost without a word.
    letService(key, "cloudwatch.amazonaws.com");
    // EventBridge does not say for whose account it asks, so no condition would hold.
    key.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal("events.amazonaws.com")],
        actions: ["kms:Decrypt", "kms:GenerateDataKey*"],
        resources: ["*"],
      }),
    );
    this.topics = { critical: this.makeTopic("critical", key), warning: this.makeTopic("warning", key) };

    const { email, pagerDutySecret, slack } = stack.config.alarms;
    for (const topic of Object.values(this.topics)) topic.addSubscription(new subscriptions.EmailSubscription(email));
    if (pagerDutySecret !== undefined) {
      // The address is the right to page somebody: it stays in Secrets Manager, and CloudFormation reads it there.
      const address = SecretValue.secretsManager(pagerDutySecret).unsafeUnwrap();
      this.topics.critical.addSubscription(
        new subscriptions.UrlSubscription(address, { protocol: sns.SubscriptionProtocol.HTTPS, rawMessageDelivery: false }),
      );
    }
    if (slack) this.addSlack(slack);
    this.routeEvents();
  }

  private makeTopic(severity: Severity, masterKey: kms.IKey): sns.Topic {
    const topic = new sns.Topic(this, severity, {
      topicName: this.#stack.nameOf(severity),
      displayName: `Calendar ${this.#stack.config.name}, ${severity}`,
      masterKey,
      enforceSSL: true,
    });
    // A policy of its own takes the place of the one that lets the whole account publish.
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal("cloudwatch.amazonaws.com")],
        actions: ["sns:Publish"],
        resources: [topic.topicArn],
        conditions: { StringEquals: { "aws:SourceAccount": this.#stack.account } },
      }),
    );
    return topic;
  }

  /** Slack, by Amazon Q Developer in chat applications: it may look at metrics to draw them, and at nothing else. */
  private addSlack({ workspaceId, channelId }: { readonly workspaceId: string; readonly channelId: string }): void {
    new chatbot.SlackChannelConfiguration(this, "Slack", {
      slackChannelConfigurationName: this.#stack.worldNameOf("alarms"),
      slackWorkspaceId: workspaceId,
      slackChannelId: channelId,
      notificationTopics: Object.values(this.topics),
      guardrailPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName("CloudWatchReadOnlyAccess")],
      loggingLevel: chatbot.LoggingLevel.ERROR,
    });
  }

  /** What services of AWS tell as events and no metric shows: backups that failed, and releases that ECS took back. */
  private routeEvents(): void {
    const failed = { state: ["FAILED", "ABORTED", "EXPIRED"] };
    const rules: Readonly<Record<string, { readonly description: string; readonly eventPattern: events.EventPattern }>> = {
      BackupFailed: {
        description: "[critical] A backup or its copy failed. Runbook: docs/runbooks/restore.md.",
        eventPattern: {
          source: ["aws.backup"],
          detailType: ["Backup Job State Change", "Copy Job State Change"],
          detail: failed,
        },
      },
      RestoreTestFailed: {
        description: "[critical] A backup could not be restored. Runbook: docs/runbooks/restore.md.",
        eventPattern: { source: ["aws.backup"], detailType: ["Restore Job State Change"], detail: { status: failed.state } },
      },
      ReleaseFailed: {
        description: "[critical] ECS gave a release up. Runbook: docs/runbooks/deploy-rollback.md.",
        eventPattern: {
          source: ["aws.ecs"],
          detailType: ["ECS Deployment State Change"],
          detail: { eventName: ["SERVICE_DEPLOYMENT_FAILED"] },
          resources: events.Match.wildcard(`*service/${this.#stack.nameOf("cluster")}/*`),
        },
      },
    };
    for (const [id, rule] of Object.entries(rules)) {
      new events.Rule(this, id, {
        ruleName: this.#stack.nameOf(id),
        ...rule,
        targets: [new targets.SnsTopic(this.topics.critical)],
      });
    }
  }
}
