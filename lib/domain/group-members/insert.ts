import type { Context } from "#lib/context.ts";
import { Failure } from "#lib/errors.ts";
import * as groups from "#lib/sql/groups.ts";

/** Makes an address a member of a group, for an administrator; it need not be a user's. Throws `notFound`. */
export const insertMember = async (
  ctx: Context,
  { groupId, email }: { readonly groupId: string; readonly email: string },
): Promise<string> => {
  const address = email.toLowerCase();
  if (!(await groups.putMember(ctx.db, groupId.toLowerCase(), address))) throw new Failure("notFound");
  return address;
};
