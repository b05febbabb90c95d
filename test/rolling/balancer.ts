/** HAProxy in the place of the load balancer: it chooses targets by their health, and a control plane may register and drain them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { haproxy } from "#test/support/haproxy.ts";
import { freePort } from "#test/support/server-process.ts";

/** How often targets are asked for their health, and how many answers in a row make them unhealthy. */
export const checks = { intervalMs: 500, unhealthy: 2 } as const;

export interface Balancer {
  readonly port: number;
  /** Sends requests to a server from now on, which answers already; its name is in the header `X-Target` of its answers. */
  register(url: string): Promise<string>;
  /** Sends no new requests there, and waits until the running ones are answered. */
  deregister(target: string): Promise<void>;
  /** What it thinks of a target's health: `UP`, `DOWN`, `MAINT`, … */
  health(target: string): Promise<string>;
  stop(): Promise<void>;
}

const slots = 12;

/**
 * `retries`: how often a request whose connection is refused goes to another target. HAProxy does that in production; an ALB does
 * not, and answers 502.
 */
const configuration = (port: number, socket: string, retries: number): string => `
global
  stats socket ${socket} level admin
  nbthread 1
defaults
  mode http
  timeout connect 2s
  timeout client 65s
  timeout server 65s
  timeout http-keep-alive 60s
  retries ${retries}
  ${retries > 0 ? "option redispatch 1" : "no option redispatch"}
frontend edge
  bind 127.0.0.1:${port}
  http-after-response set-header X-Target %[var(txn.target)]
  default_backend api
backend api
  balance leastconn
  http-reuse always
  option forwardfor
  option httpchk
  http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host balancer
  http-check expect status 200
  http-response set-var(txn.target) srv_name
  server-template target 1-${slots} 127.0.0.1:1 check inter ${checks.intervalMs} fall ${checks.unhealthy} rise 1 disabled
`;

export const startBalancer = async ({ retries }: { readonly retries: number }): Promise<Balancer> => {
  const folder = mkdtempSync(join(tmpdir(), "calendar-haproxy-"));
  const socket = join(folder, "admin.sock");
  const port = await freePort();
  writeFileSync(join(folder, "haproxy.cfg"), configuration(port, socket, retries));
  const child = spawn(haproxy, ["-db", "-q", "-f", join(folder, "haproxy.cfg")], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
  });
  const exited = once(child, "exit");
  while (!existsSync(socket)) {
    if (child.exitCode !== null) throw new Error(`haproxy ended with ${child.exitCode}: ${said}`);
    await delay(10);
  }

  const tell = async (command: string): Promise<string> => {
    const connection = connect(socket);
    connection.end(`${command}\n`);
    let answer = "";
    for await (const chunk of connection) answer += chunk;
    return answer.trim();
  };
  const must = async (command: string): Promise<void> => {
    const answer = await tell(command);
    if (!/^(|IP changed.*|no need.*|.*port changed.*)$/s.test(answer)) throw new Error(`haproxy: ${command}: ${answer}`);
  };
  /** A target's figures, by their names in HAProxy's statistics. */
  const figures = async (target: string): Promise<Record<string, string>> => {
    const [names = "", ...lines] = (await tell("show stat")).split("\n");
    const line = lines.find((text) => text.startsWith(`api,${target},`))?.split(",") ?? [];
    return Object.fromEntries(
      names
        .replace("# ", "")
        .split(",")
        .map((name, place) => [name, line[place] ?? ""]),
    );
  };

  let taken = 0;
  return {
    port,
    register: async (url) => {
      taken += 1;
      const target = `target${taken}`;
      await must(`set server api/${target} addr 127.0.0.1 port ${new URL(url).port}`);
      await must(`set server api/${target} state ready`);
      await must(`set server api/${target} health up`);
      return target;
    },
    deregister: async (target) => {
      await must(`set server api/${target} state drain`);
      while ((await figures(target)).scur !== "0") await delay(20);
    },
    health: async (target) => (await figures(target)).status ?? "",
    stop: async () => {
      child.kill("SIGKILL");
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
};
