import { Duration, aws_iam as iam } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { EnvironmentStack } from "./environment-stack.ts";
import { github } from "./github.ts";

/** Who looks what a change would do: pull requests and main. Their code may read the templates of this environment, and nothing else. */
export class DiffRole extends Construct {
  constructor(stack: EnvironmentStack, provider: iam.IOidcProvider) {
    super(stack, "Diff");
    const { config } = stack;
    const role = new iam.Role(this, "Role", {
      roleName: stack.nameOf("diff"),
      description: `Reads the templates of ${config.name} for ${config.repository}.`,
      maxSessionDuration: Duration.hours(1),
      assumedBy: github(provider, config.repository, ["pull_request", "ref:refs/heads/main"]),
    });
    const regions = [config.region, ...(config.recoveryRegion === undefined ? [] : [config.recoveryRegion])];
    role.addToPolicy(
      new iam.PolicyStatement({
        sid: "ReadTemplates",
        actions: ["cloudformation:DescribeStacks", "cloudformation:GetTemplate"],
        resources: regions.map((region) =>
          stack.formatArn({ service: "cloudformation", region, resource: "stack", resourceName: `${stack.nameOf("*")}/*` }),
        ),
      }),
    );
  }
}
