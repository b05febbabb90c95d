import type { App } from "aws-cdk-lib";
import { ApiStack } from "./api-stack.ts";
import { type EnvironmentConfig, problemsOf } from "./config.ts";
import { DataStack } from "./data-stack.ts";
import { NetworkStack } from "./network-stack.ts";
import { RegistryStack } from "./registry-stack.ts";
import type { Routed } from "./routing.ts";

export interface Release {
  readonly endpoints: readonly Routed[];
  /** The image that runs, `sha256:…`: what was tested, and nothing that got its name later. */
  readonly imageDigest: string;
  /** Where `npm run build` put the isolated bundles. */
  readonly bundles: string;
}

/** Puts all stacks of an environment into an app. Throws what is wrong with its configuration, all of it. */
export const addEnvironment = (app: App, config: EnvironmentConfig, release: Release) => {
  const problems = problemsOf(config, release.endpoints);
  if (problems.length > 0)
    throw new Error(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
  const network = new NetworkStack(app, { config });
  const data = new DataStack(app, { config, network });
  const registry = new RegistryStack(app, { config });
  const api = new ApiStack(app, { config, network, data, registry, ...release });
  return { network, data, registry, api };
};
