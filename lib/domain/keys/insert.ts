import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { getUser } from "#lib/domain/users/get.ts";
import { Failure } from "#lib/errors.ts";
import type { KeyLimits } from "#lib/model/key.ts";
import * as keys from "#lib/sql/keys.ts";
import { notCovered } from "./covers.ts";
import { hashKey } from "./identify.ts";
import { newKey } from "./key-form.ts";
import { readRange, writeRange } from "./ranges.ts";

/** A key with its row: the only time that both are together. */
export interface NewKey {
  readonly key: string;
  readonly row: keys.KeyRow;
}

const invalid = (location: string, sentence: string) =>
  new Failure("invalid", { location, message: `Invalid value for ${location}: ${sentence}.` });

const readRanges = (texts: readonly string[]): readonly string[] =>
  texts.map((text, index) => {
    const range = readRange(text.trim());
    if (!range) throw invalid(`ipRanges[${index}]`, "it must be a network like 192.0.2.0/24 or 2001:db8::/32, or an address");
    return writeRange(range);
  });

/** Makes a key and keeps its hash. Throws `duplicate` for one that is there already, which chance does not bring about. */
export const createKey = async (
  ctx: Context,
  draft: KeyLimits & { readonly userId: string; readonly name: string; readonly replaces: string | null },
): Promise<NewKey> => {
  const { id, key } = newKey(ctx.settings.keyEnvironment);
  const row = await keys.insert(ctx.db, { ...draft, id, hash: hashKey(ctx.settings.secret, key) });
  if (!row) throw new Failure("duplicate");
  return { key, row };
};

/**
 * Gives a user another key: their own, or anybody's for an administrator. A limit that is not named is that of the key which asks;
 * one that is wider than that is refused. Throws `notFound`, `invalid`, `insufficientPermissions`.
 */
export const insertKey = async (
  ctx: Context,
  { userId, name, ...wanted }: Partial<KeyLimits> & { readonly userId: string; readonly name: string },
): Promise<NewKey> => {
  const user = await getUser(ctx, userId);
  const { caller } = ctx;
  if (wanted.expiresAt != null && wanted.expiresAt <= ctx.now()) throw invalid("expires", "it lies in the past");
  const limits: KeyLimits = {
    scopes: wanted.scopes ?? caller.scopes,
    calendars: wanted.calendars?.map((id) => (id === "primary" ? user.email : id.toLowerCase())) ?? caller.calendars,
    ipRanges: wanted.ipRanges ? readRanges(wanted.ipRanges) : caller.ipRanges,
    expiresAt: wanted.expiresAt ?? caller.expiresAt,
  };
  const [wider] = notCovered(caller, limits);
  if (wider !== undefined) {
    const location = wider === "expiresAt" ? "expires" : wider;
    throw new Failure("insufficientPermissions", {
      location,
      message: `Insufficient Permission: a key cannot give more than it has itself (${location}).`,
    });
  }
  return ctx.db.inTransaction(async (db) => {
    const made = await createKey({ ...ctx, db }, { ...limits, userId: user.id, name, replaces: null });
    await recordChange(ctx, db, { subject: user.id, object: { userId: user.id, keyId: made.row.id }, after: limits });
    return made;
  });
};
