/**
 * Hears what the database tells (LISTEN and NOTIFY), on a connection of its own. What NOTIFY costs, that transactions which tell end
 * one after the other, only those pay that change what is told of; hence it is for rare changes alone.
 */
import { Client } from "pg";
import type { clientOptions } from "./login.ts";

/** How often the connection is asked for a sign of life: what the database told before its answer has been heard by then. */
const beatMs = 400;
/** How long an answer, or a connection, may take. */
const patienceMs = 2_000;
const tryAgainMs = { least: 100, most: 2_000 };

/** In milliseconds of `performance.now()`. */
interface Hearing {
  readonly since: number;
  readonly upTo: number;
}

export interface Listener {
  /** Since when without a gap, and up to when, everything has been heard; undefined while nothing is. */
  hearing(): Hearing | undefined;
  close(): Promise<void>;
}

/**
 * Calls `hear` with the text of every notification on a channel, from when it can be heard. A connection that breaks, or does not
 * answer, is replaced, and {@link Listener.hearing} begins anew. It keeps no process alive.
 *
 * @param connect the options of a new connection; asked each time, since passwords change.
 */
export const listen = (
  connect: () => Promise<ReturnType<typeof clientOptions>>,
  channel: "keys",
  hear: (text: string) => void,
): Listener => {
  let hearing: Hearing | undefined;
  let client: Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let waitMs: number = tryAgainMs.least;
  let isClosed = false;
  let opening: Promise<void> = Promise.resolve();

  const later = (work: () => Promise<void>, ms: number): void => {
    if (!isClosed) timer = setTimeout(work, ms).unref();
  };

  /** Lets go of a connection; once for each, however many signs there are that it is broken. */
  const drop = (broken: Client): void => {
    if (client !== broken) return;
    client = undefined;
    hearing = undefined;
    clearTimeout(timer);
    broken.end().catch(() => {});
    later(begin, waitMs * (0.5 + Math.random()));
    waitMs = Math.min(waitMs * 2, tryAgainMs.most);
  };

  const beat = async (mine: Client): Promise<void> => {
    const askedAt = performance.now();
    try {
      await mine.query("select");
      if (client !== mine || !hearing) return;
      hearing = { ...hearing, upTo: askedAt };
      waitMs = tryAgainMs.least;
      later(() => beat(mine), beatMs);
    } catch {
      drop(mine);
    }
  };

  const open = async (): Promise<void> => {
    const options = await connect().catch(() => undefined);
    if (isClosed) return;
    if (!options) return later(begin, tryAgainMs.most);
    const mine = new Client({
      ...options,
      application_name: "listener",
      connectionTimeoutMillis: patienceMs,
      query_timeout: patienceMs,
      keepAlive: true,
    });
    client = mine;
    mine.on("error", () => drop(mine));
    mine.on("end", () => drop(mine));
    mine.on("notification", ({ payload = "" }) => hear(payload));
    try {
      await mine.connect();
      // The driver has it, its types do not.
      (mine as Client & { unref(): void }).unref();
      await mine.query(`listen ${channel}`);
      if (client !== mine) return;
      const since = performance.now();
      hearing = { since, upTo: since };
      await beat(mine);
    } catch {
      drop(mine);
    }
  };

  const begin = (): Promise<void> => {
    opening = open();
    return opening;
  };

  void begin();
  return {
    hearing: () => hearing,
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      const last = client;
      client = undefined;
      hearing = undefined;
      // A connection that is ended while it is made never says so.
      await opening;
      await last?.end().catch(() => {});
    },
  };
};
