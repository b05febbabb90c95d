import { readFileSync } from "node:fs";
import { cut, readChangelog, versionOf } from "#ci/release.ts";

const changelog = `# Changelog

For people who call the API.

## Unreleased

- Something new.

## 0.2.0 (2026-12-01)

- Something.
- Something else.

## 0.1.0 (2026-11-23)

- All of it.
`;

it("says which release a tree is, and whether something has changed since", () => {
  expect(versionOf(changelog)).toBe("0.2.0+unreleased");
  expect(versionOf(changelog.replace("- Something new.\n\n", ""))).toBe("0.2.0");
  expect(versionOf("# Changelog\n")).toBe("0.0.0");
});

it("has the notes of each release", () => {
  expect(readChangelog(changelog)).toEqual([
    { version: undefined, notes: "- Something new." },
    { version: "0.2.0", notes: "- Something.\n- Something else." },
    { version: "0.1.0", notes: "- All of it." },
  ]);
  expect(() => readChangelog(`${changelog}\n## v3\n`)).toThrow("## v3");
});

it("makes what is unreleased a release, of a later version", () => {
  const after = cut(changelog, "0.10.0", "2026-12-24");
  expect(after).toBe(changelog.replace("## Unreleased", "## 0.10.0 (2026-12-24)"));
  expect(versionOf(after)).toBe("0.10.0");
  for (const version of ["0.2.0", "0.1.9", "0.2", "v0.3.0", ""])
    expect(() => cut(changelog, version, "2026-12-24")).toThrow("0.2.0");
  expect(() => cut(after, "1.0.0", "2026-12-24")).toThrow("unreleased");
});

it("is this tree's version too, which its package has as well", () => {
  const version = versionOf(readFileSync("CHANGELOG.md", "utf8")).replace("+unreleased", "");
  expect(JSON.parse(readFileSync("package.json", "utf8")).version).toBe(version);
});
