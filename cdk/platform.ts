import type { App } from "aws-cdk-lib";
import { ApiStack } from "./api-stack.ts";
import { type EnvironmentConfig, problemsOf } from "./config.ts";
import { CostStack } from "./cost-stack.ts";
import { DataStack } from "./data-stack.ts";
import { NetworkStack } from "./network-stack.ts";
import { ObservabilityStack } from "./observability-stack.ts";
import { RecoveryStack } from "./recovery-stack.ts";
import { RegistryStack } from "./registry-stack.ts";
import type { Routed } from "./routing.ts";
import { SecurityStack } from "./security-stack.ts";

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
  const elsewhere = config.recoveryRegion === undefined ? undefined : addElsewhere(app, config, config.recoveryRegion);
  const data = new DataStack(app, { config, network });
  const registry = new RegistryStack(app, { config, part: config.standsIn ? "registry-copy" : "registry" });
  const api = new ApiStack(app, { config, network, data, registry, ...release });
  const observability = new ObservabilityStack(app, { config, network, data, api });
  const security = new SecurityStack(app, { config });
  // Money knows no regions: the budget is there already.
  const cost = config.standsIn ? undefined : new CostStack(app, { config });
  if (elsewhere) {
    for (const stack of [data, registry, api]) for (const earlier of Object.values(elsewhere)) stack.addStackDependency(earlier);
  }
  return {
    network,
    data,
    registry,
    api,
    observability,
    security,
    cost,
    recovery: elsewhere?.recovery,
    registryCopy: elsewhere?.registryCopy,
  };
};

/** What an environment has in the other region, before it sends anything there. */
const addElsewhere = (app: App, config: EnvironmentConfig, region: string) => ({
  recovery: new RecoveryStack(app, { config }),
  // As what stands in there would make it, to the letter.
  registryCopy: new RegistryStack(app, { config: { ...config, region, recoveryRegion: undefined }, part: "registry-copy" }),
});
