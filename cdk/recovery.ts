import { ArnFormat, type aws_backup as backup, Duration, Fn } from "aws-cdk-lib";
import type { EnvironmentStack } from "./environment-stack.ts";

/** The part of an environment that is in the other region. */
export const recoveryPart = "recovery";
/** The output of its stack that holds its key's ARN. */
export const recoveryKeyOutput = "KeyArn";

/** How long the backup of a week is kept, and its copy. Whoever was erased is in no backup after it. */
export const weeklyDays = 90;

/**
 * What no vault keeps shorter or longer: nobody who may delete backups can have them go early by a shorter rule. Without a last day to
 * think it over, the lock is one that those who may can lift again (governance mode).
 */
export const vaultLock: backup.LockConfiguration = {
  minRetention: Duration.days(7),
  maxRetention: Duration.days(weeklyDays),
};

/** Where copies of backups go to; undefined: there is no other region. */
export const recoveryVaultArn = (stack: EnvironmentStack): string | undefined =>
  stack.config.recoveryRegion === undefined
    ? undefined
    : stack.formatArn({
        service: "backup",
        region: stack.config.recoveryRegion,
        resource: "backup-vault",
        resourceName: stack.nameOf(recoveryPart),
        arnFormat: ArnFormat.COLON_RESOURCE_NAME,
      });

/** The key in the other region. Its id is made when the key is, and exports stay in their region: CloudFormation reads the other stack's output. */
export const recoveryKeyArn = (stack: EnvironmentStack): string | undefined =>
  stack.config.recoveryRegion === undefined
    ? undefined
    : Fn.getStackOutput(`calendar-${stack.config.name}-${recoveryPart}`, recoveryKeyOutput, stack.config.recoveryRegion);

/** What the bucket of copies of the load balancer's logs is called: the buckets of all accounts share their names. */
export const logCopiesName = (stack: EnvironmentStack): string => `${stack.nameOf("log-copies")}-${stack.account}`;
