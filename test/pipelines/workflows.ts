/** The workflows as data. */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "yaml";

export interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

export interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly concurrency?: { readonly group: string; readonly "cancel-in-progress": boolean };
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}

export interface Workflow {
  readonly on: Readonly<Record<string, { readonly inputs?: Readonly<Record<string, { readonly required?: boolean }>> } | null>>;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly concurrency?: Job["concurrency"];
  readonly jobs: Readonly<Record<string, Job>>;
}

const files = globSync(".github/workflows/*.yml").sort();

/** Every workflow by its name, `gates`. */
export const texts: Readonly<Record<string, string>> = Object.fromEntries(
  files.map((file) => [basename(file, ".yml"), readFileSync(file, "utf8")]),
);
export const workflows = Object.fromEntries(
  Object.entries(texts).map(([name, text]) => [name, parse(text) as Workflow]),
) as Readonly<Record<"delivery" | "deploy" | "diff" | "gates" | "release", Workflow>>;

/** Every job, named `gates/check`. */
export const jobs: readonly (readonly [name: string, job: Job])[] = Object.entries(workflows).flatMap(([name, workflow]) =>
  Object.entries(workflow.jobs).map(([id, job]) => [`${name}/${id}`, job] as const),
);

export const needsOf = ({ needs = [] }: Job): readonly string[] => (typeof needs === "string" ? [needs] : needs);

/** What a shell is given, without its comments. */
export const runsOf = ({ steps = [] }: Job): readonly string[] =>
  steps.flatMap(({ run }) => (run === undefined ? [] : [run.trim()]));

export const scripts = (
  JSON.parse(readFileSync("package.json", "utf8")) as { readonly scripts: Readonly<Record<string, string>> }
).scripts;
