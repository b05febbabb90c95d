import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

interface UntakenLimits {
  readonly patienceMs: number;
  /** A client that takes less is not waited for, once its patience is used up. */
  readonly bytesPerMs: number;
  readonly maxBytes: number;
}

/** How often in the time of its patience it is looked how much of a file a client has taken. */
const looks = 8;

/**
 * Keeps count of answers that clients do not take as fast as they are made, so that they cannot fill the memory: each gets a time that
 * fits its length, however steadily it drips; and when there are too many bytes in all, the answers that have waited longest are cut off.
 * Files take no memory, but they are somebody's turn: one ends as soon as the client is late by its patience.
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
    /** Watches a file that is on its way through a connection. What the system has taken to send counts as taken by the client. */
    watchFile: (res: ServerResponse, socket: Socket): void => {
      const taken = () => socket.bytesWritten - socket.writableLength;
      const [startedAt, before] = [performance.now(), taken()];
      const timer = setInterval(() => {
        const lateMs = performance.now() - startedAt - (taken() - before) / bytesPerMs;
        if (lateMs > patienceMs) res.destroy();
      }, patienceMs / looks).unref();
      res.once("close", () => clearInterval(timer));
    },
  };
};
