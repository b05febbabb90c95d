import { record } from "#lib/domain/audit/record.ts";
import { hashKey } from "#lib/domain/keys/identify.ts";
import { newKey, readKeyForm } from "#lib/domain/keys/key-form.ts";
import { unlimited } from "#lib/model/key.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as keys from "#lib/sql/keys.ts";
import * as users from "#lib/sql/users.ts";
import { createUser } from "./insert.ts";

/** The address of the administrator that is made by the start. */
export const adminEmail = "admin@localhost";

/**
 * Makes sure there is an administrator. A start that finds none makes one, with `adminKey` or, without it, a new key that is returned
 * this once. A later start with another `adminKey` adds that key, to an administrator of that address made anew if need be: it is how an
 * operator who lost the first one comes back in.
 */
export const bootstrapAdmin = async (
  db: Connection,
  {
    secret,
    adminKey,
    keyEnvironment,
    now,
  }: { readonly secret: Buffer; readonly adminKey: string | undefined; readonly keyEnvironment: string; readonly now: number },
): Promise<{ readonly newKey?: string }> =>
  db.inTransaction(async (tx) => {
    if (adminKey === undefined && (await users.hasAdministrator(tx))) return {};
    const made = await createUser(tx, { email: adminEmail, displayName: "Administrator", isAdmin: true }, now);
    const admin = made ?? (await users.findByEmail(tx, adminEmail));
    if (!admin || (!made && adminKey === undefined)) return {};
    const form = adminKey === undefined ? undefined : readKeyForm(adminKey);
    if (form === "broken") throw new Error("BOOTSTRAP_ADMIN_KEY has the form of a key of ours, but its checksum is wrong.");
    const random = newKey(keyEnvironment);
    const { id } = form ?? random;
    const key = adminKey ?? random.key;
    const hash = hashKey(secret, key);
    const added = await keys.insert(tx, { ...unlimited, id, userId: admin.id, name: "bootstrap", hash, replaces: null });
    const server = { userId: "", keyId: "", action: "users.bootstrap", address: null, correlationId: null };
    if (added) await record(tx, secret, server, { subject: admin.id, object: { userId: admin.id, keyId: id } }, now);
    return adminKey === undefined ? { newKey: key } : {};
  });
