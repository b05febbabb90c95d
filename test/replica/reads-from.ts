import type { ServerProcess } from "#test/support/server-process.ts";

/** How many reads the servers have answered from there, by their metrics: of all but the last second. */
export const readsFrom = (servers: readonly ServerProcess[], place: "replica" | "primary" | "again"): number => {
  let sum = 0;
  for (const { written } of servers) {
    for (const line of written().split("\n")) {
      if (line.includes(`"From":"${place}"`)) sum += Number(/"Reads":([\d.]+)/.exec(line)?.[1] ?? 0);
    }
  }
  return sum;
};
