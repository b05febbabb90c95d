/** What a Dockerfile says, stage by stage. */
import { readFileSync } from "node:fs";
import { DockerfileParser, type From, type ModifiableInstruction, type PropertyInstruction } from "dockerfile-ast";

export interface Step {
  readonly keyword: string;
  /** Without flags, as written. */
  readonly words: readonly string[];
  /** `--from=build` as `{ from: "build" }`. */
  readonly flags: Readonly<Record<string, string>>;
  /** `["node", "main.mjs"]`, where CMD and its like have that form. */
  readonly exec: readonly string[];
  /** `NAME=value …` of ENV and LABEL. */
  readonly properties: Readonly<Record<string, string>>;
  /** All that follows the flags, for a shell. */
  readonly command: string;
}

export interface Stage {
  readonly name: string | undefined;
  readonly image: string;
  readonly platform: string | undefined;
  readonly steps: readonly Step[];
}

/** All stages of a Dockerfile, the last one being the image. */
export const readDockerfile = (path: string): readonly Stage[] => {
  const stages: (Stage & { steps: Step[] })[] = [];
  for (const instruction of DockerfileParser.parse(readFileSync(path, "utf8")).getInstructions()) {
    const keyword = instruction.getKeyword();
    const given = (instruction as Partial<ModifiableInstruction>).getFlags?.() ?? [];
    const flags = Object.fromEntries(given.map((flag) => [flag.getName(), flag.getValue() ?? ""]));
    if (keyword === "FROM") {
      const from = instruction as From;
      const name = from.getBuildStage() ?? undefined;
      stages.push({ name, image: from.getImage() ?? "", platform: flags.platform, steps: [] });
      continue;
    }
    const properties = keyword === "ENV" || keyword === "LABEL" ? (instruction as PropertyInstruction).getProperties() : [];
    const raw = instruction.getRawArgumentsContent() ?? "";
    stages.at(-1)?.steps.push({
      keyword,
      words: instruction.getArguments().map((argument) => argument.getValue()),
      flags,
      exec: keyword === "RUN" ? [] : JSON.parse(/\[.*\]$/s.exec(raw)?.[0] ?? "[]"),
      properties: Object.fromEntries(properties.map((property) => [property.getName(), property.getValue() ?? ""])),
      command: raw,
    });
  }
  return stages;
};

/** The last step of a kind: that is the one that counts. */
export const last = ({ steps }: Stage, keyword: string): Step | undefined => steps.findLast((step) => step.keyword === keyword);

/** ENV or LABEL of a whole stage. */
export const propertiesOf = ({ steps }: Stage, keyword: "ENV" | "LABEL"): Record<string, string> =>
  Object.assign({}, ...steps.filter((step) => step.keyword === keyword).map(({ properties }) => properties));
