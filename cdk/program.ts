import { aws_ecs as ecs, aws_iam as iam, aws_secretsmanager as secretsmanager } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { DataStack } from "./data-stack.ts";
import type { EnvironmentStack } from "./environment-stack.ts";

/** The certificates of RDS's authorities, as the build names the file. */
export const authoritiesFile = "rds-global-bundle.pem";

/** What the program is told by its environment, wherever it runs: names of secrets, never their values. `folder`: where its files lie. */
export const environmentOf = ({ config }: EnvironmentStack, data: DataStack, folder: string): Record<string, string> => ({
  PUBLIC_URL: `https://${config.domainName}`,
  KEY_ENVIRONMENT: config.name === "production" ? "live" : config.name,
  DATABASE_SECRET_ARN: data.databaseSecret.secretArn,
  DATABASE_CA_FILE: `${folder}/${authoritiesFile}`,
  KEY_PEPPER_SECRET_ARN: data.pepper.secretArn,
  ...(data.replica && {
    DATABASE_REPLICA_URL: `postgresql://${data.replica.dbInstanceEndpointAddress}:${data.replica.dbInstanceEndpointPort}/calendar`,
  }),
  ...(data.cache && { REDIS_URL: data.cache.url, REDIS_PASSWORD_SECRET_ARN: data.cache.password.secretArn }),
  TRUSTED_PROXIES: "1",
  TRACE_SAMPLE_RATE: String(config.api.traceSampleRate),
});

/**
 * The secret that ECS itself reads and puts into the environment of a task. It is named by its ARN here, so that the right to read
 * it lands on the task's role: on the key's own policy it would make the stack of data wait for this one.
 */
export const taskSecretsOf = (scope: Construct, data: DataStack): Record<string, ecs.Secret> => ({
  BOOTSTRAP_ADMIN_KEY: ecs.Secret.fromSecretsManager(
    secretsmanager.Secret.fromSecretCompleteArn(scope, "AdminKey", data.adminKey.secretArn),
  ),
});

/** Lets a role decrypt what the key of the data encrypts. */
export const grantDecrypt = (role: iam.IRole, data: DataStack): void => {
  role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ["kms:Decrypt"], resources: [data.key.keyArn] }));
};

/** Lets the program do what it does by itself: read its secrets, and send traces. Rights stay on the role, no key's policy is touched. */
export const grantProgram = (role: iam.IRole, data: DataStack): void => {
  const secrets = [data.databaseSecret, data.pepper, ...(data.cache ? [data.cache.password] : [])];
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
