import type { Incoming } from "./incoming.ts";

/**
 * The address that a request came from: what the outermost proxy of ours saw and wrote into X-Forwarded-For. Each proxy adds the
 * address it was called from at the right, so what stands further left is a client's own word, and is not believed.
 *
 * @param trustedProxies how many proxies of ours a request passes; 0 where the container itself has written the header.
 */
export const clientAddress = (
  { headers, multiValueHeaders }: Pick<Incoming, "headers" | "multiValueHeaders">,
  trustedProxies: number,
): string => {
  const all = multiValueHeaders?.["x-forwarded-for"]?.join(",") ?? headers["x-forwarded-for"] ?? "";
  const hops = all.split(",");
  const hop = (hops.at(-Math.max(trustedProxies, 1)) ?? hops[0] ?? "").trim();
  // A load balancer may be told to add the port: 192.0.2.1:54321, [2001:db8::1]:54321.
  return /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^([\d.]+):\d+$/.exec(hop)?.[1] ?? hop;
};
