import http from "node:http";
import https from "node:https";
import { isIPv6 } from "node:net";
import type { Target } from "#lib/domain/channels/address.ts";

/**
 * Posts a message without a body, on a connection of its own to one of the target's addresses, whatever its name resolves to by now.
 * Redirects are not followed, and of the answer nothing but the status is read.
 *
 * @returns the status; 102 when that came first, for the receiver has it then. Throws when there is no answer until `signal`.
 */
export const post = (
  { url, addresses }: Target,
  headers: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<number> =>
  new Promise((answered, failed) => {
    const known = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
    const request = (url.protocol === "https:" ? https : http).request(url, {
      method: "POST",
      agent: false,
      headers: { ...headers, "Content-Length": "0", "User-Agent": "calendar-api-push", Connection: "close" },
      lookup: (_hostname, { all }, found) => {
        if (all) found(null, known);
        else found(null, known[0]?.address ?? "", known[0]?.family);
      },
      signal,
    });
    const end = (status: number) => {
      answered(status);
      request.destroy();
    };
    request.on("response", ({ statusCode = 0 }) => end(statusCode));
    request.on("information", ({ statusCode }) => {
      if (statusCode === 102) end(statusCode);
    });
    request.on("error", failed);
    request.end();
  });
