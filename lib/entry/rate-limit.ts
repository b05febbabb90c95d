/**
 * Limits of rate: for an address, before anything is known of who asks, and for a key. Answers to requests with a key say how they stand
 * in the header fields of draft-ietf-httpapi-ratelimit-headers-11; other answers say nothing, as they would tell of others' requests.
 */
import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";
import type { Config } from "#lib/config.ts";
import { Failure, type Reason } from "#lib/errors.ts";
import { count } from "#lib/observe/metrics.ts";
import type { Tally } from "#lib/redis/tally.ts";
import { type Counter, createCounter, type Standing } from "./counter.ts";
import type { Incoming } from "./incoming.ts";

/** What an answer says of the limits. */
export interface RateLimit {
  /** The fields `RateLimit-Policy` and `RateLimit`. */
  readonly policy: string;
  readonly current: string;
  readonly secondsLeft: number;
}

export interface RateLimits {
  /** Counts a request from this address. Throws `rateLimitExceeded`. */
  countAddress(event: Incoming, address: string): void;
  /** Counts a request with this key. Throws `userRateLimitExceeded`. */
  countKey(event: Incoming, keyId: string): void;
}

/** The first half of an IPv6 address as RFC 5952 has it written, when it leaves out no zeros: for the others there is a slower way. */
const firstFourGroups = /^[1-9a-f][0-9a-f]{0,3}:(?:(?:0|[1-9a-f][0-9a-f]{0,3}):){3}/;

/**
 * What an address is counted as. An IPv6 address stands for its network of 64 bits: that is what one customer is given at the least, and
 * each request could come from another address of it. What is no address is all counted as one.
 */
export const networkOf = (address: string): string => {
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return "";
  const [written] = firstFourGroups.exec(address) ?? [];
  if (written !== undefined) return written.slice(0, -1);
  const parsed = ipaddr.process(address.replace(/%.*/, ""));
  return parsed instanceof ipaddr.IPv6 ? parsed.toNormalizedString().split(":", 4).join(":") : parsed.toString();
};

type Kind = "key" | "address";

const policyOf = (kind: Kind, counter: Counter): string => `"${kind}";q=${counter.limit};w=60`;

/** How it stands with a limit. Seconds are at least one: a client that comes back then finds the next minute. */
const stateOf = (policy: string, kind: Kind, { left, endsAt }: Standing): RateLimit => {
  const secondsLeft = Math.max(Math.ceil((endsAt - Date.now()) / 1_000), 1);
  return { policy, current: `"${kind}";r=${Math.max(left, 0)};t=${secondsLeft}`, secondsLeft };
};

/** @param tally where containers tell each other what they have counted; undefined: each counts for itself. */
export const createRateLimits = (
  { rateLimitPerMinute, rateLimitPerAddressPerMinute }: Config,
  tally: Tally | undefined,
): RateLimits => {
  const keys = rateLimitPerMinute > 0 ? createCounter("key", rateLimitPerMinute, tally) : undefined;
  const addresses = rateLimitPerAddressPerMinute > 0 ? createCounter("address", rateLimitPerAddressPerMinute, tally) : undefined;
  const policies = { key: keys && policyOf("key", keys), address: addresses && policyOf("address", addresses) };
  const policy = [policies.key, policies.address].filter((one) => one !== undefined).join(", ");

  const refuse = (event: Incoming, kind: Kind, reason: Reason, standing: Standing): never => {
    count("RateLimited", { Kind: kind });
    event.rateLimit = stateOf(kind === "key" ? policy : (policies.address ?? ""), kind, standing);
    throw new Failure(reason);
  };

  return {
    countAddress: (event, address) => {
      if (!addresses) return;
      const standing = addresses.take(networkOf(address));
      if (standing.left < 0) refuse(event, "address", "rateLimitExceeded", standing);
      event.addressStanding = standing;
    },
    countKey: (event, keyId) => {
      const standing = keys?.take(keyId);
      if (standing && standing.left < 0) refuse(event, "key", "userRateLimitExceeded", standing);
      const { addressStanding } = event;
      // The tighter one, which is the one that a client has to heed.
      if (addressStanding && (!standing || addressStanding.left < standing.left)) {
        event.rateLimit = stateOf(policy, "address", addressStanding);
      } else if (standing) event.rateLimit = stateOf(policy, "key", standing);
    },
  };
};
