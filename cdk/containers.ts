import {
  Aws,
  aws_cloudwatch as cloudwatch,
  Duration,
  aws_ec2 as ec2,
  aws_ecs as ecs,
  aws_elasticloadbalancingv2 as elb,
  aws_iam as iam,
  type aws_kms as kms,
  type aws_logs as logs,
  Size,
  aws_s3 as s3,
} from "aws-cdk-lib";
import { Construct } from "constructs";
import { serviceNames } from "#lib/observe/metric-catalogue.ts";
import type { TaskSize } from "./config.ts";
import type { DataStack } from "./data-stack.ts";
import { addDeploymentAlarms } from "./deployment-alarms.ts";
import type { EnvironmentStack } from "./environment-stack.ts";
import { encryptionKey } from "./keys.ts";
import type { LoadBalancer } from "./load-balancer.ts";
import { ourMetric } from "./metrics.ts";
import { logGroup, masked, type NetworkStack, ports } from "./network-stack.ts";
import { environmentOf, grantDecrypt, grantProgram, taskSecretsOf } from "./program.ts";
import type { RegistryStack } from "./registry-stack.ts";
import { type Routed, sharedRules } from "./routing.ts";

/** CloudWatch's agent, which takes traces from the program beside it and sends them to X-Ray. */
const agentImage = "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1.300062.0b1304";

/** What the agent writes to as it starts: its configuration in its own form, its process id, its log. */
const agentFolders = ["etc", "var", "logs"] as const;

/** What the program leaves of its task's memory: 64 MiB to that agent, 128 to GuardDuty's, which ECS puts beside it. */
const besideMiB = 192;

/** What the program itself may use of a task's memory before it is killed, MiB. */
export const programMemoryMiB = ({ memoryMiB }: TaskSize): number => memoryMiB - besideMiB;

/** How long a process may take to end after SIGTERM, beyond its drain, before it is killed. */
const lastSeconds = 35;

interface ContainersProps {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly registry: RegistryStack;
  readonly edge: LoadBalancer;
  /** The image's digest, `sha256:…`. */
  readonly imageDigest: string;
  readonly endpoints: readonly Routed[];
}

/** The tasks: the API behind the load balancer, the workers that send push messages, and the one that migrates before a release. */
export class Containers extends Construct {
  readonly cluster: ecs.ICluster;
  readonly targets: elb.ApplicationTargetGroup;
  /** What takes a release of the API back. */
  readonly deploymentAlarms: readonly cloudwatch.Alarm[];
  readonly api: ecs.FargateService;
  readonly worker: ecs.FargateService;
  readonly migration: ecs.FargateTaskDefinition;
  /** Logs of the API, and with them all metrics. */
  readonly logs: Readonly<Record<"api" | "worker" | "migration" | "agent", logs.LogGroup>>;
  /** Where CPU profiles go that somebody asks a task for. */
  readonly profiles: s3.IBucket;

  readonly #stack: EnvironmentStack;
  readonly #props: ContainersProps;
  readonly #secrets: Record<string, ecs.Secret>;
  readonly #profilesKey: kms.IKey;

  constructor(stack: EnvironmentStack, props: ContainersProps) {
    super(stack, "Containers");
    this.#stack = stack;
    this.#props = props;
    this.#secrets = taskSecretsOf(this, props.data);
    const { network, edge } = props;
    const { config } = stack;
    const group = (name: string) =>
      logGroup(stack, `${name} logs`, `/calendar/${config.name}/${name}`, network.logsKey, { dataProtectionPolicy: masked() });
    this.logs = { api: group("api"), worker: group("worker"), migration: group("migration"), agent: group("agent") };
    this.#profilesKey = encryptionKey(stack, "ProfilesKey", "profiles");
    this.profiles = new s3.Bucket(this, "Profiles", {
      bucketName: `${stack.worldNameOf("profiles")}-${stack.account}`,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: this.#profilesKey,
      bucketKeyEnabled: true,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      versioned: true,
      serverAccessLogsPrefix: "itself/",
      lifecycleRules: [{ expiration: Duration.days(30), noncurrentVersionExpiration: Duration.days(7) }],
      removalPolicy: stack.removalPolicy,
    }) as s3.IBucket;

    this.cluster = new ecs.Cluster(this, "Cluster", {
      clusterName: stack.nameOf("cluster"),
      vpc: network.vpc,
      containerInsightsV2: ecs.ContainerInsights.ENHANCED,
      enableFargateCapacityProviders: true,
    }) as ecs.ICluster;
    this.targets = this.makeTargets();
    for (const { priority, paths } of sharedRules(props.endpoints)) {
      edge.listener.addTargetGroups(`Containers${priority}`, {
        priority,
        conditions: [elb.ListenerCondition.pathPatterns([...paths])],
        targetGroups: [this.targets],
      });
    }
    this.deploymentAlarms = addDeploymentAlarms(this, stack, this.targets);
    this.api = this.makeApi();
    this.worker = this.makeWorker();
    this.migration = this.makeTask("Migration", config.worker.size, this.logs.migration, {
      command: ["node", "migrate.mjs"],
    });
  }

