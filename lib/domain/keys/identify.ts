import { createHmac, hash as digest, timingSafeEqual } from "node:crypto";
import type { Caller } from "#lib/context.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as keys from "#lib/sql/keys.ts";

/** How long a key found valid (or not) is trusted without asking the database again. */
const trustForMs = 15_000;
/** At most this many keys are remembered; strangers' guesses push out the oldest, not the memory. */
const maxRemembered = 10_000;

/** A key's keyed hash, HMAC-SHA-256: all that is stored of it. */
export const hashKey = (secret: Buffer, key: string): Buffer => createHmac("sha256", secret).update(key).digest();

export interface KeyRing {
  /** The caller behind a credential; undefined when it is not a valid key. */
  identify(key: string): Caller | undefined | Promise<Caller | undefined>;
  /** Forgets a key at once, in this process. */
  forget(keyId: string): void;
}

/**
 * Checks keys against the database and remembers the answers for a quarter of a minute: a key revoked in another process works
 * on here that long at most.
 */
export const createKeyRing = (db: Connection, secret: Buffer, now: () => number): KeyRing => {
  const remembered = new Map<
    string,
    { readonly caller: Promise<Caller | undefined> | Caller | undefined; readonly until: number }
  >();

  const lookUp = async (hash: Buffer): Promise<Caller | undefined> => {
    const owner = await keys.findOwner(db, hash);
    if (!owner || !timingSafeEqual(owner.hash, hash)) return undefined;
    return { userId: owner.user_id, email: owner.email, keyId: owner.key_id, isAdmin: owner.is_admin };
  };

  return {
    identify: (key) => {
      // What is remembered goes by a plain digest: how long a look-up of it takes tells a guesser nothing, and it is cheap.
      const name = digest("sha256", key, "base64");
      const known = remembered.get(name);
      if (known && known.until > now()) return known.caller;

      const until = now() + trustForMs;
      const caller = lookUp(hashKey(secret, key));
      // Until the answer is there, requests with the same key wait for the same question.
      remembered.delete(name);
      remembered.set(name, { caller, until });
      if (remembered.size > maxRemembered) remembered.delete(remembered.keys().next().value as string);
      caller.then(
        (found) => {
          if (remembered.get(name)?.caller === caller) remembered.set(name, { caller: found, until });
        },
        () => remembered.delete(name),
      );
      return caller;
    },
    forget: (keyId) => {
      for (const [name, { caller }] of remembered) {
        if (caller instanceof Promise || caller?.keyId === keyId) remembered.delete(name);
      }
    },
  };
};
