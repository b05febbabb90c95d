import type { Profiler } from "node:inspector";
import { setTimeout as delay } from "node:timers/promises";

/**
 * Records what this process computes for so many milliseconds, as V8's profiler sees it: names of functions, and of files. The process
 * goes on meanwhile. Whatever happens, the profiler is off afterwards.
 */
export const profileCpu = async (ms: number): Promise<Profiler.Profile> => {
  // Loaded by those alone who ask for a profile.
  const { Session } = await import("node:inspector/promises");
  const session = new Session();
  session.connect();
  try {
    await session.post("Profiler.enable");
    await session.post("Profiler.start");
    await delay(ms);
    return (await session.post("Profiler.stop")).profile;
  } finally {
    session.disconnect();
  }
};
