import type middy from "@middy/core";
import { clientAddress } from "./client-address.ts";
import type { Incoming } from "./incoming.ts";
import { type Services, services } from "./services.ts";

const locate = (event: Incoming, { config, limits }: Services): void => {
  event.address = clientAddress(event, config.trustedProxies);
  limits.countAddress(event, event.address);
};

/** The link that finds out where a request comes from. Throws `rateLimitExceeded` when too many do from there. */
export const limitAddress = (): middy.MiddlewareObj<Incoming, unknown> => ({
  before: ({ event }): Promise<void> | undefined => {
    const opened = services();
    if (opened instanceof Promise) return opened.then((open) => locate(event, open));
    locate(event, opened);
    return undefined;
  },
});
