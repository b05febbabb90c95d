import { createHmac, hash as digest, timingSafeEqual } from "node:crypto";
import type { Caller } from "#lib/context.ts";
import { suffices } from "#lib/model/scope.ts";
import type { Connection } from "#lib/sql/database.ts";
import * as keys from "#lib/sql/keys.ts";
import { readKeyForm } from "./key-form.ts";
import { admits, readRange } from "./ranges.ts";

/** How long what was found out about a key is trusted by itself: the database may say otherwise by then. */
const trustForMs = 1_000;
/** How long at most while this process hears of changes. */
const trustWhileHearingMs = 300_000;
/** How long a text that is no key is taken for none. */
const distrustForMs = 15_000;
/** At most this many keys are remembered; strangers' guesses push out the oldest, not the memory. */
const maxRemembered = 10_000;

/** A key's keyed hash, HMAC-SHA-256: all that is stored of it. */
export const hashKey = (secret: Buffer, key: string): Buffer => createHmac("sha256", secret).update(key).digest();

export interface KeyRing {
  /** The caller behind a credential; undefined when it is not a valid key. */
  identify(key: string): Caller | undefined | Promise<Caller | undefined>;
  /** Forgets a key at once, or all keys of a user, in this process. */
  forget(id: string): void;
}

/** What a process hears of changes to keys; in milliseconds of {@link Clock.steady}. */
export interface Hearing {
  /** Since when without a gap. */
  readonly since: number;
  /** All changes up to then have been heard. */
  readonly upTo: number;
}

export interface Clock {
  /** Epoch milliseconds. */
  readonly wall: () => number;
  /** Milliseconds that nobody sets. */
  readonly steady: () => number;
}

interface Remembered {
  readonly caller: Promise<Caller | undefined> | Caller | undefined;
  /** When the database was asked, at the latest. */
  readonly askedAt: number;
}

/** The public id in a well-formed key, valid or not, for the log. */
export const shownId = (key: string): string | undefined => {
  const form = readKeyForm(key);
  return typeof form === "object" ? form.id : undefined;
};

/** Whether a caller's key may be used from this address. */
export const mayComeFrom = ({ ipRanges }: Caller, address: string): boolean =>
  ipRanges === null ||
  admits(
    ipRanges.flatMap((text) => readRange(text) ?? []),
    address,
  );

/**
 * Checks keys against the database and remembers the answers. While the process hears of changes ({@link Hearing}: what was asked
 * since it began to hear, and all it has heard up to a second ago) an answer stays good until it is told otherwise; without that,
 * for a second. So a key that is revoked anywhere ends everywhere within about a second, and a known key costs no query.
 */
export const createKeyRing = (
  db: Connection,
  secret: Buffer,
  clock: Clock,
  hearing: () => Hearing | undefined = () => undefined,
): KeyRing => {
  const remembered = new Map<string, Remembered>();

  const lookUp = async (hash: Buffer): Promise<Caller | undefined> => {
    const owner = await keys.findOwner(db, hash);
    if (!owner || !timingSafeEqual(owner.hash, hash)) return undefined;
    const limits = keys.limitsOf(owner);
    // Who administers reaches every calendar, so a key that reaches some does not.
    const isAdmin = owner.is_admin && suffices(limits.scopes, "admin") && limits.calendars === null;
    return { userId: owner.user_id, email: owner.email, keyId: owner.key_id, isAdmin, ...limits };
  };

  const isCurrent = ({ caller, askedAt }: Remembered, now: number): boolean => {
    const age = now - askedAt;
    if (caller === undefined) return age < distrustForMs;
    if (age < trustForMs) return true;
    const heard = hearing();
    return heard !== undefined && askedAt >= heard.since && now - heard.upTo < trustForMs && age < trustWhileHearingMs;
  };

  const ask = (name: string, key: string, askedAt: number): Promise<Caller | undefined> => {
    const caller = lookUp(hashKey(secret, key));
    // Until the answer is there, requests with the same key wait for the same question.
    remembered.delete(name);
    remembered.set(name, { caller, askedAt });
    if (remembered.size > maxRemembered) remembered.delete(remembered.keys().next().value as string);
    const isStill = () => remembered.get(name)?.caller === caller;
    caller.then(
      (found) => isStill() && remembered.set(name, { caller: found, askedAt }),
      () => isStill() && remembered.delete(name),
    );
    return caller;
  };

  const unlessExpired = (caller: Caller | undefined): Caller | undefined =>
    caller && (caller.expiresAt === null || caller.expiresAt > clock.wall()) ? caller : undefined;

  return {
    identify: (key) => {
      // What is remembered goes by a plain digest: how long a look-up of it takes tells a guesser nothing, and it is cheap.
      const name = digest("sha256", key, "base64");
      const now = clock.steady();
      const known = remembered.get(name);
      if (known && isCurrent(known, now)) {
        return known.caller instanceof Promise ? known.caller.then(unlessExpired) : unlessExpired(known.caller);
      }
      if (readKeyForm(key) === "broken") return undefined;
      return ask(name, key, now).then(unlessExpired);
    },
    forget: (id) => {
      for (const [name, { caller }] of remembered) {
        if (caller instanceof Promise || caller?.keyId === id || caller?.userId === id) remembered.delete(name);
      }
    },
  };
};
