import { aws_backup as backup, Duration, aws_events as events, aws_iam as iam, type aws_rds as rds } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { EnvironmentStack } from "./environment-stack.ts";
import { encryptionKey } from "./keys.ts";
import { recoveryVaultArn, vaultLock, weeklyDays } from "./recovery.ts";

/**
 * Backups of the database beside RDS's own: to any second of the last days, and each week's, which goes to the other region too. The
 * latest is restored once a week, to see that it can be. Its replica has no data of its own and is in no plan.
 */
export class Backups extends Construct {
  readonly vault: backup.BackupVault;

  constructor(stack: EnvironmentStack, database: rds.DatabaseInstance) {
    super(stack, "Backups");
    const { config } = stack;
    const name = stack.nameOf("backups");
    this.vault = new backup.BackupVault(this, "Vault", {
      backupVaultName: name,
      encryptionKey: encryptionKey(stack, "BackupsKey", "backups"),
      ...(config.keepsData && { lockConfiguration: vaultLock }),
      removalPolicy: stack.removalPolicy,
    });
    const copies = recoveryVaultArn(stack);
    const plan = new backup.BackupPlan(this, "Plan", { backupPlanName: name, backupVault: this.vault });
    plan.addRule(
      new backup.BackupPlanRule({
        ruleName: "every-second",
        enableContinuousBackup: true,
        scheduleExpression: events.Schedule.cron({ hour: "2", minute: "0" }),
        startWindow: Duration.hours(1),
        completionWindow: Duration.hours(6),
        deleteAfter: Duration.days(config.database.backupDays),
      }),
    );
    plan.addRule(
      new backup.BackupPlanRule({
        ruleName: "every-week",
        scheduleExpression: events.Schedule.cron({ weekDay: "SUN", hour: "4", minute: "0" }),
        startWindow: Duration.hours(1),
        completionWindow: Duration.hours(6),
        deleteAfter: Duration.days(weeklyDays),
        ...(copies !== undefined && {
          copyActions: [
            {
              destinationBackupVault: backup.BackupVault.fromBackupVaultArn(this, "Copies", copies),
              deleteAfter: Duration.days(weeklyDays),
            },
          ],
        }),
      }),
    );
    const role = new iam.Role(this, "Role", { assumedBy: new iam.ServicePrincipal("backup.amazonaws.com") });
    plan.addSelection("Database", {
      backupSelectionName: stack.nameOf("database"),
      resources: [backup.BackupResource.fromRdsDatabaseInstance(database)],
      role: role as iam.IRole,
      allowRestores: true,
    });
    this.testRestores(stack, database, role);
  }

  /** Each week the latest backup becomes a database beside the real one, is kept for a working day to be looked at, and goes. */
  private testRestores(stack: EnvironmentStack, database: rds.DatabaseInstance, role: iam.Role): void {
    const name = `calendar_${stack.config.name}`;
    const plan = new backup.CfnRestoreTestingPlan(this, "RestoreTests", {
      restoreTestingPlanName: name,
      scheduleExpression: "cron(0 6 ? * MON *)",
      startWindowHours: 1,
      recoveryPointSelection: {
        algorithm: "LATEST_WITHIN_WINDOW",
        includeVaults: [this.vault.backupVaultArn],
        recoveryPointTypes: ["CONTINUOUS", "SNAPSHOT"],
        selectionWindowDays: 7,
      },
    });
    const { dbSubnetGroupName } = database.node.defaultChild as rds.CfnDBInstance;
    new backup.CfnRestoreTestingSelection(this, "RestoreTest", {
      restoreTestingPlanName: plan.ref,
      restoreTestingSelectionName: "database",
      protectedResourceType: "RDS",
      protectedResourceArns: [database.instanceArn],
      iamRoleArn: role.roleArn,
      // In the environment's own network: an account need not have another.
      restoreMetadataOverrides: { dbSubnetGroupName: dbSubnetGroupName as string },
      validationWindowHours: 8,
    });
  }
}
