import { crc32 } from "node:zlib";
import { newKey, readKeyForm } from "#lib/domain/keys/key-form.ts";
import { admits, isWithin, readRange, writeRange } from "#lib/domain/keys/ranges.ts";
import { clientAddress } from "#lib/entry/client-address.ts";
import { coversScopes, type Scope, scopes, suffices } from "#lib/model/scope.ts";

describe("a key", () => {
  it("names its environment and its id, has 190 random bits, and ends in a CRC-32 of all before, in base 62", () => {
    const { id, key } = newKey("live");

    expect(key).toMatch(/^cal_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
    expect(key.split("_")[2]).toBe(id);
    const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const value = [...key.slice(-6)].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0);
    expect(value).toBe(crc32(key.slice(0, -6)));
    expect(readKeyForm(key)).toEqual({ id });
    expect(new Set(Array.from({ length: 1_000 }, () => newKey("live").key)).size).toBe(1_000);
  });

  it("of which one character is another is broken, wherever it is", () => {
    const { key } = newKey("test");
    for (let place = "cal_test_".length; place < key.length; place += 1) {
      if (key[place] === "_") continue;
      const other = key[place] === "a" ? "b" : "a";
      expect(readKeyForm(key.slice(0, place) + other + key.slice(place + 1))).toBe("broken");
    }
  });

  it.each(["cal_0123456789abcdef0123456789abcdef01234567", "administrator-of-the-tests", "cal_live_short_secret", ""])(
    "of another form is not judged: %s",
    (text) => expect(readKeyForm(text)).toBeUndefined(),
  );
});

describe("scopes", () => {
  it("hold what they say, and no more", () => {
    const needs = ["freebusy", "events.read", "events.write", "calendars.read", "calendars.write", "admin"] as const;
    const held = (scope: Scope) => needs.filter((need) => suffices([scope], need));

    expect(held("readonly")).toEqual(["freebusy", "events.read", "calendars.read"]);
    expect(held("events.write")).toEqual(["freebusy", "events.read", "events.write"]);
    expect(held("calendars.write")).toEqual(["calendars.read", "calendars.write"]);
    expect(held("freebusy")).toEqual(["freebusy"]);
    expect(held("admin")).toEqual([...needs]);
    for (const scope of scopes) expect(suffices([scope], "any")).toBe(true);
    for (const need of needs) expect(suffices(null, need)).toBe(true);
  });

  it("cover those that can do no more", () => {
    expect(coversScopes(["readonly"], ["freebusy"])).toBe(true);
    expect(coversScopes(["events.write", "calendars.write"], ["readonly"])).toBe(true);
    expect(coversScopes(["events.write"], ["readonly"])).toBe(false);
    expect(coversScopes(["events.write", "calendars.write"], null)).toBe(false);
    expect(coversScopes(null, null)).toBe(true);
  });
});

describe("ranges of addresses", () => {
  it.each([
    ["192.0.2.0/24", "192.0.2.0/24"],
    ["192.0.2.7", "192.0.2.7/32"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:DB8::/32", "2001:db8::/32"],
    ["2001:db8::1", "2001:db8::1/128"],
    ["::/0", "::/0"],
    ["::ffff:192.0.2.0/120", "192.0.2.0/24"],
  ])("%s is read", (text, written) => {
    const range = readRange(text);
    expect(range && writeRange(range)).toBe(written);
  });

  it.each([
    "",
    "192.0.2.0/33",
    "192.0.2.1/24",
    "192.0.2/24",
    "192.0.2.0/",
    "192.0.2.0/-1",
    "192.0.2.0/24/8",
    "0x7f.1",
    "2001:db8::/129",
    "2001:db8::1/32",
    "fe80::1%eth0",
    "::ffff:192.0.2.0/24",
    "example.org",
  ])("%s is refused", (text) => expect(readRange(text)).toBeUndefined());

  it("admit the addresses in them, and nothing that is none", () => {
    const ranges = ["192.0.2.0/24", "2001:db8::/32"].flatMap((text) => readRange(text) ?? []);

    for (const address of ["192.0.2.0", "192.0.2.255", "::ffff:192.0.2.9", "2001:db8:ffff::1"]) {
      expect([address, admits(ranges, address)]).toEqual([address, true]);
    }
    for (const address of ["192.0.3.0", "2001:db9::", "::1", "", "192.0.2", "192.0.2.1, 10.0.0.1", "unknown"]) {
      expect([address, admits(ranges, address)]).toEqual([address, false]);
    }
  });

  it("hold narrower ones of their own kind", () => {
    const within = (outer: string, inner: string) =>
      isWithin(readRange(outer) ? [readRange(outer) as never] : [], readRange(inner) as never);

    expect(within("10.0.0.0/8", "10.1.0.0/16")).toBe(true);
    expect(within("10.0.0.0/8", "10.0.0.0/8")).toBe(true);
    expect(within("10.1.0.0/16", "10.0.0.0/8")).toBe(false);
    expect(within("0.0.0.0/0", "::/0")).toBe(false);
  });
});

describe("the address of a client", () => {
  const from = (header: string, trusted: number) => clientAddress({ headers: { "x-forwarded-for": header } }, trusted);

  it("is the one that the outermost proxy of ours has written, whatever a client wrote before", () => {
    expect(from("192.0.2.1", 1)).toBe("192.0.2.1");
    expect(from("10.0.0.1, 192.0.2.1", 1)).toBe("192.0.2.1");
    expect(from("10.0.0.1, 192.0.2.1, 198.51.100.9", 2)).toBe("192.0.2.1");
    expect(from("198.51.100.9", 2)).toBe("198.51.100.9");
    expect(from("10.0.0.1,192.0.2.1", 0)).toBe("192.0.2.1");
    expect(from("192.0.2.1:54321", 1)).toBe("192.0.2.1");
    expect(from("[2001:db8::1]:54321", 1)).toBe("2001:db8::1");
    expect(from("2001:db8::1", 1)).toBe("2001:db8::1");
    expect(from("", 1)).toBe("");
  });

  it("is read from all headers of that name", () => {
    const headers = { "x-forwarded-for": "192.0.2.1" };
    const event = { headers, multiValueHeaders: { "x-forwarded-for": ["10.0.0.1", "192.0.2.1"] } };
    expect(clientAddress(event, 1)).toBe("192.0.2.1");
    expect(clientAddress(event, 2)).toBe("10.0.0.1");
  });
});
