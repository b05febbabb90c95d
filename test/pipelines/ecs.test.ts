/** What a deploy asks ECS for, in one that moto plays. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTaskDefinitionCommand, DescribeTasksCommand, ECSClient, ListTasksCommand } from "@aws-sdk/client-ecs";
import { describeWithMoto, type Moto, startMoto } from "#test/support/moto.ts";
import { type Ended, program, run } from "./run.ts";

const old = `sha256:${"a".repeat(64)}`;
const next = `sha256:${"b".repeat(64)}`;

describeWithMoto("a release in ECS", () => {
  let moto: Moto;
  let folder: string;
  let ecs: ECSClient;
  const proxies: Server[] = [];
  const call = (command: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> => {
    const [name = "", ...words] = command.split(" ");
    return run([program(name), ...words].join(" "), { ...moto.environment, ...environment });
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "release-"));
    moto = await startMoto();
    ecs = new ECSClient({
      region: "eu-central-1",
      endpoint: moto.url,
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const made = await run(`python3 test/pipelines/environment.py dev ${old}`, {
      ...moto.environment,
      AWS_DEFAULT_REGION: "eu-central-1",
    });
    if (made.code !== 0) throw new Error(made.stderr);
    // A task of moto's goes one state further each time that it is looked at.
    await fetch(`${moto.url}/moto-api/state-manager/set-transition`, {
      method: "POST",
      body: JSON.stringify({ model_name: "ecs::task", transition: { progression: "manual", times: 1 } }),
    });
  }, 180_000);
  afterAll(async () => {
    for (const proxy of proxies) proxy.close();
    ecs.destroy();
    await moto.stop();
    rmSync(folder, { recursive: true });
  });

  /** moto, but with something else in ECS's answers. */
  const changed = async (change: (answer: string) => string): Promise<string> => {
    const proxy = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const { host: _host, ...headers } = request.headers as Record<string, string>;
      const answer = await fetch(moto.url + request.url, { method: "POST", headers, body: Buffer.concat(chunks) });
      response.writeHead(answer.status, { "Content-Type": "application/x-amz-json-1.1" }).end(change(await answer.text()));
    }).listen(0, "127.0.0.1");
    proxies.push(proxy);
    await new Promise((resolve) => proxy.once("listening", resolve));
    return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  };

  it("knows what runs, and tells the workflow", async () => {
    const output = join(folder, "output");

    expect(await call("running dev", { GITHUB_OUTPUT: output })).toEqual({ code: 0, stdout: `${old}\n`, stderr: "" });
    expect(readFileSync(output, "utf8")).toBe(`digest=${old}\n`);
    expect(await call("running staging", { GITHUB_OUTPUT: output })).toMatchObject({
      code: 0,
      stdout: "Nothing runs in staging yet.\n",
    });
    expect(readFileSync(output, "utf8")).toBe(`digest=${old}\ndigest=\n`);
  }, 180_000);

  it("is over when both services run the image, and not before", async () => {
    const over = await changed((answer) => answer.replaceAll('"rolloutState": "IN_PROGRESS"', '"rolloutState": "COMPLETED"'));
    const failed = await changed((answer) => answer.replaceAll(/"rolloutState": "\w+"/g, '"rolloutState": "FAILED"'));

    expect(await call(`running dev ${old}`, { AWS_ENDPOINT_URL: over })).toEqual({
      code: 0,
      stdout: `dev runs ${old}.\n`,
      stderr: "",
    });
    expect(await call(`running dev ${old}`, { AWS_ENDPOINT_URL: failed })).toMatchObject({
      code: 1,
      stderr: "dev's api is not rolled out: FAILED.\n",
    });
  }, 180_000);

  it("is noticed when ECS took it back", async () => {
    expect(await call(`running dev ${next}`)).toMatchObject({
      code: 1,
      stderr: `dev's api runs ${old}, not ${next}: the release was taken back.\n`,
    });
    expect(await call(`running staging ${next}`)).toMatchObject({ code: 1, stderr: expect.stringContaining("runs nothing") });
  }, 180_000);

  it("migrates with its own image, in the network of the service, and waits for the end", async () => {
    const { code, stdout, stderr } = await call(`migrate-task dev ${next}`);

    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^Migrating: task \w[\w-]+, log group \/calendar\/dev\/migration, stream task\/program\//);
    expect(stdout).toContain("The schema is up to date.");
    const { taskArns } = await ecs.send(
      new ListTasksCommand({ cluster: "calendar-dev-cluster", family: "calendar-dev-migration" }),
    );
    const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster: "calendar-dev-cluster", tasks: taskArns ?? [] }));
    const task = tasks?.find(({ startedBy }) => startedBy === "migrate:task");
    expect(task).toMatchObject({ launchType: "FARGATE", lastStatus: "STOPPED" });
    expect(task?.attachments?.[0]?.details).toContainEqual({ name: "subnetId", value: expect.stringMatching(/^subnet-/) });
    const { taskDefinition } = await ecs.send(new DescribeTaskDefinitionCommand({ taskDefinition: task?.taskDefinitionArn }));
    expect(taskDefinition).toMatchObject({
      family: "calendar-dev-migration",
      revision: 2,
      networkMode: "awsvpc",
      cpu: "256",
      containerDefinitions: [
        {
          name: "program",
          image: `123456789012.dkr.ecr.eu-central-1.amazonaws.com/calendar-dev-api@${next}`,
          command: ["node", "migrate.mjs"],
          environment: [{ name: "DATABASE_CA_FILE", value: "/app/ca.pem" }],
        },
        { name: "agent", image: "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1" },
      ],
    });
  }, 180_000);

  it.each([
    [
      "ends with another code",
      (answer: string) => answer.replaceAll('"exitCode": 0', '"exitCode": 3'),
      "The migration ended with 3",
    ],
    [
      "ends with none",
      (answer: string) => answer.replaceAll('"exitCode": 0', '"reason": "OutOfMemory"'),
      "ended with no exit code",
    ],
    [
      "is not started",
      (answer: string) =>
        answer.includes('"launchType"') && answer.includes('"tasks"')
          ? '{"tasks":[],"failures":[{"reason":"RESOURCE:ENI"}]}'
          : answer,
      "ECS did not start the migration: RESOURCE:ENI.",
    ],
  ])(
    "fails where the migration %s",
    async (_, change, says) => {
      const { code, stdout, stderr } = await call(`migrate-task dev ${next}`, { AWS_ENDPOINT_URL: await changed(change) });

      expect([code, stderr]).toEqual([1, expect.stringContaining(says)]);
      expect(stdout).not.toContain("up to date");
    },
    60_000,
  );

  it("leaves the first migration to the first containers", async () => {
    expect(await call(`migrate-task production ${next}`)).toEqual({
      code: 0,
      stdout: "Nothing runs in production yet: its first containers migrate.\n",
      stderr: "",
    });
  }, 180_000);

  it.each([
    ["migrate-task dev latest", "Say which image: sha256:<digest>."],
    [`migrate-task abroad ${next}`, "Say which environment: dev, staging, production."],
    ["running", "Say which environment: dev, staging, production."],
  ])("is not made of %s", async (command, says) => {
    expect(await call(command)).toEqual({ code: 1, stdout: "", stderr: `${says}\n` });
  });

  it("is tried with a key that AWS keeps", async () => {
    const { code } = await run(
      `python3 -c "import boto3; boto3.client('secretsmanager').create_secret(Name='calendar/dev/smoke-key', SecretString='key-of-the-smoke-test')"`,
      { ...moto.environment, AWS_DEFAULT_REGION: "eu-central-1" },
    );
    expect(code).toBe(0);

    const read = await run(
      `${process.execPath} --input-type=module -e "console.log(await (await import('./.ci/target.ts')).keyOf('dev'))"`,
      {
        ...moto.environment,
        SMOKE_API_KEY: "",
      },
    );
    expect(read.stdout).toBe("key-of-the-smoke-test\n");
  }, 180_000);
});
