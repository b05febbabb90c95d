import { Duration, aws_iam as iam, aws_kms as kms, Stack } from "aws-cdk-lib";
import type { EnvironmentStack } from "./environment-stack.ts";

/** A KMS key that turns over each year, and an alias that tells what it is for. */
export const encryptionKey = (stack: EnvironmentStack, id: string, forWhat: string): kms.Key =>
  new kms.Key(stack, id, {
    alias: stack.nameOf(forWhat),
    description: `Calendar API, ${stack.config.name}: ${forWhat}.`,
    enableKeyRotation: true,
    rotationPeriod: Duration.days(365),
    removalPolicy: stack.removalPolicy,
  });

/** Lets a service of AWS encrypt and decrypt for this account's resources. */
export const letService = (key: kms.Key, principal: string, context: Readonly<Record<string, string>> = {}): void => {
  const conditions =
    Object.keys(context).length > 0 ? { ArnLike: context } : { StringEquals: { "aws:SourceAccount": Stack.of(key).account } };
  key.addToResourcePolicy(
    new iam.PolicyStatement({
      principals: [new iam.ServicePrincipal(principal)],
      actions: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
      resources: ["*"],
      conditions,
    }),
  );
};
