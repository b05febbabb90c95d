import ipaddr from "ipaddr.js";

type Address = ReturnType<typeof ipaddr.process>;

/** A network, CIDR: its first address, and how many of the leading bits all of its addresses share. */
export interface Range {
  readonly first: Address;
  readonly bits: number;
}

const widthOf = (address: Address): number => (address.kind() === "ipv4" ? 32 : 128);

/** IPv4 addresses in IPv6's clothes, `::ffff:192.0.2.1`, are taken for what they are. */
const readAddress = (text: string): Address | undefined =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text) ? ipaddr.process(text) : undefined;

/** Reads `192.0.2.0/24`, `2001:db8::/32` or a single address; undefined when it is none, or has bits beyond its network. */
export const readRange = (text: string): Range | undefined => {
  const [address = "", bits, ...rest] = text.split("/");
  const first = address.includes("%") ? undefined : readAddress(address);
  if (!first || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined;
  const isMapped = first.kind() === "ipv4" && address.includes(":");
  const width = widthOf(first);
  const length = bits === undefined ? width : Number(bits) - (isMapped ? 96 : 0);
  if (length < 0 || length > width) return undefined;
  const range = { first, bits: length };
  return networkOf(range) === first.toString() ? range : undefined;
};

const networkOf = ({ first, bits }: Range): string => {
  const bytes = first.toByteArray().map((byte, index) => byte & (0xff << (8 - Math.min(Math.max(bits - index * 8, 0), 8))));
  return ipaddr.fromByteArray(bytes).toString();
};

/** As it is stored and shown. */
export const writeRange = ({ first, bits }: Range): string => `${first.toString()}/${bits}`;

const holds = (outer: Range, inner: Range): boolean =>
  outer.first.kind() === inner.first.kind() && outer.bits <= inner.bits && inner.first.match(outer.first as never, outer.bits);

/** Whether every address of `inner` lies in one of these ranges. */
export const isWithin = (ranges: readonly Range[], inner: Range): boolean => ranges.some((outer) => holds(outer, inner));

/** Whether an address lies in one of these ranges; what is no address does not. */
export const admits = (ranges: readonly Range[], address: string): boolean => {
  const read = readAddress(address);
  return read !== undefined && isWithin(ranges, { first: read, bits: widthOf(read) });
};
