import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import * as keys from "#lib/sql/keys.ts";
import { lockKey } from "./find.ts";

/** Ends a key's validity: at once in this process, within about a second in others. Throws `notFound`. */
export const revokeKey = async (
  ctx: Context,
  { userId, keyId }: { readonly userId: string; readonly keyId: string },
): Promise<void> => {
  await ctx.db.inTransaction(async (db) => {
    const key = await lockKey({ ...ctx, db }, { userId, keyId });
    await keys.revoke(db, keyId);
    await recordChange(ctx, db, { subject: key.user_id, object: { userId: key.user_id, keyId }, before: keys.limitsOf(key) });
  });
  ctx.keys.forget(keyId);
};
