import { aws_backup as backup, CfnOutput, Duration, aws_s3 as s3 } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { EnvironmentStack, type StackProps } from "./environment-stack.ts";
import { encryptionKey } from "./keys.ts";
import { logCopiesName, recoveryKeyOutput, recoveryPart, vaultLock } from "./recovery.ts";

/** What waits in the other region for the day that the first is lost: the key and the vault of backups, and copies of logs. */
export class RecoveryStack extends EnvironmentStack {
  constructor(scope: Construct, { config }: StackProps) {
    super(scope, recoveryPart, { config }, config.recoveryRegion);
    const key = encryptionKey(this, "RecoveryKey", recoveryPart);
    new CfnOutput(this, recoveryKeyOutput, {
      value: key.keyArn,
      description: "What encrypts backups and secrets that come here.",
    });
    new backup.BackupVault(this, "Vault", {
      backupVaultName: this.nameOf(recoveryPart),
      encryptionKey: key,
      ...(config.keepsData && { lockConfiguration: vaultLock }),
      removalPolicy: this.removalPolicy,
    });
    new s3.Bucket(this, "LogCopies", {
      bucketName: logCopiesName(this),
      // Copies are encrypted as what they are copies of.
      encryption: s3.BucketEncryption.S3_MANAGED,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      serverAccessLogsPrefix: "itself/",
      lifecycleRules: [
        {
          expiration: Duration.days(config.logDays),
          noncurrentVersionExpiration: Duration.days(7),
          abortIncompleteMultipartUploadAfter: Duration.days(1),
        },
      ],
      removalPolicy: this.removalPolicy,
    });
  }
}
