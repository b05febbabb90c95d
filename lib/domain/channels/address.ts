/**
 * Where messages may be posted to. Clients name these addresses, so one must never lead into the network this server stands in:
 * each is looked at when a channel is made and again, with what its name resolves to then, at every message.
 */
import { Resolver } from "node:dns/promises";
import ipaddr from "ipaddr.js";
import { Failure } from "#lib/errors.ts";

/** The addresses a host name has; empty when it has none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

export interface Policy {
  /** Lets http and addresses of this machine itself pass. */
  readonly allowLoopback: boolean;
  readonly resolve?: Resolve;
}

/** Where to connect to, and nowhere else: the addresses have been checked. */
export interface Target {
  readonly url: URL;
  readonly addresses: readonly string[];
}

const maxLength = 2_048;

const lookUpMs = 3_000;

/** Not the system's own look-up: that one blocks a thread of the few that files and compression share, as long as a stranger likes. */
const resolveName: Resolve = async (hostname) => {
  const resolver = new Resolver({ timeout: 1_000, tries: 2 });
  const timer = setTimeout(() => resolver.cancel(), lookUpMs);
  const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
  clearTimeout(timer);
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
};

/** What is routed to one machine out there, as IPv6 has it (RFC 4291, 2.4): all else in it is special in some way or unassigned. */
const globalUnicast = ipaddr.IPv6.parseCIDR("2000::/3");

/** Whether an address is that of a machine out there: public, unicast, and not an IPv4 address in disguise. */
export const isPublic = (address: string): boolean => {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== "unicast") return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast);
};

const isLoopback = (address: string) => ipaddr.isValid(address) && ipaddr.process(address).range() === "loopback";

const refuse = (why: string) =>
  new Failure("webhookUrlUnauthorized", { message: `Unauthorized WebHook callback channel: ${why}` });

/** Ports that no server of another protocol stands on by custom, as far as one can tell. */
const isUsualPort = (port: string) => port === "" || port === "443" || Number(port) >= 1_024;

/**
 * Reads an address and finds where it leads. Throws `webhookUrlNotHttps`, and `webhookUrlUnauthorized` with the reason for
 * everything else that will not do.
 */
export const findTarget = async (address: string, { allowLoopback, resolve = resolveName }: Policy): Promise<Target> => {
  if (address.length > maxLength) throw refuse(`the address is longer than ${maxLength} characters.`);
  if (!URL.canParse(address)) throw refuse("the address is not a URL.");
  const url = new URL(address);
  const isPlain = allowLoopback && url.protocol === "http:";
  if (url.protocol !== "https:" && !isPlain) {
    throw new Failure("webhookUrlNotHttps", { message: `WebHook callback must be HTTPS: ${address.slice(0, 200)}` });
  }
  if (url.username !== "" || url.password !== "") throw refuse("the address has a user name or password.");
  if (!isUsualPort(url.port)) throw refuse(`port ${url.port} is not allowed; use 443, or one from 1024 on.`);

  const literal = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const isLocalName = allowLoopback && literal === "localhost";
  const addresses = ipaddr.isValid(literal) ? [literal] : isLocalName ? ["127.0.0.1"] : await resolve(literal);
  if (addresses.length === 0) throw refuse("the host's name cannot be resolved.");
  const passes = (one: string) => (isPlain ? isLoopback(one) : isPublic(one) || (allowLoopback && isLoopback(one)));
  if (!addresses.every(passes)) throw refuse("the host is not on the public internet.");
  return { url, addresses };
};
