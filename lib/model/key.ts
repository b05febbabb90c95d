import type { Scope } from "./scope.ts";

/** What an API key may be limited to, beside what its user may do. Null: not limited. */
export interface KeyLimits {
  readonly scopes: readonly Scope[] | null;
  /** Ids of the calendars it reaches. What belongs to the user and to no calendar, settings and the like, is out of its reach. */
  readonly calendars: readonly string[] | null;
  /** Networks it may be used from, CIDR. */
  readonly ipRanges: readonly string[] | null;
  /** When it ends, epoch milliseconds. */
  readonly expiresAt: number | null;
}

/** A key without limits. */
export const unlimited: KeyLimits = { scopes: null, calendars: null, ipRanges: null, expiresAt: null };
