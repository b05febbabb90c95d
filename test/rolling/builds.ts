/** The container's build of this tree, and that of the release before it, as both run side by side while a release rolls out. */
import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

const commitOfTheTest = "0123456789abcdef0123456789abcdef01234567";

const build = (tree: string, out: string, environment: Record<string, string> = {}): string => {
  const args = ["--disable-warning=ExperimentalWarning", "esbuild.config.mjs", "--container", `--out=${out}`];
  execFileSync(process.execPath, args, { cwd: tree, env: { PATH: process.env.PATH, ...environment }, stdio: "ignore" });
  return join(out, "container");
};

/** Builds a commit, with the packages of this tree. */
export const buildOf = (commit: string, folder: string): string => {
  const tree = join(folder, "tree");
  mkdirSync(tree, { recursive: true });
  const archive = execFileSync("git", ["archive", commit], { maxBuffer: 2 ** 28 });
  execFileSync("tar", ["x"], { cwd: tree, input: archive });
  symlinkSync(resolve("node_modules"), join(tree, "node_modules"));
  return build(tree, folder);
};

/** Builds this tree, with one more migration: as a release has that comes after it. */
export const buildNext = (folder: string): { readonly program: string; readonly commit: string } => {
  const program = build(".", folder, { COMMIT: commitOfTheTest });
  writeFileSync(
    join(program, "migrations/9000-next.sql"),
    "alter table events add column next_release text;\ncreate table next_release (id bigint primary key);\n",
  );
  return { program, commit: commitOfTheTest };
};
