/** What the `cdk` command runs: every environment's stacks, as templates. `-c environment=production` for one alone. */
import { App } from "aws-cdk-lib";
import { findEndpoints } from "#container/routes.ts";
import { environments } from "./config.ts";
import { addEnvironment } from "./platform.ts";

const app = new App({ analyticsReporting: false });
const only = app.node.tryGetContext("environment") as string | undefined;
const imageDigest = (app.node.tryGetContext("image") as string | undefined) ?? `sha256:${"0".repeat(64)}`;
const endpoints = (await findEndpoints()).map(({ description }) => description);
for (const config of environments.filter(({ name }) => only === undefined || name === only)) {
  addEnvironment(app, config, { endpoints, imageDigest, bundles: "dist/lambda" });
}
app.synth();
