/** The import table of ARCHITECTURE.md is kept by the linter: each of its rules refuses the import it is there to refuse. */
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** A place in the tree, what is imported there, and what the linter says to it. */
const refused: readonly (readonly [string, string, string])[] = [
  ["handlers/demo/ping.ts", "#lib/sql/events.ts", "imports no SQL"],
  ["handlers/demo/ping.ts", "#handlers/events/get.ts", "imports no other handler"],
  ["handlers/demo/ping.ts", "./pong.ts", "imports no other handler"],
  ["handlers/demo/ping.ts", "@middy/core", "Only lib/entry knows Middy"],
  ["handlers/demo/ping.ts", "@middy/validator", "Only lib/entry knows Middy"],
  ["handlers/demo/ping.ts", "slonik", "Only lib/sql knows slonik"],
  ["handlers/demo/ping.ts", "@aws-lambda-powertools/logger", "Only lib/observe knows Powertools"],
  ["handlers/demo/ping.ts", "#lib/observe/logger.ts", "leave this to lib/domain or lib/entry"],
  ["handlers/demo/ping.ts", "#container/adapter.ts", "never back"],
  ["handlers/demo/ping.ts", "../events/get.ts", "Name the folder"],
  ["lib/entry/link.ts", "#lib/wire/event.ts", "The entry knows no noun"],
  ["lib/entry/link.ts", "#lib/domain/events/get.ts", "only who a key belongs to"],
  ["lib/entry/link.ts", "slonik", "Only lib/sql knows slonik"],
  ["lib/entry/link.ts", "#handlers/events/get.ts", "one way"],
  ["lib/wire/event.ts", "#lib/domain/events/get.ts", "nothing else"],
  ["lib/wire/event.ts", "#lib/sql/events.ts", "nothing else"],
  ["lib/domain/events/get.ts", "#lib/entry/endpoint.ts", "neither HTTP nor Middy"],
  ["lib/domain/events/get.ts", "#lib/wire/event.ts", "neither HTTP nor Middy"],
  ["lib/domain/events/get.ts", "#lib/config.ts", "do not know the environment"],
  ["lib/domain/events/get.ts", "slonik", "Only lib/sql knows slonik"],
  ["lib/domain/events/get.ts", "@middy/core", "Only lib/sql knows slonik, lib/entry Middy"],
  ["lib/domain/events/get.ts", "#lib/push/work.ts", "lib/push sends them"],
  ["lib/domain/events/get.ts", "pg-boss", "lib/push sends them"],
  ["handlers/demo/ping.ts", "#lib/push/work.ts", "leave this to lib/domain or lib/entry"],
  ["lib/push/work.ts", "#lib/domain/events/get.ts", "Push knows channels"],
  ["lib/push/work.ts", "#lib/wire/event.ts", "Push is no endpoint"],
  ["lib/push/work.ts", "#lib/config.ts", "Push is no endpoint"],
  ["lib/push/work.ts", "#container/adapter.ts", "one way"],
  ["lib/push/work.ts", "slonik", "Only lib/sql knows slonik"],
  ["lib/sql/events.ts", "#lib/domain/events/get.ts", "knows the model"],
  ["lib/sql/events.ts", "#lib/errors.ts", "knows the model"],
  ["lib/redis/connect.ts", "#lib/sql/events.ts", "What stands outside"],
  ["lib/redis/connect.ts", "#container/adapter.ts", "one way"],
  ["lib/aws/secret.ts", "#lib/config.ts", "What stands outside"],
  ["lib/aws/secret.ts", "slonik", "Only lib/sql knows slonik"],
  ["lib/ical/read.ts", "#lib/sql/events.ts", "pure"],
  ["lib/recurrence/series.ts", "#lib/domain/events/get.ts", "pure"],
  ["lib/recurrence/series.ts", "node:fs", "pure"],
  ["lib/model/event.ts", "#lib/errors.ts", "imports nothing"],
  ["lib/observe/logger.ts", "#lib/context.ts", "knows nothing of what it observes"],
  ["container/adapter.ts", "#lib/sql/events.ts", "migrates the database"],
  ["container/adapter.ts", "#lib/domain/events/get.ts", "goes through endpoints"],
  ["container/adapter.ts", "#lib/wire/event.ts", "what they do is theirs"],
];

const allowed: readonly (readonly [string, string])[] = [
  ["handlers/demo/ping.ts", "#lib/domain/events/get.ts"],
  ["lib/entry/link.ts", "#lib/domain/keys/identify.ts"],
  ["lib/wire/event.ts", "#lib/model/event.ts"],
  ["lib/domain/events/get.ts", "#lib/sql/events.ts"],
  ["lib/push/work.ts", "#lib/domain/channels/address.ts"],
  ["lib/push/work.ts", "pg-boss"],
  ["lib/sql/events.ts", "#lib/model/event.ts"],
  ["lib/aws/secret.ts", "#lib/sql/login.ts"],
  ["container/main.ts", "#lib/sql/migrate.ts"],
];

const fileOf = (place: string, index: number) => join(dirname(place), `case-${index}.ts`);
const verdicts = new Map<string, string>();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "import-rules-"));
  const config = JSON.parse(readFileSync("biome.json", "utf8"));
  writeFileSync(join(folder, "biome.json"), JSON.stringify({ ...config, $schema: undefined, vcs: undefined }));
  cpSync("package.json", join(folder, "package.json"));
  for (const [index, [place, imported]] of [...refused, ...allowed].entries()) {
    const file = join(folder, fileOf(place, index));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `import { it } from "${imported}";\n\nit();\n`);
  }
  const args = ["lint", "--only=style/noRestrictedImports", "--reporter=json", "--max-diagnostics=none", folder];
  const { stdout } = spawnSync(join(process.cwd(), "node_modules/.bin/biome"), args, { cwd: folder, encoding: "utf8" });
  for (const { location, message, ...rest } of JSON.parse(stdout).diagnostics) {
    const path = String(location.path?.file ?? location.path).replace(/^.*import-rules-[^/]+\//, "");
    verdicts.set(path, JSON.stringify([message, rest]));
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each(refused.map((row, index) => [...row, index] as const))("%s may not import %s", (place, _imported, message, index) => {
  expect(verdicts.get(fileOf(place, index))).toContain(message);
});

it.each(allowed.map((row, index) => [...row, refused.length + index] as const))("%s may import %s", (place, _imported, index) => {
  expect(verdicts.get(fileOf(place, index))).toBeUndefined();
});
