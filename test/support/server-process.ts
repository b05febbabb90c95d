/** The real program in a process of its own, as `npm start` runs it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export interface ServerProcess {
  readonly url: string;
  readonly child: ChildProcess;
  /** What it has said on standard error, and written to standard output, so far. */
  readonly said: () => string;
  readonly written: () => string;
  /** Milliseconds from the start to the first request it answered. */
  readonly startedInMs: number;
  readonly exited: Promise<number | null>;
  kill(signal: NodeJS.Signals): Promise<number | null>;
}

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
};

/** The key that every server started here accepts as the administrator's. */
const adminKey = "administrator-of-the-tests";

/** Starts a server and waits until it answers; `listen` hears what it says meanwhile. Throws with that when it ends instead. */
export const startServer = async (
  environment: Record<string, string>,
  program: readonly string[] = ["container/main.ts"],
  listen: (said: string) => void = () => {},
): Promise<ServerProcess> => {
  const port = environment.PORT ?? String(await freePort());
  const before = performance.now();
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...program], {
    env: {
      PATH: process.env.PATH,
      // Node keeps there what it has compiled, for the next one: half of what a start costs.
      ...(process.env.CALENDAR_TEST_FOLDER && { NODE_COMPILE_CACHE: join(process.env.CALENDAR_TEST_FOLDER, "compiled") }),
      PORT: port,
      HOST: "127.0.0.1",
      BOOTSTRAP_ADMIN_KEY: adminKey,
      TRACE_SAMPLE_RATE: "0",
      RATE_LIMIT_PER_MINUTE: "0",
      RATE_LIMIT_PER_ADDRESS_PER_MINUTE: "0",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let written = "";
  child.stderr.on("data", (chunk) => {
    said += chunk;
    listen(said);
  });
  child.stdout.on("data", (chunk) => {
    written += chunk;
  });
  const exited = once(child, "exit").then(([code]) => code as number | null);
  const url = `http://127.0.0.1:${port}`;
  for (;;) {
    if (child.exitCode !== null || child.signalCode) {
      throw new Error(`The server ended with ${child.exitCode ?? child.signalCode}: ${said}`);
    }
    const answered = await fetch(`${url}/health/live`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) break;
    await delay(20);
  }
  return {
    url,
    child,
    said: () => said,
    written: () => written,
    startedInMs: performance.now() - before,
    exited,
    kill: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
};

/** Calls a server as its administrator; the answer's JSON comes back with the status. */
export const callServer = async (
  url: string,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) => {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: { "X-API-Key": adminKey, ...(body !== undefined && { "Content-Type": "application/json" }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  return { status: response.status, headers: response.headers, body: (text === "" ? undefined : JSON.parse(text)) as any };
};
