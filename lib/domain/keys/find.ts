import type { Context } from "#lib/context.ts";
import { getUser } from "#lib/domain/users/get.ts";
import { Failure } from "#lib/errors.ts";
import * as keys from "#lib/sql/keys.ts";
import { mayManage } from "./list.ts";

/**
 * Reads a valid key and locks it, inside the transaction that `ctx` runs on. Throws `notFound`, also for one that has ended, and for one that can do more
 * than the caller's own.
 */
export const lockKey = async (
  ctx: Context,
  { userId, keyId }: { readonly userId: string; readonly keyId: string },
): Promise<keys.KeyRow> => {
  const user = await getUser(ctx, userId);
  const row = await keys.findLocked(ctx.db, user.id, keyId);
  const hasEnded = !row || row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= ctx.now());
  if (hasEnded || !mayManage(ctx, row)) throw new Failure("notFound");
  return row;
};
