import type { IncomingMessage } from "node:http";

/** What admission has to know of a call, and its own two notes on it. */
export interface Admissible {
  readonly req: IncomingMessage;
  /** Index of the slot that the call holds, or -1. */
  slot: number;
  /** The sweep at which it started. */
  sweep: number;
}

interface AdmissionOptions<C> {
  readonly maxConcurrent: number;
  readonly maxQueued: number;
  readonly timeoutMs: number;
  /** Called, maybe much later, when the call has its slot; must not throw. */
  readonly start: (call: C) => void;
  /** Called when a call has held its slot for `timeoutMs` and up to a tenth more, just before it loses it. */
  readonly expire: (call: C) => void;
}

/** At most `maxConcurrent` calls at work, at most `maxQueued` waiting, first come first served. */
export const createAdmission = <C extends Admissible>(options: AdmissionOptions<C>) => {
  const { maxConcurrent, maxQueued, timeoutMs, start, expire } = options;
  // A fixed array instead of a Set: V8 keeps the tables that a busy Set outgrows, and all they held, until a full GC.
  const slots: (C | undefined)[] = [];
  const free: number[] = [];
  const waiting = new Set<C>();
  let running = 0;
  let sweeps = 0;

  const run = (call: C): void => {
    running++;
    call.sweep = sweeps;
    call.slot = free.pop() ?? slots.length;
    slots[call.slot] = call;
    start(call);
  };

  /** Frees the call's slot, if it has one, and gives it to the next in the queue whose client is still there. */
  const leave = (call: C): void => {
    if (call.slot === -1) return;
    slots[call.slot] = undefined;
    free.push(call.slot);
    call.slot = -1;
    running--;
    if (waiting.size === 0) return;
    for (const next of waiting) {
      if (running >= maxConcurrent) break;
      waiting.delete(next);
      if (!next.req.socket.destroyed) run(next);
    }
  };

  // One clock for all calls, a tenth of the timeout per tick, instead of a timer for each.
  const clock = setInterval(() => {
    const latest = ++sweeps - 10;
    for (const call of slots) {
      if (call === undefined || call.sweep >= latest) continue;
      expire(call);
      leave(call);
    }
  }, timeoutMs / 10).unref();

  return {
    isFull: (): boolean => running >= maxConcurrent && waiting.size >= maxQueued,
    /** Starts the call now, with `always` even beyond the limit, or queues it; false when the queue is full. */
    admit: (call: C, always: boolean): boolean => {
      if (running < maxConcurrent || always) {
        run(call);
        return true;
      }
      if (waiting.size >= maxQueued) return false;
      waiting.add(call);
      return true;
    },
    /** Whether the call still holds its slot: false once it expired. */
    holds: (call: C): boolean => call.slot !== -1,
    /** Whether the call waits for a slot. */
    waits: (call: C): boolean => waiting.has(call),
    /** Takes a call whose client went away out of the queue. */
    withdraw: (call: C): boolean => waiting.delete(call),
    leave,
    running: (): number => running,
    queued: (): number => waiting.size,
    close: (): void => clearInterval(clock),
  };
};
