/** The gates' own command lines, as the workflow has them, run here: what passes on a laptop passes there. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program, run } from "./run.ts";
import { runsOf, workflows } from "./workflows.ts";

/** What is run otherwise than alone. */
const apart = ["npm run programs", "npm run coverage"];
const commands = Object.values(workflows.gates.jobs).flatMap(runsOf);

it("are five, besides the programs that some tests want, and code scanning", () => {
  expect(commands).toEqual([
    "npm run check",
    ...apart,
    "npm run check:dependencies",
    "npm run check:secrets",
    "npm run check:workflows",
  ]);
});

it.each(commands.filter((command) => !apart.includes(command)))(
  "%s passes",
  async (command) => {
    const { code, stdout, stderr } = await run(command);

    if (stderr.includes("audit endpoint returned an error")) {
      process.stderr.write(`${command}: not tested, for the registry in use has no advisories.\n`);
      expect(code).not.toBe(0);
      return;
    }
    expect([code, stdout, stderr]).toEqual([0, expect.anything(), expect.anything()]);
  },
  180_000,
);

describe("npm run check:secrets", () => {
  const plant = (name: string, content: string) => {
    const folder = mkdtempSync(join(tmpdir(), "secrets-"));
    writeFileSync(join(folder, name), content);
    return folder;
  };

  it.each([
    ["a key of this server", ["cal", "live", "0123456789ab", "0123456789".repeat(3).concat("01234567")].join("_"), "PATTERN"],
    ["a key of AWS", `AWS_SECRET_ACCESS_KEY=${"wJalrXUtnFEMI/K7MDENG/bPxRfi".concat("CYEXAMPLEKEZ")}`, "AWSSecretAccessKey"],
    [
      "a private key",
      ["-----BEGIN RSA", "PRIVATE KEY-----\n".concat("MIIEow".repeat(20)), "\n-----END RSA", "PRIVATE KEY-----"].join(" "),
      "PrivateKey",
    ],
  ])(
    "finds %s",
    async (_, content, says) => {
      const folder = plant("notes.txt", content);

      const { code, stdout, stderr } = await run(
        `${process.execPath} node_modules/.bin/secretlint --secretlintrc .secretlintrc.json "${folder}/*"`,
      );

      rmSync(folder, { recursive: true });
      expect([code, stdout + stderr]).toEqual([1, expect.stringContaining(says)]);
      expect(stdout + stderr).not.toContain(content);
    },
    60_000,
  );
});

describe("npm run coverage", () => {
  const key = "test/keys/form --collectCoverageFrom=lib/domain/keys/key-form.ts";

  it("passes above the floor, and says how far it could rise", async () => {
    const { code, stdout } = await run(`npm run coverage -- ${key}`);

    expect([code, stdout]).toEqual([0, expect.stringContaining("Covered: 100 % of lines, 100 % of branches")]);
    expect(stdout).toContain("lines can rise to 99.5.");
  }, 180_000);

  it("fails below it", async () => {
    const { code, stdout, stderr } = await run("npm run coverage -- test/keys/form");

    expect([code, stderr]).toEqual([1, expect.stringMatching(/coverage-floor\.json: lines must be \d+(\.\d+)? % or more/)]);
    expect(stdout).toContain("Covered: 0.");
  }, 180_000);

  it("fails when a test does", async () => {
    const { code, stdout } = await run(
      "npm run coverage -- test/keys/form --testTimeout=1 --testNamePattern=no-such-test --passWithNoTests=false",
    );

    expect([code === 0, stdout]).toEqual([false, expect.not.stringContaining("can rise")]);
  }, 180_000);

  it("fails, before it runs anything, where a change lowers the floor", async () => {
    const folder = mkdtempSync(join(tmpdir(), "floor-"));
    const git = `git -C ${folder} -c user.name=a -c user.email=a@example.org`;
    mkdirSync(join(folder, ".ci"));
    const floor = (lines: number) =>
      writeFileSync(join(folder, ".ci/coverage-floor.json"), JSON.stringify({ lines, branches: 80 }));
    floor(90);
    await run(`git init -q ${folder} && ${git} add -A && ${git} commit -qm floor`);
    floor(89);

    const { code, stderr } = await run(`cd ${folder} && ${program("coverage").replace(".ci/", `${process.cwd()}/.ci/`)}`, {
      BASE_COMMIT: "HEAD",
    });

    rmSync(folder, { recursive: true });
    expect([code, stderr]).toEqual([1, ".ci/coverage-floor.json: lines is lowered from 90 to 89.\n"]);
  }, 180_000);
});
