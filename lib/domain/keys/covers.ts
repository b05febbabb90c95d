import type { Caller } from "#lib/context.ts";
import type { KeyLimits } from "#lib/model/key.ts";
import { coversScopes } from "#lib/model/scope.ts";
import { isWithin, type Range, readRange } from "./ranges.ts";

const rangesOf = (texts: readonly string[]): readonly Range[] => texts.flatMap((text) => readRange(text) ?? []);

/**
 * Which of the limits of a key the caller's own key does not cover, by their names: a key makes, sees and ends only keys that can
 * do no more than itself.
 */
export const notCovered = (caller: Caller, limits: KeyLimits): readonly (keyof KeyLimits)[] => {
  const { scopes, calendars, ipRanges, expiresAt } = caller;
  const own = ipRanges && rangesOf(ipRanges);
  const covered: Readonly<Record<keyof KeyLimits, boolean>> = {
    scopes: coversScopes(scopes, limits.scopes),
    calendars: calendars === null || (limits.calendars?.every((id) => calendars.includes(id)) ?? false),
    ipRanges: own === null || (limits.ipRanges !== null && rangesOf(limits.ipRanges).every((range) => isWithin(own, range))),
    expiresAt: expiresAt === null || (limits.expiresAt !== null && limits.expiresAt <= expiresAt),
  };
  return (Object.keys(covered) as (keyof KeyLimits)[]).filter((name) => !covered[name]);
};
