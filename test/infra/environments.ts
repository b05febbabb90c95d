/** The environments as templates, made once for all tests of a file: no account, no credentials. */
import { readFileSync } from "node:fs";

import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { acknowledge } from "#cdk/acknowledgements.ts";
import { type EnvironmentConfig, environments } from "#cdk/config.ts";
import { addEnvironment, type Release } from "#cdk/platform.ts";
import { findEndpoints } from "#container/routes.ts";

const { context } = JSON.parse(readFileSync("cdk.json", "utf8")) as { context: Record<string, unknown> };

/** The configuration of an environment, with changes. */
export const configOf = (name: EnvironmentConfig["name"], changes: Partial<EnvironmentConfig> = {}): EnvironmentConfig => {
  const found = environments.find((environment) => environment.name === name);
  if (!found) throw new Error(`There is no environment ${name}.`);
  return { ...found, ...changes };
};

export const endpointsOf = async () => (await findEndpoints()).map(({ description }) => description);

/** Where nothing has been released yet. */
export const release = async (more: Partial<Release> = {}): Promise<Release> => ({
  endpoints: await endpointsOf(),
  imageDigest: `sha256:${"0".repeat(64)}`,
  bundles: "dist/lambda",
  ...more,
});

/** An environment's app, with what is acknowledged. CDK's own validator stops the synthesis with all that it finds. */
export const appOf = async (config: EnvironmentConfig, more: Partial<Release> = {}) => {
  const app = new App({ context, analyticsReporting: false });
  const stacks = addEnvironment(app, config, await release(more));
  acknowledge(app);
  return { app, stacks };
};

/** All templates of an environment, by the part that they are. */
export const templatesOf = async (config: EnvironmentConfig, more: Partial<Release> = {}) => {
  const { stacks } = await appOf(config, more);
  return Object.fromEntries(
    Object.entries(stacks).flatMap(([part, stack]) => (stack ? [[part, Template.fromStack(stack)]] : [])),
  ) as { [Part in keyof typeof stacks]: Template };
};
