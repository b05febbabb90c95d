/**
 * Adds to package-lock.json the optional platform packages that `npm install` silently left out because the registry in use
 * did not carry them. Without their entries `npm ci` refuses the lockfile ("Missing: … from lock file") on every machine.
 * Run after each `npm install`; a second run changes nothing.
 */
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../package-lock.json", import.meta.url);
const lock = JSON.parse(readFileSync(file, "utf8"));

const systems = ["android", "aix", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "ppc64le", "riscv64", "s390x", "x64"];

/** The platform fields that such a package carries, read off its name: `@scope/thing-linux-x64-musl`. */
const platformOf = (name) => {
  const words = name.split(/[-./]/);
  const os = systems.find((system) => words.includes(system)) ?? (words.includes("windows") ? "win32" : undefined);
  const cpu = processors.find((processor) => words.includes(processor)) ?? (words.includes("wasm32") ? "wasm32" : undefined);
  const libc = words.includes("musl") ? "musl" : words.includes("gnu") ? "glibc" : undefined;
  return { ...(os && { os: [os] }), ...(cpu && { cpu: [cpu] }), ...(libc && { libc: [libc] }) };
};

const present = new Set(Object.keys(lock.packages).map((path) => path.slice(path.lastIndexOf("node_modules/") + 13)));
let added = 0;
for (const entry of Object.values(lock.packages)) {
  for (const [name, range] of Object.entries(entry.optionalDependencies ?? {})) {
    if (present.has(name)) continue;
    const version = range.replace(/^[\^~]/, "");
    lock.packages[`node_modules/${name}`] = { version, ...(entry.dev && { dev: true }), ...platformOf(name), optional: true };
    present.add(name);
    added += 1;
  }
}

lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`package-lock.json: ${added} platform packages added.\n`);
