import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { Failure } from "#lib/errors.ts";
import * as groups from "#lib/sql/groups.ts";

/** Makes an address a member of a group, for an administrator; it need not be a user's. Throws `notFound`. */
export const insertMember = async (
  ctx: Context,
  { groupId, email }: { readonly groupId: string; readonly email: string },
): Promise<string> => {
  const address = email.toLowerCase();
  return ctx.db.inTransaction(async (db) => {
    if (!(await groups.putMember(db, groupId.toLowerCase(), address))) throw new Failure("notFound");
    await recordChange(ctx, db, { subject: address, object: { groupId: groupId.toLowerCase() }, after: { member: true } });
    return address;
  });
};
