/** Debian's redis-server, as the tests' Redis. Where it is missing, tests that want one say so in their titles. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./server-process.ts";

const program = ["/usr/bin/redis-server", "/usr/local/bin/redis-server", "/opt/homebrew/bin/redis-server"].find((path) =>
  existsSync(path),
);

export const hasRedis = program !== undefined;

/** `describe`, or what skips the tests and says why. */
export const describeWithRedis = (name: string, tests: () => void): void =>
  hasRedis ? describe(name, tests) : describe.skip(`${name} (skipped: redis-server is not installed)`, tests);

export interface RedisServer {
  readonly url: string;
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

const isListening = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });

/** Starts one that keeps nothing on disk. */
export const startRedis = async (port?: number): Promise<RedisServer> => {
  if (!program) throw new Error("redis-server is not installed.");
  const at = port ?? (await freePort());
  const child = spawn(program, ["--port", String(at), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
    stdio: "ignore",
  });
  const exited = once(child, "exit");
  while (!(await isListening(at))) {
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}.`);
    await delay(10);
  }
  return {
    url: `redis://127.0.0.1:${at}`,
    child,
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await exited;
    },
  };
};
