import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  Duration,
  aws_ec2 as ec2,
  aws_elasticloadbalancingv2 as elb,
  IgnoreMode,
  aws_iam as iam,
  aws_lambda as lambda,
  Size,
  aws_elasticloadbalancingv2_targets as targets,
} from "aws-cdk-lib";
import { Construct } from "constructs";
import type { DataStack } from "./data-stack.ts";
import type { EnvironmentStack } from "./environment-stack.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import { logGroup, masked, type NetworkStack } from "./network-stack.ts";
import { authoritiesFile, environmentOf, grantProgram } from "./program.ts";
import { exactPath, type Routed } from "./routing.ts";

interface FunctionsProps {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly edge: LoadBalancer;
  readonly endpoints: readonly Routed[];
  /** Where the build put the isolated bundles. */
  readonly bundles: string;
}

/** `events.list` lies in `handlers/events/list`, `.mjs`. */
const bundleOf = (id: string): string =>
  `handlers/${id.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace(".", "/")}`;

/** Where Lambda puts a function's files. */
const taskRoot = "/var/task";

/** Endpoints that the configuration takes out of the containers: the same handler files, as functions behind the same load balancer. */
export class Functions extends Construct {
  readonly byEndpoint: ReadonlyMap<string, lambda.Function>;

  constructor(stack: EnvironmentStack, props: FunctionsProps) {
    super(stack, "Functions");
    const moved = props.endpoints.filter(({ id }) => stack.config.compute[id] === "lambda");
    const made = new Map<string, lambda.Function>();
    const role = moved.length > 0 ? this.makeRole(props.data) : undefined;
    for (const [index, endpoint] of moved.entries()) {
      const handler = this.makeFunction(stack, props, endpoint.id, role as iam.Role);
      made.set(endpoint.id, handler);
      this.route(props.edge, endpoint, handler, 100 + index);
    }
    this.byEndpoint = made;
  }

  /** One role for all: they do the same kind of thing. */
  private makeRole(data: DataStack): iam.Role {
    const role = new iam.Role(this, "Role", { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") });
    role.addToPolicy(
      new iam.PolicyStatement({
        // What a function in a network of one's own takes; the interfaces that it makes have no names before.
        actions: [
          "ec2:CreateNetworkInterface",
          "ec2:DescribeNetworkInterfaces",
          "ec2:DescribeSubnets",
          "ec2:DeleteNetworkInterface",
          "ec2:AssignPrivateIpAddresses",
          "ec2:UnassignPrivateIpAddresses",
        ],
        resources: ["*"],
      }),
    );
    grantProgram(role, data);
    return role;
  }

  private makeFunction(
    stack: EnvironmentStack,
    { network, data, bundles }: FunctionsProps,
    id: string,
    role: iam.Role,
  ): lambda.Function {
    const bundle = bundleOf(id);
    const files = [`${bundle}.mjs`, authoritiesFile];
    for (const file of files) {
      if (!existsSync(join(bundles, file))) throw new Error(`${join(bundles, file)} is not there: run "npm run build" first.`);
    }
    const logs = logGroup(stack, `${id} logs`, `/calendar/${stack.config.name}/functions/${id}`, network.logsKey, {
      dataProtectionPolicy: masked(),
    });
    logs.grantWrite(role);
    return new lambda.Function(this, id, {
      functionName: stack.nameOf(id.replace(".", "-")),
      description: `The endpoint ${id}.`,
      runtime: new lambda.Runtime("nodejs24.x", lambda.RuntimeFamily.NODEJS),
      architecture: lambda.Architecture.ARM_64,
      code: lambda.Code.fromAsset(bundles, {
        ignoreMode: IgnoreMode.DOCKER,
        exclude: ["**", ...files.map((file) => `!${file}`)],
      }),
      handler: `${bundle}.handler`,
      memorySize: 1024,
      ephemeralStorageSize: Size.mebibytes(512),
      timeout: Duration.seconds(30),
      role,
      vpc: network.vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [network.groups.functions],
      logGroup: logs,
      loggingFormat: lambda.LoggingFormat.TEXT,
      tracing: lambda.Tracing.ACTIVE,
      // Each holds its own connections to the database: more of them would take those of the containers.
      reservedConcurrentExecutions: 50,
      environment: { ...environmentOf(stack, data, taskRoot), DATABASE_POOL_SIZE: "1" },
    });
  }

  /** Its method and its path alone, before the rule that leads to the containers. */
  private route(edge: LoadBalancer, { id, route }: Routed, handler: lambda.Function, priority: number): void {
    const group = new elb.ApplicationTargetGroup(this, `${id} target`, {
      targetType: elb.TargetType.LAMBDA,
      targets: [new targets.LambdaTarget(handler)],
      multiValueHeadersEnabled: true,
    });
    const { method, path } = exactPath(route);
    new elb.CfnListenerRule(this, `${id} rule`, {
      listenerArn: edge.listener.listenerArn,
      priority,
      conditions: [
        { field: "http-request-method", httpRequestMethodConfig: { values: [method] } },
        { field: "path-pattern", pathPatternConfig: { regexValues: [path] } },
      ],
      actions: [{ type: "forward", targetGroupArn: group.targetGroupArn }],
    });
  }
}
