/** What an API key may be limited to. A key that names no scope has all the rights of its user. */
export const scopes = ["readonly", "events.write", "calendars.write", "freebusy", "admin"] as const;

export type Scope = (typeof scopes)[number];

/**
 * What an endpoint asks of a key, and the scopes that have it: who writes events also reads them, and so on for calendars, which
 * here stand for their access lists, the list of calendars and the settings too. `admin` has everything: it makes keys. `any` is
 * had by every key, `none` asks for no key at all.
 */
const holders = {
  none: scopes,
  any: scopes,
  freebusy: ["freebusy", "readonly", "events.write", "admin"],
  "events.read": ["readonly", "events.write", "admin"],
  "events.write": ["events.write", "admin"],
  "calendars.read": ["readonly", "calendars.write", "admin"],
  "calendars.write": ["calendars.write", "admin"],
  admin: ["admin"],
} as const satisfies Record<string, readonly Scope[]>;

export type Need = keyof typeof holders;

/** Whether a key with these scopes has what an endpoint asks for; null: a key without limits. */
export const suffices = (held: readonly Scope[] | null, need: Need): boolean =>
  held === null || (holders[need] as readonly Scope[]).some((scope) => held.includes(scope));

/** Whether a key with the scopes `held` can do all that one with the scopes `other` can. */
export const coversScopes = (held: readonly Scope[] | null, other: readonly Scope[] | null): boolean =>
  (Object.keys(holders) as Need[]).every((need) => suffices(held, need) || !suffices(other, need));
