/**
 * Versions come from CHANGELOG.md: `## Unreleased` collects what changed, `## 0.2.0 (2026-12-01)` is a release. `npm run release -- …`:
 *
 * - `version`: prints the version of this tree, `0.2.0`; `0.2.0+unreleased` when something has changed since.
 * - `notes`: prints what the changelog says of the last release.
 * - `cut 0.3.0`: makes what is unreleased the release of that version; commit the change, and the pipeline does the rest.
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";

const file = new URL("../CHANGELOG.md", import.meta.url);
const heading = /^## (\d+\.\d+\.\d+) \((\d{4}-\d{2}-\d{2})\)$/;
const unreleased = "## Unreleased";

interface Section {
  /** Undefined: what is unreleased. */
  readonly version: string | undefined;
  readonly notes: string;
}

/** The sections of a changelog, newest first. Throws on a heading that is neither a release nor `## Unreleased`. */
export const readChangelog = (text: string): readonly Section[] =>
  text
    .split(/^(?=## )/m)
    .slice(1)
    .map((section) => {
      const [title = "", ...rest] = section.split("\n");
      const version = heading.exec(title)?.[1];
      if (version === undefined && title !== unreleased)
        throw new Error(`CHANGELOG.md has a heading that is no version: ${title}`);
      return { version, notes: rest.join("\n").trim() };
    });

/** The last released version, and whether something has changed since: `0.2.0` or `0.2.0+unreleased`. */
export const versionOf = (text: string): string => {
  const sections = readChangelog(text);
  const last = sections.find(({ version }) => version !== undefined)?.version ?? "0.0.0";
  const isChanged = sections.some(({ version, notes }) => version === undefined && notes !== "");
  return isChanged ? `${last}+unreleased` : last;
};

const isLater = (version: string, than: string): boolean => {
  const [one, other] = [version, than].map((words) => words.split(".").map(Number)) as [number[], number[]];
  const at = one.findIndex((number, place) => number !== other[place]);
  return at >= 0 && (one[at] as number) > (other[at] as number);
};

/** The changelog with what is unreleased as a release of that day. Throws when there is nothing, or the version is not a later one. */
export const cut = (text: string, version: string, day: string): string => {
  const last = versionOf(text).replace("+unreleased", "");
  if (!/^\d+\.\d+\.\d+$/.test(version) || !isLater(version, last))
    throw new Error(`The version must be later than ${last}, like 1.2.3.`);
  if (last === versionOf(text)) throw new Error("CHANGELOG.md says of nothing that it is unreleased.");
  return text.replace(unreleased, `## ${version} (${day})`);
};

const git = (...args: readonly string[]): string =>
  execFileSync("git", args, {
    cwd: new URL("..", import.meta.url),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();

/** The commit of the last release before this tree; undefined where there is none, or git does not know so far back. */
export const previousRelease = (): string | undefined => {
  try {
    const head = git("rev-parse", "HEAD");
    return readChangelog(readFileSync(file, "utf8"))
      .flatMap(({ version }) => (version === undefined ? [] : [version]))
      .map((version) => git("log", "--format=%H", "--reverse", `-S## ${version} (`, "--", "CHANGELOG.md").split("\n")[0])
      .find((commit) => commit !== undefined && commit !== "" && commit !== head);
  } catch {
    return undefined;
  }
};

const run = ([command, version = ""]: readonly string[]): string => {
  const text = readFileSync(file, "utf8");
  if (command === "version") return versionOf(text);
  if (command === "notes") return readChangelog(text).find((section) => section.version !== undefined)?.notes ?? "";
  if (command !== "cut") throw new Error("Usage: npm run release -- version | notes | cut <version>");
  writeFileSync(file, cut(text, version, new Date().toISOString().slice(0, 10)));
  // Packages have versions, and bills of materials ask for it.
  execFileSync("npm", ["version", version, "--no-git-tag-version"], { cwd: new URL("..", import.meta.url), stdio: "ignore" });
  return `CHANGELOG.md has the release ${version}. Commit it as "Release ${version}".`;
};

if (import.meta.main) {
  try {
    process.stdout.write(`${run(process.argv.slice(2))}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(1);
  }
}
