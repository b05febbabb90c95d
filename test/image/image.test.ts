/** The image: what its Dockerfile says, against what the build makes of it, and the programs in a copy of just those files. */
import { X509Certificate } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { environments } from "#cdk/config.ts";
import { configOf, templatesOf } from "#test/infra/environments.ts";
import { type OwnPostgres, startOwnPostgres } from "#test/support/own-postgres.ts";
import { callServer, freePort } from "#test/support/server-process.ts";
import { last, propertiesOf, readDockerfile, type Stage } from "./dockerfile.ts";
import { type Image, makeImage } from "./make-image.ts";
import { describeWithNamespaces, type Running, startInImage } from "./run-image.ts";

const stages = readDockerfile("container/Dockerfile");
const final = stages.at(-1) as Stage;
const folder = mkdtempSync(join(tmpdir(), "calendar-image-"));
let image: Image;
beforeAll(() => {
  image = makeImage(folder, { COMMIT: "0123456789abcdef", BUILT_AT: "2026-11-23T09:30:00Z" });
}, 180_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const inImage = (path: string): string => readFileSync(join(image.folder, path), "utf8");

it("stands on Node 24, by digest, the same in all stages", () => {
  for (const { image } of stages) expect(image).toMatch(/^node:24-slim@sha256:[0-9a-f]{64}$/);
  expect(new Set(stages.map(({ image }) => image)).size).toBe(1);
  expect(stages.map(({ platform }) => platform)).toEqual(["$BUILDPLATFORM", undefined]);
});

it("is the same for every processor: text, no program of a machine", () => {
  const endings = readdirSync(image.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => /\.\w+$/.exec(name)?.[0]);
  expect([...new Set(endings)].sort()).toEqual([".json", ".map", ".mjs", ".pem", ".sql"]);
});

it("runs as nobody in particular, says when it is well, and is stopped by the signal that the program knows", () => {
  expect(image.user).toBe("1000:1000");
  expect(image.environment).toMatchObject({ NODE_ENV: "production" });
  expect(last(final, "EXPOSE")?.words).toEqual(["8080"]);
  expect(last(final, "STOPSIGNAL")?.words).toEqual(["SIGTERM"]);
  // No shell and no npm stands before the program.
  expect([image.command, image.health]).toEqual([
    ["node", "main.mjs"],
    ["node", "health.mjs"],
  ]);
  for (const program of ["main.mjs", "health.mjs", "migrate.mjs"]) expect(existsSync(join(image.folder, program))).toBe(true);
});

it("declares /tmp as a volume, or Fargate's would be root's alone", () => {
  expect(last(final, "VOLUME")?.words).toEqual(["/tmp"]);
});

it("has nothing that installs packages", () => {
  const removed = final.steps.find(({ keyword }) => keyword === "RUN")?.command ?? "";
  for (const name of ["/usr/local/lib/node_modules", "/opt/yarn-*", "npm", "npx", "corepack", "yarn", "yarnpkg"]) {
    expect(removed.split(/[\s;]+/)).toContain(name);
  }
  expect(final.steps.filter(({ keyword }) => keyword === "COPY").map(({ flags }) => flags.from)).toEqual(["build"]);
  expect(existsSync(join(image.folder, "node_modules"))).toBe(false);
});

it("tells where it comes from and what it is made of", () => {
  const labels = propertiesOf(final, "LABEL");
  expect(labels).toMatchObject({
    "org.opencontainers.image.title": JSON.parse(readFileSync("package.json", "utf8")).name,
    "org.opencontainers.image.revision": "$COMMIT",
    "org.opencontainers.image.created": "$BUILT_AT",
    "org.opencontainers.image.base.name": `docker.io/library/${final.image.split("@")[0]}`,
    "org.cyclonedx.sbom": `${image.workdir}/sbom.cdx.json`,
  });
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  const { components } = JSON.parse(inImage("sbom.cdx.json"));
  const named = Object.fromEntries(components.map(({ name, version }: Record<string, string>) => [name, version]));
  // Those that are imported for their types alone are not in it.
  expect(named).toMatchObject({ pg: dependencies.pg, slonik: dependencies.slonik, "@middy/core": dependencies["@middy/core"] });
  expect(Object.keys(named)).not.toContain("esbuild");
  for (const one of components) {
    expect(one).toMatchObject({ type: "library", purl: expect.stringMatching(/^pkg:npm\/(%40[\w.-]+\/)?[\w.-]+@\d+\.\d+\.\d+/) });
    expect(one.hashes).toEqual([{ alg: "SHA-512", content: expect.stringMatching(/^[0-9a-f]{128}$/) }]);
    expect(one.licenses).toHaveLength(1);
  }
});

it("knows RDS's authorities in every region that there is an environment in, for years to come", () => {
  const pems = inImage("rds-global-bundle.pem").match(/-----BEGIN.+?-----END CERTIFICATE-----/gs) ?? [];
  const authorities = pems.map((pem) => new X509Certificate(pem));
  expect(authorities.length).toBeGreaterThan(90);
  for (const { ca, subject } of authorities)
    expect([subject, ca]).toEqual([expect.stringContaining("O=Amazon Web Services"), true]);

  const regions = new Set(environments.flatMap(({ region, recoveryRegion = region }) => [region, recoveryRegion]));
  expect(regions).toContain("eu-west-1");
  for (const region of regions) {
    const root = authorities.find(({ subject }) => subject.includes(`CN=Amazon RDS ${region} Root CA RSA2048 G1`));
    expect(root?.checkIssued(root)).toBe(true);
    expect(new Date(root?.validTo ?? 0).getFullYear()).toBeGreaterThan(2030);
  }
});

it("is what the tasks in the cloud expect", async () => {
  const { api } = await templatesOf(configOf("production"));
  const definitions = Object.values(api?.findResources("AWS::ECS::TaskDefinition") ?? {});
  const programs = definitions.flatMap(({ Properties }) =>
    Properties.ContainerDefinitions.filter(({ Name }: { Name: string }) => Name === "program"),
  );
  expect(programs).toHaveLength(3);
  for (const { User, ReadonlyRootFilesystem, Command = image.command, HealthCheck, Environment, MountPoints } of programs) {
    expect([User, ReadonlyRootFilesystem]).toEqual([image.user.split(":")[0], true]);
    expect(MountPoints).toEqual([expect.objectContaining({ ContainerPath: "/tmp", ReadOnly: false })]);
    expect([image.command, ["node", "migrate.mjs"]]).toContainEqual(Command);
    if (Command === image.command) expect(HealthCheck.Command).toEqual(["CMD", ...image.health]);
    const { Value } = Environment.find(({ Name }: { Name: string }) => Name === "DATABASE_CA_FILE");
    expect(existsSync(join(image.folder, Value.replace(`${image.workdir}/`, "")))).toBe(true);
  }
}, 180_000);

describeWithNamespaces("in an empty directory, with a read-only root", () => {
  let postgres: OwnPostgres;
  const started: Running[] = [];
  let environment: Record<string, string>;
  const start = (program: readonly string[], more: Record<string, string> = {}): Running => {
    const running = startInImage(image, join(folder, `root-${started.length}`), program, { ...environment, ...more });
    started.push(running);
    return running;
  };
  const run = async (program: readonly string[]) => {
    const { exited, said } = start(program);
    return { code: await exited, said: said() };
  };
  beforeAll(async () => {
    // An address of its own: the port is always the same.
    const address = `127.${[1, 2].map(() => Math.floor(Math.random() * 250)).join(".")}.11`;
    postgres = await startOwnPostgres(["host all all 127.0.0.0/8 trust"], { listen_addresses: address });
    environment = {
      DATABASE_URL: `postgresql://postgres@${address}:5432/postgres`,
      PORT: String(await freePort()),
      HOST: "127.0.0.1",
      BOOTSTRAP_ADMIN_KEY: "administrator-of-the-tests",
    };
  }, 180_000);
  afterAll(async () => {
    for (const { child } of started) child.kill("SIGKILL");
    await postgres.stop();
  });

  it("nothing can be written but /tmp", async () => {
    const places = ["/", image.workdir, "/usr", "/etc", "/tmp"].map((place) => join(place, "written"));
    const code = (path: string) => `try { fs.writeFileSync("${path}", ""); "written" } catch ({ code }) { code }`;
    const { said } = await run(["node", "-p", `[${places.map((path) => `eval(${JSON.stringify(code(path))})`)}].join()`]);
    expect(said).toBe("EROFS,EROFS,EROFS,EROFS,written\n");
  });

  it("migrates, serves, tells that it is well, and ends when it is told to", async () => {
    expect(await run(["node", "migrate.mjs"])).toEqual({ code: 0, said: expect.stringContaining("The schema is up to date.") });
    expect(await run(image.health)).toEqual({ code: 1, said: "" });

    const server = start(image.command, { DRAIN_MS: "1000" });
    const url = `http://127.0.0.1:${environment.PORT}`;
    while (!(await fetch(`${url}/health/ready`).catch(() => undefined))) {
      if (server.child.exitCode !== null) throw new Error(server.said());
      await delay(50);
    }
    expect(server.status()).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
    expect(server.status()).toMatch(/^Gid:\t1000\t1000\t1000\t1000$/m);
    expect(server.status()).toMatch(/^NSpid:\t\d+\t1$/m);
    expect(server.status()).toMatch(/^CapBnd:\t0+$/m);
    expect(server.status()).toMatch(/^NoNewPrivs:\t1$/m);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const event = { summary: "Launch", start: { date: "2026-12-01" }, end: { date: "2026-12-02" } };
    const { status, body } = await callServer(url, "POST", "/calendar/v3/calendars/primary/events", event);
    expect([status, body.summary]).toEqual([200, "Launch"]);
    // An archive is put together on disk.
    const archive = await fetch(`${url}/v1/users/me/export`, { headers: { "X-API-Key": "administrator-of-the-tests" } });
    expect([archive.status, (await archive.bytes()).subarray(0, 2)]).toEqual([200, new TextEncoder().encode("PK")]);
    expect(await run(image.health)).toEqual({ code: 0, said: "" });

    server.signal("SIGTERM");
    await delay(300);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    expect(await server.exited).toBe(0);
    expect(await run(image.health)).toEqual({ code: 1, said: "" });
    expect(server.said()).not.toMatch(/"level":"(ERROR|CRITICAL)"|Warning/);
  }, 180_000);
});
