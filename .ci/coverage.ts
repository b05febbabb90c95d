/**
 * `npm run coverage [-- <what jest is to run>]`: all tests, and which part of lib, handlers and container they ran. The floor in
 * `coverage-floor.json` (percent) only rises: falling below it fails, and so does a change that lowers it, seen against the
 * commit that `BASE_COMMIT` names. What servers do that tests start as processes of their own is not counted.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

interface Figures {
  readonly lines: number;
  readonly branches: number;
}

const file = ".ci/coverage-floor.json";
const kinds = ["lines", "branches"] as const;
const floor = JSON.parse(readFileSync(file, "utf8")) as Figures;

const fail = (sentence: string): never => {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
};

/** The floor that another commit has; undefined where it has none. */
const floorOf = (commit: string): Figures | undefined => {
  try {
    return JSON.parse(
      execFileSync("git", ["show", `${commit}:${file}`], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }),
    );
  } catch {
    return undefined;
  }
};

const before = process.env.BASE_COMMIT ? floorOf(process.env.BASE_COMMIT) : undefined;
for (const kind of kinds) {
  if (before && floor[kind] < before[kind]) fail(`${file}: ${kind} is lowered from ${before[kind]} to ${floor[kind]}.`);
}

const { status } = spawnSync(
  process.execPath,
  [
    ...["--experimental-vm-modules", "--no-warnings", "node_modules/jest/bin/jest.js"],
    ...process.argv.slice(2),
    // Last, for lists take all that follows them.
    ...["--coverage", "--coverageProvider=v8", "--coverageReporters=json-summary", "--coverageReporters=html"],
  ],
  { stdio: "inherit" },
);
if (status !== 0) process.exit(status ?? 1);

const { total } = JSON.parse(readFileSync("coverage/coverage-summary.json", "utf8")) as {
  readonly total: Record<keyof Figures, { readonly pct: number }>;
};
process.stdout.write(
  `Covered: ${kinds.map((kind) => `${total[kind].pct} % of ${kind}`).join(", ")}; coverage/index.html shows where.\n`,
);
for (const kind of kinds) {
  if (total[kind].pct < floor[kind]) fail(`${file}: ${kind} must be ${floor[kind]} % or more.`);
  // Half a percent comes and goes with what runs at the same time.
  if (total[kind].pct >= floor[kind] + 1) {
    process.stdout.write(`${file}: ${kind} can rise to ${Math.floor(2 * (total[kind].pct - 0.5)) / 2}.\n`);
  }
}
