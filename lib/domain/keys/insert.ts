import { randomBytes } from "node:crypto";
import type { Context } from "#lib/context.ts";
import { getUser } from "#lib/domain/users/get.ts";
import { Failure } from "#lib/errors.ts";
import * as keys from "#lib/sql/keys.ts";
import { hashKey } from "./identify.ts";

/** A new API key: `cal_` and 160 random bits. */
export const newKey = (): string => `cal_${randomBytes(20).toString("hex")}`;
export const newKeyId = (): string => randomBytes(9).toString("base64url");

/** Gives a user another key: their own, or anybody's for an administrator. The key itself is returned here and never again. */
export const insertKey = async (
  ctx: Context,
  { userId, name }: { readonly userId: string; readonly name: string },
): Promise<{ readonly key: string; readonly row: keys.KeyRow }> => {
  const user = await getUser(ctx, userId);
  const key = newKey();
  const row = await keys.insert(ctx.db, { id: newKeyId(), userId: user.id, name, hash: hashKey(ctx.settings.secret, key) });
  if (!row) throw new Failure("duplicate");
  return { key, row };
};
