import type { ServerResponse } from "node:http";

interface UntakenLimits {
  readonly patienceMs: number;
  /** A client that takes less is not waited for, once its patience is used up. */
  readonly bytesPerMs: number;
  readonly maxBytes: number;
}

/**
 * Keeps count of answers that clients do not take as fast as they are made, so that they cannot fill the memory: each gets a time that
 * fits its length, however steadily it drips; and when there are too many bytes in all, the answers that have waited longest are cut off.
 */
export const createUntaken = ({ patienceMs, bytesPerMs, maxBytes }: UntakenLimits) => {
  const held = new Map<ServerResponse, number>();
  let sum = 0;

  const forget = (res: ServerResponse): void => {
    sum -= held.get(res) ?? 0;
    held.delete(res);
  };

  return {
    /** Watches an answer of which so many bytes are still here. */
    watch: (res: ServerResponse, bytes: number): void => {
      held.set(res, bytes);
      sum += bytes;
      const timer = setTimeout(() => res.destroy(), patienceMs + bytes / bytesPerMs).unref();
      res.once("close", () => {
        clearTimeout(timer);
        forget(res);
      });
      for (const oldest of held.keys()) {
        if (sum <= maxBytes || oldest === res) break;
        forget(oldest);
        oldest.destroy();
      }
    },
  };
};
