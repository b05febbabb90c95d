/** Where messages may go: a table of addresses that lead somewhere else than to a machine out there, however they are written. */
import { findTarget, isPublic, type Policy } from "#lib/domain/channels/address.ts";
import { Failure } from "#lib/errors.ts";

const names: Readonly<Record<string, readonly string[]>> = {
  "example.com": ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
  "inside.example": ["10.0.0.5"],
  "both.example": ["93.184.215.14", "192.168.1.1"],
  "metadata.example": ["169.254.169.254"],
  "six.example": ["fd00::1"],
};
const strict: Policy = { allowLoopback: false, resolve: async (name) => names[name] ?? [] };
const loose: Policy = { ...strict, allowLoopback: true };

const verdict = async (address: string, policy: Policy): Promise<string> => {
  try {
    return (await findTarget(address, policy)).addresses.join(" ");
  } catch (error) {
    if (error instanceof Failure) return error.reason;
    throw error;
  }
};

it.each([
  ["https://example.com/hook?a=b#c", "93.184.215.14 2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
  ["https://EXAMPLE.com:8443/", "93.184.215.14 2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
  ["https://93.184.215.14/", "93.184.215.14"],
  ["https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"],
])("lets %s pass", async (address, addresses) => {
  expect(await verdict(address, strict)).toBe(addresses);
});

it.each([
  "http://example.com/",
  "HTTP://example.com/",
  "ftp://example.com/",
  "file:///etc/passwd",
  "javascript:alert(1)",
  "data:,x",
  "http://localhost:8080/",
])("wants https: %s", async (address) => {
  expect(await verdict(address, strict)).toBe("webhookUrlNotHttps");
});

it.each([
  "nonsense",
  "https://",
  "https://user@example.com/",
  "https://user:secret@example.com/",
  "https://:secret@example.com/",
  "https://example.com:80/",
  "https://example.com:22/",
  "https://example.com:25/",
  "https://example.com:0/",
  "https://example.com:70000/",
  `https://example.com/${"x".repeat(2_048)}`,
  "https://unknown.example/",
  "https://inside.example/",
  "https://both.example/",
  "https://metadata.example/",
  "https://six.example/",
  "https://localhost/",
  "https://localhost./",
  "https://127.0.0.1/",
  "https://127.1/",
  "https://2130706433/",
  "https://0x7f000001/",
  "https://0177.0.0.1/",
  "https://①②⑦.0.0.1/",
  "https://127.0.0.1./",
  "https://0.0.0.0/",
  "https://10.1.2.3/",
  "https://172.16.0.1/",
  "https://192.168.0.1/",
  "https://169.254.169.254/latest/meta-data/",
  "https://100.64.0.1/",
  "https://192.0.2.1/",
  "https://198.18.0.1/",
  "https://224.0.0.1/",
  "https://255.255.255.255/",
  "https://[::1]/",
  "https://[::]/",
  "https://[::ffff:127.0.0.1]/",
  "https://[::ffff:10.0.0.1]/",
  "https://[::127.0.0.1]/",
  "https://[64:ff9b::7f00:1]/",
  "https://[64:ff9b:1::a00:1]/",
  "https://[2002:7f00:1::]/",
  "https://[2001:0:7f00:1::]/",
  "https://[2001:db8::1]/",
  "https://[fe80::1]/",
  "https://[fec0::1]/",
  "https://[fc00::1]/",
  "https://[ff02::1]/",
  "https://[100::1]/",
  "https://[4000::1]/",
])("refuses %s", async (address) => {
  expect(await verdict(address, strict)).toBe("webhookUrlUnauthorized");
});

it("lets http to this machine pass in tests, and nothing else", async () => {
  expect(await verdict("http://127.0.0.1:3000/", loose)).toBe("127.0.0.1");
  expect(await verdict("http://localhost:3000/", loose)).toBe("127.0.0.1");
  expect(await verdict("http://[::1]:3000/", loose)).toBe("::1");
  expect(await verdict("https://localhost:3000/", loose)).toBe("127.0.0.1");
  expect(await verdict("https://example.com/", loose)).toBe(names["example.com"]?.join(" "));
  for (const address of ["http://example.com/", "http://10.0.0.5:3000/", "https://inside.example/", "https://10.0.0.5/"]) {
    expect(await verdict(address, loose)).toBe("webhookUrlUnauthorized");
  }
});

it("knows an address that is none", () => {
  for (const one of ["", "x", "1.2.3.4.5", "example.com"]) expect([one, isPublic(one)]).toEqual([one, false]);
});
