/**
 * The release before this one works on this one's schema: while a release rolls out, and after one that is taken back. A good part of
 * its own tests, out of git, run on databases that this release's migrations have made.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { previousRelease } from "#ci/release.ts";
import { migrate } from "#lib/sql/migrate.ts";
import { type OwnPostgres, startOwnPostgres } from "#test/support/own-postgres.ts";

/** Tests of what reads and writes every table, those that take long left out; each file takes a copy of the database made here. */
const parts = [
  ...["acl/", "audit/(audit|tamper)", "calendar-list/entries", "calendars/(calendars|ownership)", "freebusy/", "groups/"],
  ...["events/(bad-input|import|purge|series|split|visibility|write)", "idempotency/batch", "keys/(keys|limits|rotation)"],
  ...["privacy/retention", "settings/", "users/"],
];
const leastTests = 400;

const commit = previousRelease();
const missing = "skipped: git's history here has no release";
if (!commit) process.stderr.write(`The previous release on this schema: ${missing}.\n`);
const describeRelease = commit ? describe : (name: string, tests: () => void) => describe.skip(`${name} (${missing})`, tests);

interface Report {
  readonly numTotalTests: number;
  readonly numPassedTests: number;
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

describeRelease("the previous release", () => {
  let postgres: OwnPostgres;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "previous-"));
    const tree = execFileSync("git", ["archive", commit ?? ""], { maxBuffer: 2 ** 30 });
    execFileSync("tar", ["x", "-C", folder], { input: tree });
    symlinkSync(join(process.cwd(), "node_modules"), join(folder, "node_modules"));

    postgres = await startOwnPostgres([], { max_connections: "200" });
    // What databases are made from that name no other: so its tests begin with this release's schema, and its own runner finds that.
    const template = new URL(postgres.url);
    template.pathname = "/template1";
    await migrate({ url: template.href });
  }, 180_000);
  afterAll(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it("passes its tests on this release's schema", () => {
    const report = join(folder, "report.json");
    const { stderr } = spawnSync(
      join(folder, "node_modules/.bin/node"),
      [
        "--experimental-vm-modules",
        "--no-warnings",
        "node_modules/jest/bin/jest.js",
        `--cacheDirectory=${join(folder, ".jest")}`,
        "--json",
        `--outputFile=${report}`,
        "--testTimeout=60000",
        ...parts.map((part) => `${folder}/test/${part}`),
      ],
      // Nothing else of this process's environment: it is full of this run's database and of jest's own.
      {
        cwd: folder,
        env: { PATH: process.env.PATH, TEST_DATABASE_URL: postgres.url },
        stdio: ["ignore", "ignore", "pipe"],
        encoding: "utf8",
      },
    );
    let results: Report;
    try {
      results = JSON.parse(readFileSync(report, "utf8"));
    } catch {
      throw new Error(`The tests of ${commit} do not run: ${stderr.slice(-4_000)}`);
    }
    const { numTotalTests, numPassedTests, testResults } = results;
    process.stderr.write(`${numPassedTests} of ${numTotalTests} tests of ${commit?.slice(0, 12)} pass on this schema.\n`);
    const failed = testResults.flatMap(({ message, assertionResults }) =>
      assertionResults.length === 0
        ? [message]
        : assertionResults.filter(({ status }) => status === "failed").map(({ fullName }) => fullName),
    );
    expect(failed).toEqual([]);
    expect(numPassedTests).toBeGreaterThan(leastTests);
  }, 300_000);
});
