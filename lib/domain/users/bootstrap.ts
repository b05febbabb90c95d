import { hashKey } from "#lib/domain/keys/identify.ts";
import { newKey, newKeyId } from "#lib/domain/keys/insert.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as keys from "#lib/sql/keys.ts";
import * as users from "#lib/sql/users.ts";
import { createUser } from "./insert.ts";

/** The address of the administrator that the first start makes. */
export const adminEmail = "admin@localhost";

/**
 * Makes sure there is an administrator. The first start makes one, with `adminKey` or, without it, a new key that is returned this
 * once. A later start with another `adminKey` adds that key: it is how an operator who lost the first one comes back in.
 */
export const bootstrapAdmin = async (
  db: Connection,
  { secret, adminKey, now }: { readonly secret: Buffer; readonly adminKey: string | undefined; readonly now: number },
): Promise<{ readonly newKey?: string }> =>
  db.inTransaction(async (tx) => {
    const made = await createUser(tx, { email: adminEmail, displayName: "Administrator", isAdmin: true }, now);
    const admin = made ?? (await users.findByEmail(tx, adminEmail));
    if (!admin || (!made && adminKey === undefined)) return {};
    const key = adminKey ?? newKey();
    await keys.insert(tx, { id: newKeyId(), userId: admin.id, name: "bootstrap", hash: hashKey(secret, key) });
    return adminKey === undefined ? { newKey: key } : {};
  });
