/**
 * Counts requests by name, per minute. A process counts by itself, in memory, and tells the others through Redis what it has counted,
 * a slice at a time: no request waits for Redis, and most cost no word with it.
 *
 * What that means for the limit: one process by itself keeps to it exactly. N processes never refuse too early, and together let
 * through at most N slices more than the limit, and what comes in while Redis answers, 100 ms at most. A slice is a hundredth of the
 * limit, and never more than 1,000 requests. While Redis is away each goes on by itself from what was known then, so together they let
 * through N times what was left; what has not been told is told when it is back. Names that do not fill a slice in a minute never get
 * to Redis, so a flood of addresses does not either.
 *
 * Minutes are those of the clock, begun at a moment of each name's own: all containers mean the same one (as far as their clocks agree),
 * and not everybody's limit is fresh at the same moment. A client may use up two limits round the end of a minute.
 */
import type { Tally } from "#lib/redis/tally.ts";

const windowMs = 60_000;
const largestSlice = 1_000;
/** Names that are remembered, twice over: a flood of new ones pushes out those that have been idle for longest, about 20 MB at most. */
const mostNames = 50_000;

/** How a name stands; it changes with its next request. */
export interface Standing {
  /** Requests that are left in this minute; less than none: this one is too much. */
  readonly left: number;
  /** Epoch milliseconds. */
  readonly endsAt: number;
}

export interface Counter {
  readonly limit: number;
  /** Counts a request, unless it is too much. */
  take(name: string): Standing;
}

interface Count {
  /** Which minute is counted. */
  window: number;
  /** What is added to the clock, so that a minute begins then for this name. */
  readonly offsetMs: number;
  endsAt: number;
  left: number;
  /** Requests that all processes are known to have let through. */
  known: number;
  /** Those of this process that Redis is being told of. */
  telling: number;
  /** Those of this process that it has not been told of. */
  untold: number;
}

/** The same for a name everywhere. */
const offsetOf = (name: string): number => {
  let sum = 0;
  for (let index = 0; index < name.length; index += 1) sum = (Math.imul(sum, 31) + name.charCodeAt(index)) | 0;
  return Math.abs(sum) % windowMs;
};

/**
 * @param kind tells the names of several counters apart.
 * @param limit requests per name and minute; at least 1.
 * @param tally where processes tell each other; undefined: there is this one only.
 * @param now epoch milliseconds, the same for all processes.
 */
export const createCounter = (kind: string, limit: number, tally: Tally | undefined, now: () => number = Date.now): Counter => {
  const slice = Math.min(Math.ceil(limit / 100), largestSlice);
  // Two generations: what nobody has asked for since the last turn is gone at the next, with no list to go through.
  let current = new Map<string, Count>();
  let previous = new Map<string, Count>();
  let turnedAt = now();

  const find = (name: string, at: number): Count => {
    const known = current.get(name);
    if (known) return known;
    if (current.size >= mostNames || at - turnedAt >= windowMs) {
      previous = current;
      current = new Map();
      turnedAt = at;
    }
    const count = previous.get(name) ?? {
      window: 0,
      offsetMs: offsetOf(name),
      endsAt: 0,
      left: limit,
      known: 0,
      telling: 0,
      untold: 0,
    };
    current.set(name, count);
    return count;
  };

  const tell = async (name: string, count: Count, to: Tally): Promise<void> => {
    const { window, untold } = count;
    count.telling = untold;
    count.untold = 0;
    const total = await to.add(`${kind} ${name} ${window}`, untold);
    if (count.window !== window) return;
    // What Redis has forgotten, or did not say, this process still knows.
    count.known = Math.max(count.known + untold, total ?? 0);
    count.telling = 0;
  };

  return {
    limit,
    take: (name) => {
      const at = now();
      const count = find(name, at);
      const window = Math.floor((at + count.offsetMs) / windowMs);
      if (window !== count.window) {
        Object.assign(count, { window, endsAt: (window + 1) * windowMs - count.offsetMs, known: 0, telling: 0, untold: 0 });
      }
      const used = count.known + count.telling + count.untold;
      count.left = limit - used - 1;
      if (count.left < 0) return count;
      count.untold += 1;
      if (tally && count.untold >= slice && count.telling === 0 && tally.isThere()) void tell(name, count, tally);
      return count;
    },
  };
};
