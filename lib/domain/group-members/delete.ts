import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { endLostEntries } from "#lib/domain/calendar-list/end-lost.ts";
import { Failure } from "#lib/errors.ts";
import * as groups from "#lib/sql/groups.ts";
import * as users from "#lib/sql/users.ts";

/** Ends a membership, for an administrator: the member loses what rules allowed the group. Throws `notFound`. */
export const deleteMember = async (
  ctx: Context,
  { groupId, email }: { readonly groupId: string; readonly email: string },
): Promise<void> =>
  ctx.db.inTransaction(async (db) => {
    const address = email.toLowerCase();
    const userIds = await users.lockByEmails(db, [address]);
    if (!(await groups.removeMember(db, groupId.toLowerCase(), address))) throw new Failure("notFound");
    await endLostEntries(db, { userIds }, ctx.now());
    await recordChange(ctx, db, { subject: address, object: { groupId: groupId.toLowerCase() }, before: { member: true } });
  });
