/** Load for servers that are compared: all alive at once, in short alternating rounds, because other work on the machine comes and goes. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";

export interface Contender {
  readonly name: string;
  readonly port: number;
  /** The process whose CPU time is counted. */
  readonly pid: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON to POST; without it the request is a GET. */
  readonly body?: string;
}

export interface Round {
  readonly requestsPerSecond: number;
  readonly cpuMicros: number;
}

const connections = 32;

export const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** CPU time a process has used, microseconds, from /proc (100 ticks a second; rounds must be long for it to mean something). */
const cpuOf = (pid: number): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
};

interface Target {
  readonly contender: Contender;
  readonly request: Buffer;
  readonly sockets: readonly Socket[];
  answers: number;
  goesOn: boolean;
  resting: number;
}

/** Opens the connections. The answers must be 200 with a Content-Length and come in one piece or more; their ends are counted. */
const open = async (contender: Contender): Promise<Target> => {
  const { port, path, headers, name, body } = contender;
  const all = {
    Host: "127.0.0.1",
    ...headers,
    ...(body && { "Content-Type": "application/json", "Content-Length": body.length }),
  };
  const lines = [`${body ? "POST" : "GET"} ${path} HTTP/1.1`, ...Object.entries(all).map(([key, value]) => `${key}: ${value}`)];
  const request = Buffer.from(`${lines.join("\r\n")}\r\n\r\n${body ?? ""}`);
  const sockets = Array.from({ length: connections }, () => connect(port, "127.0.0.1").setNoDelay(true));
  const target: Target = { contender, request, sockets, answers: 0, goesOn: false, resting: connections };
  for (const socket of sockets) {
    // The head alone is read, and of that the length: more would cost more than some servers do.
    let missing = 0;
    socket.on("data", (bytes: Buffer) => {
      if (missing === 0) {
        const head = bytes.toString("latin1", 0, 4_096);
        const end = head.indexOf("\r\n\r\n");
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
        if (end < 0 || Number.isNaN(length) || head.slice(9, 12) !== "200")
          throw new Error(`${name} answered: ${head.slice(0, 300)}`);
        missing = end + 4 + length;
      }
      missing -= bytes.length;
      if (missing > 0) return;
      if (missing < 0) throw new Error(`${name} answered more than it was asked.`);
      target.answers += 1;
      if (target.goesOn) socket.write(request);
      else target.resting += 1;
    });
    await once(socket, "connect");
  }
  return target;
};

const measure = async (target: Target, roundMs: number): Promise<Round> => {
  const cpuBefore = cpuOf(target.contender.pid);
  const before = performance.now();
  target.answers = 0;
  target.resting = 0;
  target.goesOn = true;
  for (const socket of target.sockets) socket.write(target.request);
  await new Promise((resolve) => setTimeout(resolve, roundMs));
  target.goesOn = false;
  while (target.resting < connections) await new Promise((resolve) => setTimeout(resolve, 1));
  const seconds = (performance.now() - before) / 1000;
  return { requestsPerSecond: target.answers / seconds, cpuMicros: (cpuOf(target.contender.pid) - cpuBefore) / target.answers };
};

/** Rounds of each contender in turn, the order turned round each time, after a warm-up. */
export const compare = async (contenders: readonly Contender[], { rounds = 20, roundMs = 700 } = {}) => {
  const targets = await Promise.all(contenders.map(open));
  for (let warm = 0; warm < 3; warm += 1) for (const target of targets) await measure(target, roundMs);
  const results = new Map<string, Round[]>(contenders.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? targets : targets.toReversed();
    for (const target of order) results.get(target.contender.name)?.push(await measure(target, roundMs));
  }
  for (const { sockets } of targets) for (const socket of sockets) socket.destroy();
  return results;
};

/** Prints each contender's medians. */
export const print = (results: ReadonlyMap<string, readonly Round[]>): void => {
  for (const [name, rounds] of results) {
    const rps = median(rounds.map(({ requestsPerSecond }) => requestsPerSecond));
    const cpu = median(rounds.map(({ cpuMicros }) => cpuMicros));
    console.log(`  ${name.padEnd(46)} ${rps.toFixed(0).padStart(7)} requests/s ${cpu.toFixed(0).padStart(5)} us CPU/request`);
  }
};

/** The median of the ratios of two contenders, round by round. */
export const ratio = (results: ReadonlyMap<string, readonly Round[]>, a: string, b: string): number => {
  const [ofA, ofB] = [results.get(a) ?? [], results.get(b) ?? []];
  return median(ofA.map(({ requestsPerSecond }, round) => requestsPerSecond / (ofB[round]?.requestsPerSecond ?? Number.NaN)));
};
