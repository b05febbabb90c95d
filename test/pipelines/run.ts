import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of `.ci/`, or any command of the shell, to its end, in an environment without what jest has put there. */
export const run = async (command: string, environment: Readonly<Record<string, string>> = {}): Promise<Ended> => {
  const { NODE_OPTIONS: _options, JEST_WORKER_ID: _worker, ...inherited } = process.env;
  const child = spawn(command, {
    shell: true,
    env: { ...inherited, NO_COLOR: "1", FORCE_COLOR: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: code as number | null, stdout, stderr };
};

/** The command line of a program of `.ci/`. */
export const program = (name: string): string => `${process.execPath} --disable-warning=ExperimentalWarning .ci/${name}.ts`;
