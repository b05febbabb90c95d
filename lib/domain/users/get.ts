import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import * as users from "#lib/sql/users.ts";

/**
 * Reads a user: anybody themselves (`me` or their id), an administrator everybody. Throws `notFound`: that another user exists is
 * not for everybody to know.
 */
export const getUser = async (ctx: Context, userId: string): Promise<users.UserRow> => {
  const { caller } = ctx;
  const id = userId === "me" ? caller.userId : userId;
  const user = id === caller.userId || caller.isAdmin ? await users.find(ctx.db, id) : null;
  if (!user) throw new Failure("notFound");
  return user;
};
