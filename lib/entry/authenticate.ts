import type middy from "@middy/core";
import { mayComeFrom, shownId } from "#lib/domain/keys/identify.ts";
import { Failure } from "#lib/errors.ts";
import { type Need, suffices } from "#lib/model/scope.ts";
import type { Incoming } from "./incoming.ts";
import { services } from "./services.ts";

/**
 * The one credential a request shows, an API key, from wherever clients put it: `X-API-Key`, `X-Goog-Api-Key`,
 * `Authorization: Bearer`, or `?key=` (in this order when there are several).
 */
const credential = (event: Incoming): string | undefined => {
  const { headers } = event;
  const inHeader = headers["x-api-key"] || headers["x-goog-api-key"];
  if (inHeader) return inHeader.trim();
  const { authorization } = headers;
  if (authorization) return /^Bearer +(\S+)$/i.exec(authorization.trim())?.[1] ?? "";
  const raw = event.multiValueQueryStringParameters?.key?.at(-1) ?? event.queryStringParameters?.key;
  if (raw === undefined) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch {
    return "";
  }
};

const maxCredentialLength = 512;

/**
 * The link that finds out who asks, whether their key may ask this and from there, and not too often. Throws `loginRequired` without a credential,
 * `authError` with a wrong one, `ipRefererBlocked`, `userRateLimitExceeded`, `insufficientPermissions`,
 * `forbidden`.
 */
export const authenticate = (access: "user" | "admin", scope: Need): middy.MiddlewareObj<Incoming, unknown> => ({
  before: async ({ event }) => {
    const key = credential(event);
    if (key === undefined) throw new Failure("loginRequired");
    if (key === "" || key.length > maxCredentialLength) throw new Failure("authError");
    const opened = services();
    const { keys, limits } = opened instanceof Promise ? await opened : opened;
    const identified = keys.identify(key);
    const caller = identified instanceof Promise ? await identified : identified;
    if (!caller) {
      event.refusedKeyId = shownId(key);
      throw new Failure("authError");
    }
    event.caller = caller;
    if (!mayComeFrom(caller, event.address ?? "")) throw new Failure("ipRefererBlocked");
    limits.countKey(event, caller.keyId);
    if (!suffices(caller.scopes, scope)) throw new Failure("insufficientPermissions");
    if (access === "admin" && !caller.isAdmin) throw new Failure("forbidden");
  },
});
