import { setTimeout as delay } from "node:timers/promises";
import type { Config } from "#lib/config.ts";
import { log } from "#lib/observe/logger.ts";
import type { Login } from "#lib/sql/login.ts";

/** The first requests come first: loading the queue's library takes a tenth of a second of the process. */
const startAfterMs = 500;
const tryAgainMs = 5_000;

/**
 * Sends push messages from now on, unless this process shall send none, and tries again while that cannot start. What it takes is
 * loaded here and not with the program: it would make every start longer, and nobody waits for it.
 *
 * @returns ends it, after the messages that are on their way.
 */
export const startPushing = (login: Login | string, { pushWorkers, pushAllowLoopback }: Config): (() => Promise<void>) => {
  const ending = new AbortController();
  const start = async (): Promise<(() => Promise<void>) | undefined> => {
    for (let waitMs = startAfterMs; pushWorkers > 0; waitMs = tryAgainMs) {
      await delay(waitMs, undefined, { signal: ending.signal }).catch(() => undefined);
      if (ending.signal.aborted) break;
      try {
        const { startPush } = await import("#lib/push/work.ts");
        return await startPush(login, { workers: pushWorkers, allowLoopback: pushAllowLoopback });
      } catch (error) {
        log.warn("push cannot start", { text: (error as Error).message });
      }
    }
    return undefined;
  };
  const starting = start();
  return async () => {
    ending.abort();
    const stop = await starting;
    await stop?.();
  };
};
