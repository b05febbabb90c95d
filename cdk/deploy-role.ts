import { ArnFormat, Duration, aws_iam as iam } from "aws-cdk-lib";
import { Construct } from "constructs";
import type { EnvironmentStack } from "./environment-stack.ts";
import { github, githubProvider } from "./github.ts";

/** What `cdk bootstrap` made in each region, to be taken on by who deploys. */
const bootstrapped = ["deploy", "file-publishing", "image-publishing", "lookup"] as const;

/**
 * Who deploys from GitHub: the workflows of one repository in this environment, which GitHub states in a token; no key is kept anywhere.
 * They may take on the roles of CDK, push images, and run the migration; what is in the data they cannot read.
 */
export class DeployRole extends Construct {
  readonly role: iam.Role;
  /** Who states which workflow it is. */
  readonly provider: iam.OidcProviderNative;

  constructor(stack: EnvironmentStack) {
    super(stack, "Deploy");
    const { config } = stack;
    this.provider = githubProvider(this);
    this.role = new iam.Role(this, "Role", {
      roleName: stack.nameOf("deploy"),
      description: `Deploys ${config.name} from ${config.repository}.`,
      maxSessionDuration: Duration.hours(1),
      assumedBy: github(this.provider, config.repository, [`environment:${config.name}`]),
    });
    const arn = (service: string, resource: string, resourceName: string) => stack.formatArn({ service, resource, resourceName });
    const role = (name: string) => stack.formatArn({ service: "iam", region: "", resource: "role", resourceName: name });
    const cluster = arn("ecs", "cluster", stack.nameOf("cluster"));
    const regions = [config.region, ...(config.recoveryRegion === undefined ? [] : [config.recoveryRegion])];
    const statements: readonly iam.PolicyStatementProps[] = [
      {
        sid: "Cdk",
        actions: ["sts:AssumeRole"],
        resources: regions.flatMap((region) =>
          bootstrapped.map((which) => role(`cdk-hnb659fds-${which}-role-${stack.account}-${region}`)),
        ),
      },
      { sid: "LogInToRegistry", actions: ["ecr:GetAuthorizationToken"], resources: ["*"] },
      {
        sid: "PushImages",
        actions: [
          "ecr:BatchCheckLayerAvailability",
          "ecr:BatchGetImage",
          "ecr:CompleteLayerUpload",
          "ecr:DescribeImages",
          "ecr:DescribeImageScanFindings",
          "ecr:GetDownloadUrlForLayer",
          "ecr:InitiateLayerUpload",
          "ecr:PutImage",
          "ecr:UploadLayerPart",
        ],
        resources: [arn("ecr", "repository", stack.nameOf("api"))],
      },
      // The release before has the definition; the new one differs in its image.
      { sid: "ReadDefinitions", actions: ["ecs:DescribeTaskDefinition"], resources: ["*"] },
      {
        sid: "DefineMigration",
        actions: ["ecs:RegisterTaskDefinition"],
        resources: [arn("ecs", "task-definition", `${stack.nameOf("migration")}:*`)],
      },
      {
        sid: "Migrate",
        actions: ["ecs:RunTask"],
        resources: [arn("ecs", "task-definition", `${stack.nameOf("migration")}:*`)],
        conditions: { ArnEquals: { "ecs:cluster": cluster } },
      },
      {
        sid: "Watch",
        actions: ["ecs:DescribeTasks", "ecs:DescribeServices"],
        resources: [
          arn("ecs", "task", `${stack.nameOf("cluster")}/*`),
          ...["api", "worker"].map((service) => arn("ecs", "service", `${stack.nameOf("cluster")}/${stack.nameOf(service)}`)),
        ],
      },
      {
        sid: "RolesOfTheMigration",
        actions: ["iam:PassRole"],
        resources: [role(`calendar-${config.name}-api-ContainersMigration*`)],
        conditions: { StringEquals: { "iam:PassedToService": "ecs-tasks.amazonaws.com" } },
      },
      {
        sid: "ReadItsLog",
        actions: ["logs:FilterLogEvents", "logs:GetLogEvents"],
        resources: [
          stack.formatArn({
            service: "logs",
            resource: "log-group",
            resourceName: `/calendar/${config.name}/migration:*`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
      },
      {
        sid: "ReadSmokeKey",
        actions: ["secretsmanager:GetSecretValue"],
        resources: [
          stack.formatArn({
            service: "secretsmanager",
            resource: "secret",
            // Secrets Manager ends each name with six characters of its own.
            resourceName: `calendar/${config.name}/smoke-key-??????`,
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
          }),
        ],
      },
    ];
    for (const statement of statements) this.role.addToPolicy(new iam.PolicyStatement(statement));
  }
}
