import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";

/** Throws `backendError` unless the database answers soon, `overloaded` when the process is on its way out. */
export const checkReady = async ({ settings: { isStopping, askDatabase } }: Context): Promise<void> => {
  const isThere = isStopping() || (await askDatabase());
  if (isStopping()) throw new Failure("overloaded", { message: "The server is shutting down." });
  if (!isThere) throw new Failure("backendError");
};
