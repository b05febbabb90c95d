/** The system for people with Docker: what compose.yaml says, and its load balancer at work. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parse } from "yaml";
import { longestIdleMs } from "#container/adapter.ts";
import { findEndpoints } from "#container/routes.ts";
import { readConfig } from "#lib/config.ts";
import { describeWithHaproxy, haproxy } from "#test/support/haproxy.ts";
import { freePort } from "#test/support/server-process.ts";

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
  readonly healthcheck?: { readonly disable?: true; readonly test?: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly replicas: number };
  readonly stop_grace_period?: string;
}

const text = readFileSync("container/compose.yaml", "utf8");
const { services, networks, configs } = parse(text, { merge: true }) as {
  services: Record<string, Service>;
  configs: Record<string, { file?: string }>;
  networks: Record<string, { internal?: true }>;
};
const balancer = readFileSync("container/haproxy.cfg", "utf8");

/** What the API is told, with a password put in. */
const apiEnvironment: NodeJS.ProcessEnv = Object.fromEntries(
  Object.entries(services.api?.environment ?? {}).map(([name, value]) => [name, value.replace(/\$\{.+?\}/, "secret")]),
);

/** Milliseconds that the load balancer's configuration says after some words. */
const millis = (words: string): number => {
  const [, number, unit] = new RegExp(`\\b${words} (\\d+)(ms|s)\\b`).exec(balancer) ?? [];
  return Number(number) * (unit === "s" ? 1_000 : 1);
};

it("takes each image by its digest, and gives no container more than it needs", () => {
  expect(Object.keys(services).sort()).toEqual(["api", "balancer", "migrations", "primary", "redis", "replica"]);
  for (const [name, service] of Object.entries(services)) {
    if (service.build) expect(existsSync(join("container", service.build.context, service.build.dockerfile))).toBe(true);
    else expect([name, service.image]).toEqual([name, expect.stringMatching(/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/)]);
    expect([name, service]).toEqual([
      name,
      expect.objectContaining({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] }),
    ]);
    expect([name, service]).not.toEqual([name, expect.objectContaining({ privileged: true })]);
  }
  expect(networks.data?.internal).toBe(true);
  // Compose copies what stands in its own file into the container, which a read-only root does not allow; a file it mounts.
  for (const { file } of Object.values(configs)) expect(existsSync(join("container", file ?? "nowhere"))).toBe(true);
});

it("starts three of the API when the schema is there, and all that it needs", () => {
  const { api, migrations, replica, balancer } = services;
  expect(api?.deploy?.replicas).toBe(3);
  expect(api?.depends_on).toMatchObject({ migrations: { condition: "service_completed_successfully" } });
  expect(migrations?.command).toEqual(["node", "migrate.mjs"]);
  for (const [, { depends_on }] of Object.entries({ api, migrations, replica, balancer } as Record<string, Service>)) {
    for (const [name, { condition }] of Object.entries(depends_on ?? {})) {
      if (condition === "service_healthy") expect(name === "api" || services[name]?.healthcheck?.test).toBeTruthy();
    }
  }
});

it("has no password of its own, and tells the program only what it knows", () => {
  for (const { environment = {} } of Object.values(services)) {
    for (const [name, value] of Object.entries(environment)) {
      if (/PASSWORD/.test(name)) expect(value).toMatch(/^\$\{\w+(:\?[\w .]+)?\}$/);
      if (/:[^/]+@/.test(value)) expect(value).toMatch(/:\$\{\w+(:\?[\w .]+)?\}@/);
    }
  }
  const asked = new Set<string | symbol>();
  const environment = new Proxy(apiEnvironment, {
    get: (of, name) => {
      asked.add(name);
      return of[String(name)];
    },
  });
  expect(readConfig(environment)).toMatchObject({
    databaseReplicaUrl: expect.stringContaining("replica"),
    redisPassword: "secret",
    // What the load balancer says of where a request is from is believed, and nothing else.
    trustedProxies: 1,
  });
  expect(Object.keys(apiEnvironment).filter((name) => !asked.has(name))).toEqual([]);
});

