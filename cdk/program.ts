import { aws_ecs as ecs, aws_iam as iam, aws_secretsmanager as secretsmanager } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DataStack } from "./data-stack.ts";
import type { EnvironmentStack } from "./environment-stack.ts";

/** Where the image has the certificates of RDS's authorities. */
const caFile = "/app/rds-global-bundle.pem";

/** What the program is told by its environment, wherever it runs: names of secrets, never their values. */
export const environmentOf = ({ config }: EnvironmentStack, data: DataStack): Record<string, string> => ({
  PUBLIC_URL: `https://${config.domainName}`,
  KEY_ENVIRONMENT: config.name === "production" ? "live" : config.name,
  DATABASE_SECRET_ARN: data.databaseSecret.secretArn,
  DATABASE_CA_FILE: caFile,
  KEY_PEPPER_SECRET_ARN: data.pepper.secretArn,
  ...(data.replica && {
    DATABASE_REPLICA_URL: `postgresql://${data.replica.dbInstanceEndpointAddress}:${data.replica.dbInstanceEndpointPort}/calendar`,
  }),
  ...(data.cache && { REDIS_URL: data.cache.url }),
  TRUSTED_PROXIES: "1",
  TRACE_SAMPLE_RATE: String(config.api.traceSampleRate),
});

/**
 * The secrets that ECS itself reads and puts into the environment of a task. They are named by their ARNs here, so that the right to read
 * them lands on the task's role: on the key's own policy it would make the stack of data wait for this one.
 */
export const taskSecretsOf = (scope: Construct, data: DataStack): Record<string, ecs.Secret> => {
  const named = (id: string, { secretArn }: secretsmanager.ISecret) =>
    ecs.Secret.fromSecretsManager(secretsmanager.Secret.fromSecretCompleteArn(scope, id, secretArn));
  return {
    BOOTSTRAP_ADMIN_KEY: named("AdminKey", data.adminKey),
    ...(data.cache && { REDIS_PASSWORD: named("CachePassword", data.cache.password) }),
  };
};

/** Lets a role decrypt what the key of the data encrypts. */
export const grantDecrypt = (role: iam.IRole, data: DataStack): void => {
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ["kms:Decrypt"], resources: [data.key.keyArn] }));
};

/** Lets the program do what it does by itself: read its secrets, and send traces. Rights stay on the role, no key's policy is touched. */
export const grantProgram = (role: iam.IRole, data: DataStack): void => {
  const secrets: readonly secretsmanager.ISecret[] = [data.databaseSecret, data.pepper];
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({
      actions: ["secretsmanager:GetSecretValue"],
      resources: secrets.map(({ secretArn }) => secretArn),
    }),
  );
  grantDecrypt(role, data);
  role.addToPrincipalPolicy(
    new iam.PolicyStatement({ actions: ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources: ["*"] }),
  );
};
