/**
 * `npm run migrate:task -- <environment> sha256:…`: runs the migration of an image once, in the network of the API's service, and waits for
 * its end. Before the first release there is nothing to run it in: then the first containers migrate. The definition is the one of the
 * release before with another image, so what else a migration needs has to be deployed a release earlier.
 */
import {
  DescribeTasksCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  RunTaskCommand,
  waitUntilTasksStopped,
} from "@aws-sdk/client-ecs";
import { container, describeTask, findService } from "./ecs.ts";
import { environmentOf, main } from "./target.ts";

const [target, image = ""] = process.argv.slice(2);
const maxSeconds = 1_800;

/** Registers the family's latest definition with another image; answers its ARN. */
const register = async (ecs: ECSClient, family: string): Promise<string> => {
  const {
    taskDefinitionArn: _arn,
    revision: _revision,
    status: _status,
    requiresAttributes: _attributes,
    compatibilities: _compatibilities,
    registeredAt: _at,
    registeredBy: _by,
    deregisteredAt: _gone,
    containerDefinitions = [],
    ...kept
  } = await describeTask(ecs, family);
  const { taskDefinition } = await ecs.send(
    new RegisterTaskDefinitionCommand({
      ...kept,
      family,
      containerDefinitions: containerDefinitions.map((definition) =>
        definition.name === container ? { ...definition, image: `${definition.image?.split("@")[0]}@${image}` } : definition,
      ),
    }),
  );
  return taskDefinition?.taskDefinitionArn as string;
};

await main(async () => {
  const { name, region } = environmentOf(target);
  if (!/^sha256:[0-9a-f]{64}$/.test(image)) throw new Error("Say which image: sha256:<digest>.");
  const ecs = new ECSClient({ region });
  const service = await findService(ecs, name, "api");
  if (!service) {
    process.stdout.write(`Nothing runs in ${name} yet: its first containers migrate.\n`);
    return;
  }
  const cluster = `calendar-${name}-cluster`;
  const { tasks, failures } = await ecs.send(
    new RunTaskCommand({
      cluster,
      taskDefinition: await register(ecs, `calendar-${name}-migration`),
      launchType: "FARGATE",
      networkConfiguration: service.networkConfiguration,
      startedBy: "migrate:task",
    }),
  );
  const taskArn = tasks?.[0]?.taskArn;
  if (taskArn === undefined) throw new Error(`ECS did not start the migration: ${failures?.[0]?.reason ?? "no reason given"}.`);
  const id = taskArn.split("/").at(-1);
  process.stdout.write(`Migrating: task ${id}, log group /calendar/${name}/migration, stream task/${container}/${id}.\n`);
  await waitUntilTasksStopped({ client: ecs, maxWaitTime: maxSeconds, minDelay: 2, maxDelay: 10 }, { cluster, tasks: [taskArn] });
  const { tasks: ended } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: [taskArn] }));
  const exitCode = ended?.[0]?.containers?.find((one) => one.name === container)?.exitCode;
  if (exitCode !== 0) {
    throw new Error(
      `The migration ended with ${exitCode ?? "no exit code"}: ${ended?.[0]?.stoppedReason || "its log says why"}.`,
    );
  }
  process.stdout.write("The schema is up to date.\n");
});
