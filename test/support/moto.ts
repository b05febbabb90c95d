/** moto (a Python package), as the tests' AWS. Where it is missing, tests that want it say so in their titles. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "./server-process.ts";

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

const program = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "moto_server"))
  .find(isProgram);

/** `describe`, or what skips the tests and says why. */
export const describeWithMoto = (name: string, tests: () => void): void =>
  program ? describe(name, tests) : describe.skip(`${name} (skipped: moto_server is not installed)`, tests);

export interface Moto {
  readonly url: string;
  /** What a program's environment must have to take it for AWS. */
  readonly environment: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** Starts an AWS with nothing in it. */
export const startMoto = async (): Promise<Moto> => {
  if (!program) throw new Error("moto_server is not installed.");
  const port = await freePort();
  const child = spawn(program, ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const exited = once(child, "exit");
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + 60_000; ; await delay(100)) {
    if (child.exitCode !== null) throw new Error(`moto_server ended with ${child.exitCode}.`);
    if (await fetch(`${url}/moto-api/data.json`).catch(() => undefined)) break;
    if (Date.now() > deadline) throw new Error("moto_server does not answer.");
  }
  return {
    url,
    environment: {
      AWS_ENDPOINT_URL: url,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    stop: async () => {
      child.kill("SIGKILL");
      await exited;
    },
  };
};
