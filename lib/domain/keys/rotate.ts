import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { Failure } from "#lib/errors.ts";
import * as keys from "#lib/sql/keys.ts";
import { notCovered } from "./covers.ts";
import { lockKey } from "./find.ts";
import { createKey, type NewKey } from "./insert.ts";

/**
 * Makes a key that can do what another one can and takes its place: both are valid until the overlap is over, unless the old one
 * ends before. Throws `notFound`, `insufficientPermissions` for a key that outlives the caller's own.
 *
 * @param overlapMs how long from now on the old key is still valid.
 */
export const rotateKey = async (
  ctx: Context,
  { userId, keyId, overlapMs }: { readonly userId: string; readonly keyId: string; readonly overlapMs: number },
): Promise<NewKey & { readonly oldExpiresAt: number }> => {
  const rotated = await ctx.db.inTransaction(async (db) => {
    const old = await lockKey({ ...ctx, db }, { userId, keyId });
    const limits = keys.limitsOf(old);
    if (notCovered(ctx.caller, limits).length > 0) throw new Failure("insufficientPermissions");
    const oldExpiresAt = Math.min(old.expires_at ?? Number.POSITIVE_INFINITY, ctx.now() + overlapMs);
    await keys.expire(db, old.id, oldExpiresAt);
    const made = await createKey({ ...ctx, db }, { ...limits, userId: old.user_id, name: old.name, replaces: old.id });
    await recordChange(ctx, db, {
      subject: old.user_id,
      object: { userId: old.user_id, keyId: old.id, newKeyId: made.row.id },
      before: { expiresAt: old.expires_at },
      after: { expiresAt: oldExpiresAt },
    });
    return { ...made, oldExpiresAt };
  });
  ctx.keys.forget(keyId);
  return rotated;
};
