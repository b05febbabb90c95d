import type { Context } from "#lib/context.ts";
import { getUser } from "#lib/domain/users/get.ts";
import { Failure } from "#lib/errors.ts";
import * as keys from "#lib/sql/keys.ts";

/** Ends a key's validity: at once in this process, within seconds in others. Throws `notFound`. */
export const revokeKey = async (
  ctx: Context,
  { userId, keyId }: { readonly userId: string; readonly keyId: string },
): Promise<void> => {
  const user = await getUser(ctx, userId);
  if (!(await keys.revoke(ctx.db, user.id, keyId))) throw new Failure("notFound");
  ctx.keys.forget(keyId);
};
