import { monitorEventLoopDelay, performance } from "node:perf_hooks";
import { count, flushMetricsPeriodically, gauge } from "#lib/observe/metrics.ts";

export interface Watched {
  readonly inFlight: () => number;
  readonly queued: () => number;
  readonly pool: () => { readonly active: number; readonly idle: number; readonly waiting: number; readonly inLine: number };
  /** How far the read replica is behind, ms; undefined while there is none. */
  readonly replicaLagMs: () => number | undefined;
  /** Statements that were slow so far. */
  readonly slowStatements: () => number;
  /** Log lines lost so far. */
  readonly dropped: () => number;
}

/** Emits how the process is doing, together with all that was counted, every second. @returns the end of it, with a last word. */
export const watchProcess = (watched: Watched): (() => void) => {
  const { inFlight, queued, pool, replicaLagMs, slowStatements, dropped } = watched;
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  let lastUse = performance.eventLoopUtilization();
  let lastSlow = 0;
  let lastDropped = 0;
  return flushMetricsPeriodically(() => {
    const use = performance.eventLoopUtilization();
    gauge("EventLoopUse", {}, Math.round(performance.eventLoopUtilization(use, lastUse).utilization * 1000) / 10);
    lastUse = use;
    if (delay.count > 0) gauge("EventLoopDelay", {}, Math.round(delay.percentile(99) / 1e4) / 100);
    delay.reset();

    const { rss, heapUsed } = process.memoryUsage();
    gauge("MemoryResident", {}, rss);
    gauge("MemoryHeap", {}, heapUsed);

    const { active, idle, waiting, inLine } = pool();
    gauge("DatabaseActive", {}, active);
    gauge("DatabaseIdle", {}, idle);
    gauge("DatabaseWaiting", {}, waiting);
    gauge("WritesInLine", {}, inLine);
    const slow = slowStatements();
    if (slow > lastSlow) count("SlowStatements", {}, slow - lastSlow);
    lastSlow = slow;

    const lagMs = replicaLagMs();
    if (lagMs !== undefined) gauge("ReplicaLag", {}, Math.round(lagMs));

    gauge("InFlight", {}, inFlight());
    gauge("Queued", {}, queued());
    const lost = dropped();
    if (lost > lastDropped) count("LogLinesDropped", {}, lost - lastDropped);
    lastDropped = lost;
  });
};
