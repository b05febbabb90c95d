/**
 * What the `cdk` command runs: the stacks of one environment, `-c environment=production`, with an image, `-c image=sha256:…`, or
 * `-c image=none` for what does not reach the API's stack, which then has an image that there is not; those that stand in for it in its other region with `-c region=recovery -c restoreFrom=<ARN>` and perhaps `-c restoreTime=<UTC>`.
 */
import { App } from "aws-cdk-lib";
import { findEndpoints } from "#container/routes.ts";
import { environments, standIn } from "./config.ts";
import { addEnvironment } from "./platform.ts";

const app = new App({ analyticsReporting: false });
const told = (what: string) => app.node.tryGetContext(what) as string | undefined;
const image = told("image") ?? "none";
const config = environments.find(({ name }) => name === told("environment"));
if (!config) throw new Error(`Say which environment, as -c environment=${environments.map(({ name }) => name).join("|")}.`);
if (process.env.CDK_DEFAULT_ACCOUNT && told("image") === undefined) {
  throw new Error("Say which image runs, as -c image=sha256:…; or -c image=none where the API's stack is not deployed.");
}
if (process.env.CDK_DEFAULT_ACCOUNT && config.hostedZone.name === "example.org") {
  throw new Error("cdk/config.ts still has the names of an example: domain, hosted zone, repository, where alarms go.");
}
const { restoreFrom = "", restoreTime } = { restoreFrom: told("restoreFrom"), restoreTime: told("restoreTime") };
const endpoints = (await findEndpoints()).map(({ description }) => description);
addEnvironment(app, told("region") === "recovery" ? standIn(config, { restoreFrom, restoreTime }) : config, {
  endpoints,
  imageDigest: image === "none" ? `sha256:${"0".repeat(64)}` : image,
  bundles: "dist/lambda",
});
app.synth();
