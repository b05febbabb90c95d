/** AWS Secrets Manager as moto plays it: a rotation goes through the stages by AWS's own calls. */
import {
  CreateSecretCommand,
  DescribeSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import type { Moto } from "#test/support/moto.ts";

export interface MotoSecret {
  readonly arn: string;
  /** Keeps a value beside the current one. */
  putPending(value: string): Promise<void>;
  /** Makes the pending value the current one. */
  finish(): Promise<void>;
}

/** A secret with a value, in an AWS of a test's own. */
export const createSecret = async ({ url }: Moto, name: string, value: string): Promise<MotoSecret> => {
  const client = new SecretsManagerClient({
    endpoint: url,
    region: "eu-central-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  const { ARN: arn } = await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
  if (arn === undefined) throw new Error("moto made no secret.");
  /** The version that has a stage. */
  const version = async (stage: string): Promise<string | undefined> => {
    const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId: arn }));
    return Object.entries(VersionIdsToStages).find(([, stages]) => stages.includes(stage))?.[0];
  };
  return {
    arn,
    putPending: async (pending) => {
      await client.send(new PutSecretValueCommand({ SecretId: arn, SecretString: pending, VersionStages: ["AWSPENDING"] }));
    },
    finish: async () => {
      await client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: arn,
          VersionStage: "AWSCURRENT",
          MoveToVersionId: await version("AWSPENDING"),
          RemoveFromVersionId: await version("AWSCURRENT"),
        }),
      );
    },
  };
};
