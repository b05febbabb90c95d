import type { Context } from "#lib/context.ts";
import { getUser } from "#lib/domain/users/get.ts";
import * as keys from "#lib/sql/keys.ts";
import { notCovered } from "./covers.ts";

/**
 * Lists a user's keys, revoked and expired ones too, without the keys themselves: those that can do no more than the caller's own.
 * Throws `notFound`.
 */
export const listKeys = async (ctx: Context, userId: string): Promise<readonly keys.KeyRow[]> => {
  const user = await getUser(ctx, userId);
  const rows = await keys.list(ctx.db, user.id);
  return rows.filter((row) => mayManage(ctx, row));
};

/** Whether the caller may see and end a key: their own always, others that can do no more. */
export const mayManage = ({ caller }: Context, row: keys.KeyRow): boolean => {
  // An end that is near or far is no right of its own: a key that ends soon may still revoke one that does not.
  const wider = notCovered(caller, keys.limitsOf(row)).filter((name) => name !== "expiresAt");
  return row.id === caller.keyId || wider.length === 0;
};
