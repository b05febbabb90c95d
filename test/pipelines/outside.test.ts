/** What programs of others are asked for: `cdk` for a diff, `gh` for a release. Each is stood in for by a script that notes it. */
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { program, run } from "./run.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "programs-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Puts a program first in the path. */
const standIn = (name: string, script: string): void => {
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
};
const call = (command: string) => {
  const [name = "", ...words] = command.split(" ");
  return run([program(name), ...words].join(" "), { PATH: `${folder}${delimiter}${process.env.PATH}`, OUT: folder });
};
const read = (name: string) => readFileSync(join(folder, name), "utf8");

describe("npm run diff", () => {
  it("compares templates, makes no change set, and writes what it hears for a comment", async () => {
    standIn(
      "cdk",
      'echo "$@" > $OUT/asked; printf "Stack dev-api\\n\\033[32m[+] AWS::S3::Bucket\\033[0m\\n\\nNumber of stacks with differences: 2\\n"',
    );
    const image = `sha256:${"a".repeat(64)}`;

    const { code, stdout } = await call(`diff dev ${image} --out ${folder}/diffs/dev.md`);

    expect([code, stdout]).toEqual([0, "Stack dev-api\n[+] AWS::S3::Bucket\n\nNumber of stacks with differences: 2\n"]);
    expect(read("asked")).toBe(`diff --method=template --ci -c environment=dev -c image=${image}\n`);
    expect(read("diffs/dev.md")).toBe(
      "<details><summary><b>dev</b>: 2 stacks would change</summary>\n\n`````diff\nStack dev-api\n[+] AWS::S3::Bucket\n\n" +
        "Number of stacks with differences: 2\n`````\n\n</details>\n\n",
    );
  });

  it("leaves room for the other environments in a comment, and ends no fence of its own", async () => {
    standIn("cdk", 'echo "$@" > $OUT/asked; printf "\\140\\140\\140\\140\\140\\n"; yes "a long line of a template" | head -2000');

    expect((await call(`diff dev --out ${folder}/dev.md`)).code).toBe(0);

    expect(read("asked")).toContain("-c environment=dev -c image=none");
    expect(read("dev.md").length).toBeLessThan(65_536 / 3);
    expect(read("dev.md")).toContain("… and more: the job's log has all of it.");
    expect(read("dev.md").match(/^`{5}/gm)).toHaveLength(2);
  });

  it("fails where cdk does", async () => {
    standIn("cdk", "echo no credentials >&2; exit 1");
    expect(await call(`diff dev --out ${folder}/dev.md`)).toMatchObject({
      code: 1,
      stderr: "cdk diff failed.\nno credentials\n\n",
    });
    expect(() => read("dev.md")).toThrow("ENOENT");
  });
});

describe("npm run release:publish", () => {
  const changelog = (version: string) => standIn("npm", `[ "$5" = version ] && echo ${version} || echo "- Something new."`);
  const gh = (view: string) => standIn("gh", `[ "$2" = view ] && { ${view}; }; echo "$@" > $OUT/asked; cat > $OUT/notes`);

  it("tags the commit and publishes its notes", async () => {
    changelog("1.2.3");
    gh("echo release not found >&2; exit 1");

    expect((await call("publish-release")).code).toBe(0);

    expect(read("asked")).toMatch(/^release create v1\.2\.3 --target [0-9a-f]{40} --title 1\.2\.3 --notes-file -\n$/);
    expect(read("notes")).toBe("- Something new.");
  });

  it.each([
    ["something has changed since", "1.2.3+unreleased", "exit 1", "1.2.3+unreleased is no release.\n"],
    ["it is there", "1.2.3", "exit 0", "v1.2.3 is published.\n"],
  ])("does nothing where %s", async (_, version, view, says) => {
    changelog(version);
    gh(view);

    expect(await call("publish-release")).toEqual({ code: 0, stdout: says, stderr: "" });
    expect(() => read("asked")).toThrow("ENOENT");
  });

  it("fails where GitHub does not answer", async () => {
    changelog("1.2.3");
    gh("echo HTTP 502 >&2; exit 1");

    expect(await call("publish-release")).toMatchObject({ code: 1, stderr: "gh: HTTP 502\n\n" });
    expect(() => read("asked")).toThrow("ENOENT");
  });
});