  private makeTargets(): elb.ApplicationTargetGroup {
    const { edge } = this.#stack.config;
    return new elb.ApplicationTargetGroup(this, "Targets", {
      vpc: this.#props.network.vpc,
      protocol: elb.ApplicationProtocol.HTTP,
      port: ports.api,
      targetType: elb.TargetType.IP,
      loadBalancingAlgorithmType: elb.TargetGroupLoadBalancingAlgorithmType.LEAST_OUTSTANDING_REQUESTS,
      // What a request may take, and a little more. Spot gives two minutes in all.
      deregistrationDelay: Duration.seconds(30),
      healthCheck: {
        path: "/health/ready",
        interval: Duration.seconds(edge.health.intervalSeconds),
        timeout: Duration.seconds(edge.health.timeoutSeconds),
        healthyThresholdCount: edge.health.healthy,
        unhealthyThresholdCount: edge.health.unhealthy,
        healthyHttpCodes: "200",
      },
    });
  }

  /** A task of the program with its agent beside it: no root, nothing to write to but /tmp. */
  private makeTask(
    id: string,
    size: TaskSize,
    logGroup: logs.ILogGroup,
    {
      environment = {},
      ...container
    }: { command?: string[]; environment?: Record<string, string>; portMappings?: ecs.PortMapping[] },
  ): ecs.FargateTaskDefinition {
    const { data, registry, imageDigest } = this.#props;
    const { config } = this.#stack;
    const task = new ecs.FargateTaskDefinition(this, id, {
      family: this.#stack.nameOf(id.toLowerCase()),
      cpu: size.cpu,
      memoryLimitMiB: size.memoryMiB,
      runtimePlatform: { cpuArchitecture: ecs.CpuArchitecture.ARM64, operatingSystemFamily: ecs.OperatingSystemFamily.LINUX },
    });
    grantProgram(task.taskRole, data);
    task.taskRole.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ["s3:PutObject"], resources: [this.profiles.arnForObjects("profiles/*")] }),
    );
    // An object is encrypted with a data key that its writer asks for.
    task.taskRole.addToPrincipalPolicy(
      new iam.PolicyStatement({ actions: ["kms:GenerateDataKey"], resources: [this.#profilesKey.keyArn] }),
    );
    // Everyone may write to it, since the image declares /tmp as a volume with the mode that it has there.
    task.addVolume({ name: "tmp" });
    const program = task.addContainer("program", {
      image: ecs.ContainerImage.fromRegistry(`${registry.repository.repositoryUri}@${imageDigest}`),
      essential: true,
      user: "1000",
      readonlyRootFilesystem: true,
      // V8 sizes its heap by the container's own limit: it does not see the task's.
      memoryLimitMiB: programMemoryMiB(size),
      // As process 1, Node would be deaf to SIGTERM until its program listens.
      linuxParameters: new ecs.LinuxParameters(this, `${id}Init`, { initProcessEnabled: true }),
      stopTimeout: Duration.seconds(config.api.drainSeconds + lastSeconds),
      logging: ecs.LogDrivers.awsLogs({
        logGroup,
        streamPrefix: "task",
        // Metrics are log lines: rather lose one than stand still, but not before 25 MiB wait.
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
        maxBufferSize: Size.mebibytes(25),
      }),
      environment: {
        ...environmentOf(this.#stack, data, "/app"),
        DRAIN_MS: String(config.api.drainSeconds * 1000),
        PROFILES_BUCKET: this.profiles.bucketName,
        ...environment,
      },
      secrets: this.#secrets,
      healthCheck: container.portMappings && {
        command: ["CMD", "node", "health.mjs"],
        interval: Duration.seconds(10),
        timeout: Duration.seconds(5),
        retries: 3,
        startPeriod: Duration.seconds(30),
      },
      ...container,
    } as ecs.ContainerDefinitionOptions);
    program.addMountPoints({ sourceVolume: "tmp", containerPath: "/tmp", readOnly: false });
    const agent = task.addContainer("agent", {
      image: ecs.ContainerImage.fromRegistry(agentImage),
      essential: false,
      readonlyRootFilesystem: true,
      memoryReservationMiB: 64,
      environment: {
        CW_CONFIG_CONTENT: JSON.stringify({ traces: { traces_collected: { xray: { bind_address: "127.0.0.1:2000" } } } }),
      },
      logging: ecs.LogDrivers.awsLogs({
        logGroup: this.logs.agent,
        streamPrefix: "agent",
        mode: ecs.AwsLogDriverMode.NON_BLOCKING,
      }),
    });
    for (const folder of agentFolders) {
      const sourceVolume = `agent-${folder}`;
      task.addVolume({ name: sourceVolume });
      agent.addMountPoints({ sourceVolume, containerPath: `/opt/aws/amazon-cloudwatch-agent/${folder}`, readOnly: false });
    }
    grantDecrypt(task.obtainExecutionRole(), data);
    registry.repository.grantPull(task.obtainExecutionRole());
    // GuardDuty puts its own agent beside the program, out of a repository that AWS has in an account of each region.
    task.obtainExecutionRole().addToPrincipalPolicy(
      new iam.PolicyStatement({
        actions: ["ecr:BatchCheckLayerAvailability", "ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage"],
        resources: [`arn:${Aws.PARTITION}:ecr:${Aws.REGION}:*:repository/aws-guardduty-agent-fargate`],
      }),
    );
    return task;
  }

  /** What the services have in common: rolled over without a gap, and back when the new tasks do not become healthy. */
  private service(task: ecs.FargateTaskDefinition, group: ec2.ISecurityGroup, tasks: { readonly min: number }) {
    return {
      cluster: this.cluster,
      taskDefinition: task,
      desiredCount: tasks.min,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [group],
      assignPublicIp: false,
      minHealthyPercent: 100,
      maxHealthyPercent: 200,
      circuitBreaker: { enable: true, rollback: true },
      enableECSManagedTags: true,
      propagateTags: ecs.PropagatedTagSource.SERVICE,
      availabilityZoneRebalancing: ecs.AvailabilityZoneRebalancing.ENABLED,
      enableExecuteCommand: false,
    };
  }

  private makeApi(): ecs.FargateService {
    const { config } = this.#stack;
    const { api } = config;
    const task = this.makeTask("Api", api.size, this.logs.api, {
      portMappings: [{ containerPort: ports.api }],
      environment: { PORT: String(ports.api), PUSH_WORKERS: "0" },
    });
    const { spotOfFour: spot } = api;
    const service = new ecs.FargateService(this, "ApiService", {
      ...this.service(task, this.#props.network.groups.api, api.tasks),
      serviceName: this.#stack.nameOf("api"),
      healthCheckGracePeriod: Duration.seconds(30),
      deploymentAlarms: {
        alarmNames: this.deploymentAlarms.map(({ alarmName }) => alarmName),
        behavior: ecs.AlarmBehavior.ROLLBACK_ON_ALARM,
      },
      capacityProviderStrategies: [
        { capacityProvider: "FARGATE", base: api.tasks.min, weight: 4 - spot },
        ...(spot > 0 ? [{ capacityProvider: "FARGATE_SPOT", weight: spot }] : []),
      ],
    });
    service.attachToApplicationTargetGroup(this.targets);
    // Alarms are named, and must be there first.
    service.node.addDependency(...this.deploymentAlarms);

    const scaling = service.autoScaleTaskCount({ minCapacity: api.tasks.min, maxCapacity: api.tasks.max });
    const cooldowns = { scaleOutCooldown: Duration.seconds(60), scaleInCooldown: Duration.minutes(5) };
    scaling.scaleOnCpuUtilization("Cpu", { targetUtilizationPercent: 60, ...cooldowns });
    scaling.scaleOnMemoryUtilization("Memory", { targetUtilizationPercent: 75, ...cooldowns });
    scaling.scaleOnRequestCount("Requests", {
      targetGroup: this.targets,
      requestsPerTarget: api.requestsPerTaskPerMinute,
      ...cooldowns,
    });
    // One event loop serves a task: it is full when its one CPU's worth is, whatever share of the task that is.
    scaling.scaleToTrackCustomMetric("EventLoop", {
      metric: ourMetric("api", "EventLoopUse", {}, { statistic: cloudwatch.Stats.AVERAGE, period: Duration.minutes(1) }),
      targetValue: 60,
      ...cooldowns,
    });
    return service;
  }

  private makeWorker(): ecs.FargateService {
    const { worker } = this.#stack.config;
    const task = this.makeTask("Worker", worker.size, this.logs.worker, {
      portMappings: [{ containerPort: ports.api }],
      environment: { PORT: String(ports.api), PUSH_WORKERS: "16", POWERTOOLS_SERVICE_NAME: serviceNames.worker },
    });
    const service = new ecs.FargateService(this, "WorkerService", {
      ...this.service(task, this.#props.network.groups.worker, worker.tasks),
      serviceName: this.#stack.nameOf("worker"),
      capacityProviderStrategies: [
        { capacityProvider: "FARGATE", base: 1, weight: 1 },
        { capacityProvider: "FARGATE_SPOT", weight: 1 },
      ],
    });
    const scaling = service.autoScaleTaskCount({ minCapacity: worker.tasks.min, maxCapacity: worker.tasks.max });
    scaling.scaleOnCpuUtilization("Cpu", { targetUtilizationPercent: 60 });
    scaling.scaleToTrackCustomMetric("Waiting", {
      metric: ourMetric("worker", "PushesWaiting", {}, { statistic: cloudwatch.Stats.MAXIMUM, period: Duration.minutes(1) }),
      targetValue: 500,
    });
    return service;
  }
}
