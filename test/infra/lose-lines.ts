/**
 * A program that emits what a process does which has lost log lines. Standard output has to stand still for 16 MB before a real one
 * does; this one says that it has.
 */
import { watchProcess } from "#container/watch-process.ts";

const stop = watchProcess({
  inFlight: () => 0,
  queued: () => 0,
  pool: () => ({ active: 0, idle: 0, waiting: 0, inLine: 0 }),
  replicaLagMs: () => undefined,
  slowStatements: () => 0,
  dropped: () => 3,
});
stop();
