import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { Failure } from "#lib/errors.ts";
import * as groups from "#lib/sql/groups.ts";
import * as users from "#lib/sql/users.ts";

/** Adds a group, for an administrator. Throws `duplicate` when the address is a user's or a group's. */
export const insertGroup = async (
  ctx: Context,
  { email, displayName }: { readonly email: string; readonly displayName?: string | undefined },
): Promise<groups.GroupRow> =>
  ctx.db.inTransaction(async (db) => {
    const address = email.toLowerCase();
    await users.lockAddress(db, address);
    const isUsers = await users.findByEmail(db, address);
    const made = isUsers ? null : await groups.insert(db, { email: address, displayName: displayName ?? null });
    if (!made)
      throw new Failure("duplicate", { location: "email", message: "A user or a group with this address exists already." });
    await recordChange(ctx, db, { object: { groupId: address } });
    return made;
  });
