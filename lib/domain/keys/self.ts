import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import * as keys from "#lib/sql/keys.ts";

/** Reads the row of the key that the caller shows. Throws `notFound` when it has gone meanwhile. */
export const getOwnKey = async (ctx: Context): Promise<keys.KeyRow> => {
  const row = await keys.find(ctx.db, ctx.caller.keyId);
  if (!row) throw new Failure("notFound");
  return row;
};
