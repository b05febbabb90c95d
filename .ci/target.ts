import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { environments } from "#cdk/config.ts";

/** An environment by its name. Throws with the names that there are. */
export const environmentOf = (name: string | undefined) => {
  const found = environments.find((environment) => environment.name === name);
  if (!found) throw new Error(`Say which environment: ${environments.map((environment) => environment.name).join(", ")}.`);
  return found;
};

/** Where a server is: of an environment by its name, or by its URL. Throws when the text is neither. */
export const urlOf = (target: string | undefined): string => {
  if (target !== undefined && /^https?:\/\//.test(target) && URL.canParse(target)) return target.replace(/\/$/, "");
  return `https://${environmentOf(target).domainName}`;
};

/** The API key that a server is tried with: `SMOKE_API_KEY`, or what AWS keeps as `calendar/<environment>/smoke-key`. */
export const keyOf = async (target: string | undefined): Promise<string> => {
  if (process.env.SMOKE_API_KEY) return process.env.SMOKE_API_KEY;
  if (target?.startsWith("http")) throw new Error("SMOKE_API_KEY must have an API key of that server.");
  const { name, region } = environmentOf(target);
  const { SecretString } = await new SecretsManagerClient({ region }).send(
    new GetSecretValueCommand({ SecretId: `calendar/${name}/smoke-key` }),
  );
  if (!SecretString) throw new Error(`The secret calendar/${name}/smoke-key is empty.`);
  return SecretString;
};

/** Runs a program's body; what it throws becomes one sentence on standard error, and the exit code 1. */
export const main = async (body: () => Promise<void>): Promise<void> => {
  try {
    await body();
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exitCode = 1;
  }
};
