/**
 * What the `cdk` command runs: every environment's stacks, as templates. `-c environment=production` for one alone; that with
 * `-c region=recovery -c restoreFrom=<ARN>` and perhaps `-c restoreTime=<UTC>` for the one that stands in for it in its other region.
 */
import { App } from "aws-cdk-lib";
import { findEndpoints } from "#container/routes.ts";
import { type EnvironmentConfig, environments, standIn } from "./config.ts";
import { addEnvironment } from "./platform.ts";

const app = new App({ analyticsReporting: false });
const told = (what: string) => app.node.tryGetContext(what) as string | undefined;
const only = told("environment");
const imageDigest = told("image") ?? `sha256:${"0".repeat(64)}`;
const endpoints = (await findEndpoints()).map(({ description }) => description);
const inRegion = (config: EnvironmentConfig): EnvironmentConfig =>
  told("region") === "recovery"
    ? standIn(config, { restoreFrom: told("restoreFrom") ?? "", restoreTime: told("restoreTime") })
    : config;
for (const config of environments.filter(({ name }) => only === undefined || name === only)) {
  addEnvironment(app, inRegion(config), { endpoints, imageDigest, bundles: "dist/lambda" });
}
app.synth();
