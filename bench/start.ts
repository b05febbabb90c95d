/** How soon the container's build answers its first request, and what it weighs idle. */
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { median } from "./load.ts";
import { startBundle, startDatabase } from "./server.ts";

const starts = 5;

export const run = async (): Promise<void> => {
  const database = await startDatabase();
  const times: number[] = [];
  const weights: number[] = [];
  try {
    for (let index = 0; index <= starts; index += 1) {
      const before = performance.now();
      const { url, child } = await startBundle(database.url);
      const answered = performance.now() - before;
      await fetch(`${url}/health/live`);
      await delay(3_000);
      const rss = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) / 1024;
      child.kill("SIGKILL");
      // The first start migrates an empty database and fills the disk cache.
      if (index > 0) {
        times.push(answered);
        weights.push(rss);
      }
    }
  } finally {
    await database.stop();
  }
  console.log("Start of the container build, database running");
  console.log(
    `  first request answered after ${(median(times) / 1000).toFixed(2)} s (under 1 s); ${median(weights).toFixed(0)} MB RSS idle (under 120)`,
  );
};

if (import.meta.main) await run();
