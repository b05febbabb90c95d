/**
 * `npm run release:publish`: tags this commit as the release that CHANGELOG.md ends with, and publishes its notes on GitHub. Does nothing
 * when there are changes since, or when that release is published. It takes the `gh` program and its GH_TOKEN.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { main } from "./target.ts";

const release = (what: "version" | "notes"): string =>
  execFileSync("npm", ["run", "--silent", "release", "--", what], { encoding: "utf8" }).trim();

await main(async () => {
  const version = release("version");
  if (!/^\d+\.\d+\.\d+$/.test(version)) {
    process.stdout.write(`${version} is no release.\n`);
    return;
  }
  const tag = `v${version}`;
  const published = spawnSync("gh", ["release", "view", tag, "--json", "tagName"], { encoding: "utf8" });
  if (published.status === 0) {
    process.stdout.write(`${tag} is published.\n`);
    return;
  }
  if (!/release not found/i.test(published.stderr ?? "")) throw new Error(`gh: ${published.stderr ?? published.error?.message}`);
  const commit = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
  execFileSync("gh", ["release", "create", tag, "--target", commit, "--title", version, "--notes-file", "-"], {
    input: release("notes"),
    stdio: ["pipe", "inherit", "inherit"],
  });
});