it("gives the load balancer time to see that a container goes, and requests time to end", async () => {
  const { drainMs, requestTimeoutMs } = readConfig(apiEnvironment);
  const [, everyMs, times] = /check inter (\d+)s fall (\d+)/.exec(balancer) ?? [];
  expect(drainMs).toBeGreaterThan(Number(everyMs) * 1_000 * Number(times));
  expect(Number.parseInt(services.api?.stop_grace_period ?? "", 10) * 1_000).toBeGreaterThan(drainMs + requestTimeoutMs);
  for (const name of ["http-keep-alive", "client", "server"]) expect(millis(`timeout ${name}`)).toBeLessThan(longestIdleMs);
  const limits = (await findEndpoints()).map(({ description }) => description.timeLimitMs ?? requestTimeoutMs);
  expect(millis("timeout server")).toBeGreaterThan(Math.max(...limits));
});

const hasCompose = spawnSync("docker", ["compose", "version"]).status === 0;
const withCompose = hasCompose ? it : it.skip;
withCompose(
  `is understood by Docker${hasCompose ? "" : " (skipped: no docker compose here)"}`,
  () => {
    const env = { PATH: process.env.PATH, DATABASE_PASSWORD: "x", REDIS_PASSWORD: "y" };
    execFileSync("docker", ["compose", "-f", "container/compose.yaml", "config", "-q"], { env });
    expect(
      spawnSync("docker", ["compose", "-f", "container/compose.yaml", "config", "-q"], { env: { PATH: env.PATH } }).status,
    ).not.toBe(0);
  },
  60_000,
);

describeWithHaproxy("the load balancer", () => {
  const folder = mkdtempSync(join(tmpdir(), "calendar-haproxy-"));
  const seen: { server: string; headers: IncomingHttpHeaders }[] = [];
  const unready = new Set<string>();
  const servers: Server[] = [];
  let child: ChildProcess;
  let url: string;
  let logged = "";
  beforeAll(async () => {
    for (const name of ["a", "b"]) {
      const server = createServer(({ url, headers }, response) => {
        if (url === "/health/ready") return void response.writeHead(unready.has(name) ? 503 : 200).end();
        seen.push({ server: name, headers });
        response.end(name);
      });
      server.keepAliveTimeout = longestIdleMs;
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      servers.push(server);
    }
    const port = await freePort();
    const places = servers.map((server, number) => `server s${number} 127.0.0.1:${(server.address() as AddressInfo).port}`);
    const config = join(folder, "haproxy.cfg");
    writeFileSync(
      config,
      balancer.replace(/bind :8080/, `bind 127.0.0.1:${port}`).replace(/server-template .*/, places.join("\n  ")),
    );
    child = spawn(haproxy, ["-f", config], { stdio: ["ignore", "pipe", "ignore"] });
    child.stdout?.on("data", (chunk) => {
      logged += chunk;
    });
    url = `http://127.0.0.1:${port}`;
    while (!(await fetch(url).catch(() => undefined))?.ok) await delay(50);
  }, 180_000);
  afterAll(() => {
    child.kill("SIGKILL");
    for (const server of servers) server.closeAllConnections();
    for (const server of servers) server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it("has a configuration that HAProxy finds nothing wrong with", () => {
    const { status, stderr } = spawnSync(haproxy as string, ["-c", "-f", "container/haproxy.cfg"], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, expect.not.stringMatching(/WARNING|ALERT/)]);
  });

  it("says who asked, and writes no key into its log", async () => {
    seen.length = 0;
    await fetch(`${url}/calendar/v3/colors?key=secret-of-ana`, { headers: { "X-Forwarded-For": "192.0.2.7" } });
    expect(seen[0]?.headers).toMatchObject({
      "x-forwarded-for": "192.0.2.7, 127.0.0.1",
      "x-forwarded-proto": "http",
      "x-forwarded-port": "8080",
    });
    while (!logged.includes("/calendar/v3/colors")) await delay(20);
    expect(logged).not.toContain("secret");
  });

  it("sends to both, and to the other alone soon after one says that it is not ready: no request fails", async () => {
    const goes = async (untilMs: number) => {
      const names = new Set<string>();
      for (const end = Date.now() + untilMs; Date.now() < end; await delay(5)) {
        const response = await fetch(url);
        expect(response.status).toBe(200);
        names.add(await response.text());
      }
      return [...names].sort();
    };
    expect(await goes(500)).toEqual(["a", "b"]);
    unready.add("a");
    await goes(readConfig(apiEnvironment).drainMs);
    expect(await goes(500)).toEqual(["b"]);
  }, 180_000);
});
