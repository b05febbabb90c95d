import type { Context } from "#lib/context.ts";
import { getUser } from "#lib/domain/users/get.ts";
import * as keys from "#lib/sql/keys.ts";

/** Lists a user's keys, revoked ones too, without the keys themselves. Throws `notFound`. */
export const listKeys = async (ctx: Context, userId: string): Promise<readonly keys.KeyRow[]> => {
  const user = await getUser(ctx, userId);
  return keys.list(ctx.db, user.id);
};
