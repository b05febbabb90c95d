import { DescribeServicesCommand, DescribeTaskDefinitionCommand, type ECSClient, type Service } from "@aws-sdk/client-ecs";

/** The container of a task that runs this repository's image. */
export const container = "program";

/** A service of an environment; undefined before its first release. */
export const findService = async (ecs: ECSClient, environment: string, name: "api" | "worker"): Promise<Service | undefined> => {
  try {
    const { services } = await ecs.send(
      new DescribeServicesCommand({ cluster: `calendar-${environment}-cluster`, services: [`calendar-${environment}-${name}`] }),
    );
    return services?.find(({ status }) => status === "ACTIVE");
  } catch (error) {
    if ((error as Error).name === "ClusterNotFoundException") return undefined;
    throw error;
  }
};

export const describeTask = async (ecs: ECSClient, taskDefinition: string) => {
  const { taskDefinition: found } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition }));
  if (!found) throw new Error(`There is no task definition ${taskDefinition}.`);
  return found;
};

/** What a service is made to run, `sha256:…`, and how far that is: ECS's words for a rollout. Undefined before its first release. */
export const deploymentOf = async (ecs: ECSClient, environment: string, name: "api" | "worker") => {
  const service = await findService(ecs, environment, name);
  const primary = service?.deployments?.find(({ status }) => status === "PRIMARY");
  if (!primary?.taskDefinition) return undefined;
  const { containerDefinitions } = await describeTask(ecs, primary.taskDefinition);
  const image = containerDefinitions?.find((definition) => definition.name === container)?.image;
  return { digest: image?.split("@")[1] ?? "", state: primary.rolloutState ?? "unknown" };
};
