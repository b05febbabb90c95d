/**
 * Makes sure node_modules holds what package-lock.json says, then gets out of the way: `npm start` and `npm test` begin here,
 * so that a fresh clone needs no separate install step. Runs on the system's own Node (20 or newer): plain JavaScript only.
 *
 * `--production` installs without the development packages (a server starts sooner); a full install satisfies it too.
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

const root = new URL("../", import.meta.url);
const stampFile = new URL("node_modules/.install-stamp", root);
const lock = createHash("sha256")
  .update(readFileSync(new URL("package-lock.json", root)))
  .digest("hex");
const production = process.argv.includes("--production");

const stamp = existsSync(stampFile) ? readFileSync(stampFile, "utf8") : "";
const installed = stamp === `${lock} full` || (production && stamp === `${lock} production`);

if (!installed) {
  process.stderr.write(`Installing ${production ? "production" : "all"} packages from package-lock.json …\n`);
  const npm = process.env.npm_execpath ?? "npm";
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", ...(production ? ["--omit=dev"] : [])];
  const [command, commandArgs] = /\.c?js$/.test(npm) ? [process.execPath, [npm, ...args]] : [npm, args];
  try {
    execFileSync(command, commandArgs, { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  } catch (error) {
    process.stderr.write("npm ci failed; its message is above.\n");
    process.exit(error.status || 1);
  }
  writeFileSync(stampFile, `${lock} ${production ? "production" : "full"}`);
}
