/** Does what an image builder does with the Dockerfile, without an engine: files are copied and commands run for real. */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync, symlinkSync } from "node:fs";
import { basename, dirname, join, matchesGlob, relative, resolve } from "node:path";
import { last, propertiesOf, readDockerfile, type Stage, type Step } from "./dockerfile.ts";

export interface Image {
  /** The folder that holds what the last stage copied, and the path that it has in the image. */
  readonly folder: string;
  readonly workdir: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly command: readonly string[];
  readonly health: readonly string[];
}

/** What the builder is shown of the repository. `.dockerignore` must forbid everything, then allow by name. */
const allowed = (): readonly string[] => {
  const lines = readFileSync(".dockerignore", "utf8").split("\n");
  const [first, ...rest] = lines.filter((line) => line !== "" && !line.startsWith("#"));
  if (first !== "*" || !rest.every((line) => /^![\w./*-]+$/.test(line))) throw new Error(".dockerignore is no list of names.");
  return rest.map((line) => line.slice(1));
};

/** @param roots the folder of each stage's root, by name. */
const copy = ({ words, flags }: Step, workdir: string, roots: string): void => {
  const from = flags.from === undefined ? "." : join(roots, flags.from);
  const names = allowed();
  const isSeen = (path: string): boolean => {
    const name = relative(".", path);
    return from !== "." || names.some((allowed) => matchesGlob(name, allowed) || name.startsWith(`${allowed}/`));
  };
  const sources = words.slice(0, -1);
  const target = words.at(-1) ?? "";
  for (const source of sources) {
    const path = join(from, source);
    if (!existsSync(path)) throw new Error(`COPY ${source}: there is no such file.`);
    const isFolder = statSync(path).isDirectory();
    if (!isFolder && !isSeen(path)) throw new Error(`COPY ${source}: .dockerignore hides it.`);
    const into = join(workdir, target, !isFolder && (sources.length > 1 || target.endsWith("/")) ? basename(source) : "");
    cpSync(path, into, { recursive: true, filter: (file) => statSync(file).isDirectory() || isSeen(file) });
  }
};

/** Runs a command. Installing packages is what the tests' own start has done. */
const run = ({ command }: Step, workdir: string, args: Readonly<Record<string, string>>): void => {
  const PATH = `${dirname(process.execPath)}:${process.env.PATH}`;
  if (command.startsWith("npm ci ")) symlinkSync(resolve("node_modules"), join(workdir, "node_modules"));
  else execFileSync("/bin/sh", ["-c", command], { cwd: workdir, env: { PATH, ...args }, stdio: ["ignore", "ignore", "inherit"] });
};

/**
 * @param roots an empty folder.
 * @param args build arguments; a command sees those that its stage has named before it.
 */
export const makeImage = (roots: string, args: Readonly<Record<string, string>> = {}): Image => {
  const stages = readDockerfile("container/Dockerfile");
  const image = stages.at(-1) as Stage;
  let workdir = "/";
  for (const stage of stages) {
    const root = join(roots, stage.name ?? "image");
    const known: Record<string, string> = {};
    workdir = "/";
    for (const step of stage.steps) {
      const [word = ""] = step.words;
      if (step.keyword === "WORKDIR") workdir = resolve(workdir, word);
      mkdirSync(join(root, workdir), { recursive: true });
      if (step.keyword === "ARG" && args[word] !== undefined) known[word] = args[word];
      if (step.keyword === "COPY") copy(step, join(root, workdir), roots);
      // The last stage runs commands on the base's own files, which are not here.
      if (step.keyword === "RUN" && stage !== image) run(step, join(root, workdir), known);
    }
  }
  return {
    folder: join(roots, image.name ?? "image", workdir),
    workdir,
    environment: propertiesOf(image, "ENV"),
    user: last(image, "USER")?.words[0] ?? "",
    command: [...(last(image, "ENTRYPOINT")?.exec ?? []), ...(last(image, "CMD")?.exec ?? [])],
    health: last(image, "HEALTHCHECK")?.exec ?? [],
  };
};
