import { setTimeout as delay } from "node:timers/promises";
import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import * as health from "#lib/sql/health.ts";

const patienceMs = 2_000;

/** Throws `backendError` unless the database answers soon, `overloaded` when the process is on its way out. */
export const checkReady = async (ctx: Context): Promise<void> => {
  if (ctx.settings.isStopping()) throw new Failure("overloaded", { message: "The server is shutting down." });
  const patience = new AbortController();
  const answered = health.ping(ctx.db).then(() => true);
  const late = delay(patienceMs, false, { signal: patience.signal }).catch(() => false);
  try {
    if (!(await Promise.race([answered, late]))) throw new Failure("backendError");
  } finally {
    patience.abort();
    answered.catch(() => undefined);
  }
};
