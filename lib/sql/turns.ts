/**
 * Turns at what many write to at the same time. Their transactions would follow one another at its lock anyway; without turns all of
 * them would wait there, each with a connection that others need, and the database would wake one after the other.
 */
import { OutOfTime } from "./lanes.ts";

/** One that works and one that is at the lock already when it is done: more gain nothing. Other processes wait at the lock too. */
const atATime = 2;

/** How often those are looked for whose time to wait is over. */
const lookEveryMs = 50;

interface Waiting {
  /** `performance.now()` at which it waits no longer. */
  readonly deadline: number;
  readonly go: () => void;
  readonly fail: (error: unknown) => void;
}

export interface Turns {
  /**
   * Does `work` when it is its turn among what has these names, taken one after the other, each in the order they came. Rejects with
   * {@link OutOfTime} when that is not by the deadline.
   */
  take<T>(names: readonly string[], deadline: number, work: () => Promise<T>): Promise<T>;
  /** How many wait. */
  waiting(): number;
  close(): void;
}

export const createTurns = (): Turns => {
  /** What has a turn, and who waits for one, by name. */
  const lines = new Map<string, { working: number; readonly waiting: Waiting[] }>();

  const leave = (name: string): void => {
    const line = lines.get(name);
    if (!line) return;
    const next = line.waiting.shift();
    if (next) next.go();
    else if (line.working > 1) line.working -= 1;
    else lines.delete(name);
  };

  const enter = (name: string, deadline: number): Promise<void> | undefined => {
    const line = lines.get(name) ?? { working: 0, waiting: [] };
    lines.set(name, line);
    if (line.working === atATime) return new Promise((go, fail) => line.waiting.push({ deadline, go, fail }));
    line.working += 1;
    return undefined;
  };

  const clock = setInterval(() => {
    const now = performance.now();
    for (const { waiting } of lines.values()) {
      for (let index = waiting.length - 1; index >= 0; index -= 1) {
        if ((waiting[index] as Waiting).deadline <= now) waiting.splice(index, 1)[0]?.fail(new OutOfTime());
      }
    }
  }, lookEveryMs).unref();

  return {
    take: async (names, deadline, work) => {
      const taken: string[] = [];
      try {
        for (const name of names) {
          await enter(name, deadline);
          taken.push(name);
        }
        return await work();
      } finally {
        for (const name of taken) leave(name);
      }
    },
    waiting: () => [...lines.values()].reduce((sum, { waiting }) => sum + waiting.length, 0),
    close: () => clearInterval(clock),
  };
};
