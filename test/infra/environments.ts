/** The environments as templates: no account, no credentials. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

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

/** All templates of an environment, by the part that they are: made once for all test files of a run, which takes some ten seconds. */
export const templatesOf = async (config: EnvironmentConfig) => {
  const key = createHash("sha256").update(JSON.stringify(config)).digest("hex");
  const file = join(process.env.CALENDAR_TEST_FOLDER as string, `${key}.json`);
  if (!existsSync(file)) {
    const { stacks } = await appOf(config);
    const made = Object.entries(stacks).flatMap(([part, stack]) => (stack ? [[part, Template.fromStack(stack).toJSON()]] : []));
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(Object.fromEntries(made)));
    renameSync(`${file}.${process.pid}`, file); // another process may have done the same
  }
  const templates = JSON.parse(readFileSync(file, "utf8")) as Record<string, Record<string, unknown>>;
  return Object.fromEntries(Object.entries(templates).map(([part, template]) => [part, Template.fromJSON(template)])) as {
    [Part in keyof Awaited<ReturnType<typeof appOf>>["stacks"]]: Template;
  };
};
