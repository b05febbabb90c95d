/**
 * Refuses migrations that rewrite tables, lock them for long, or take away what the running release uses: squawk's rules, and some
 * that it does not have. `npm run check` runs it on `migrations/`; migrations/README.md says what to write instead.
 */
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { type Migration, readMigrations, statementsOf } from "#lib/sql/migration-files.ts";

const require = createRequire(import.meta.url);

export interface Finding {
  readonly file: string;
  readonly rule: string;
  readonly text: string;
}

/** Files that ran before there was a linter, and can be changed no more: what is wrong with each, and why it does no harm. */
const accepted: Readonly<Record<string, readonly string[]>> = {
  // RFC 5545's SEQUENCE is an integer of 32 bits.
  "0001-core.sql": ["prefer-bigint-over-int"],
  // Written when no database had more than a few events.
  "0002-sharing.sql": ["constraint-missing-not-valid", "require-concurrent-index-creation"],
  // There are 256 chains.
  "0006-audit.sql": ["prefer-bigint-over-smallint"],
  // A trigger is made anew in the same transaction, as `create or replace trigger` does; rules of access are few.
  "0009-privacy.sql": ["contract", "require-concurrent-index-creation"],
};

/** Squawk's rules about what is taken away from the release that runs; the rule `contract` here stands for them. */
const aboutContracts = ["ban-drop-column", "ban-drop-table", "ban-drop-not-null", "renaming-column", "renaming-table"];

const squawk = (folder: string, files: readonly Migration[]): Finding[] =>
  [true, false].flatMap((isTransactional) => {
    const paths = files.filter((file) => file.isTransactional === isTransactional).map(({ name }) => join(folder, name));
    if (paths.length === 0) return [];
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [
        require.resolve("squawk-cli/js/bin/squawk"),
        `--config=${new URL("../migrations/.squawk.toml", import.meta.url).pathname}`,
        isTransactional ? "--assume-in-transaction" : "--no-assume-in-transaction",
        "--reporter=json",
        ...paths,
      ],
      { encoding: "utf8" },
    );
    if (!stdout.startsWith("[")) throw new Error(`squawk does not run: ${stderr || stdout}`);
    const findings: { file: string; line: number; rule_name: string; message: string }[] = JSON.parse(stdout);
    return findings.map(({ file, line, rule_name: rule, message }) => {
      const name = files.find((each) => file.endsWith(each.name))?.name ?? file;
      return { file: name, rule: aboutContracts.includes(rule) ? "contract" : rule, text: `line ${line + 1}: ${message}` };
    });
  });

/** What may stand in a file outside a transaction: what cannot run in one, or runs for long and locks nobody out; each can be repeated. */
const fitsOutside = [
  /^create (unique )?index concurrently if not exists /i,
  /^drop index concurrently if exists /i,
  /^reindex (\(.*?\) )?(index|table) concurrently /i,
  /^alter table (if exists )?\S+ validate constraint /i,
  /^(vacuum|analyze)\b(?! *\(?.*\bfull\b)/i,
  /^(update|delete|do)\b/i,
];

/** What rewrites a table or keeps everybody from it as long as it runs, where squawk says nothing. */
const locksForLong = [
  /^vacuum\b.*\bfull\b/i,
  /^(cluster|repack|truncate|lock)\b/i,
  /^refresh materialized view (?!concurrently)/i,
  /^alter (table|materialized view)\b.* set (logged|unlogged|tablespace|access method)\b/i,
];

/** Dropped or renamed, all that has a name; but for an index, which no statement names. */
const takesAway = [
  /^drop (?!index\b)/i,
  /^alter\b.*\b(drop (constraint|default|expression|identity|value|attribute)|rename|set schema)\b/i,
];

const contractLine = /^-- contract: \d+\.\d+\.\d+$/m;

/** Rules of our own, of one file. */
const ownRules = ({ name, text, isTransactional }: Migration): Finding[] => {
  const say = (rule: string, said: string): Finding => ({ file: name, rule, text: said });
  return statementsOf(text).flatMap((statement) => {
    const line = statement.replace(/\s+/g, " ");
    const found: Finding[] = [];
    if (locksForLong.some((pattern) => pattern.test(line))) found.push(say("locks-for-long", line));
    if (takesAway.some((pattern) => pattern.test(line))) found.push(say("contract", line));
    if (isTransactional && /^(vacuum|(create|drop|reindex|alter table)\b.*\bconcurrently)\b/i.test(line)) {
      found.push(say("outside-a-transaction", `cannot run in a transaction: ${line}`));
    }
    if (!isTransactional && !fitsOutside.some((pattern) => pattern.test(line))) {
      found.push(say("outside-a-transaction", `has to be in a transaction, or cannot be repeated: ${line}`));
    }
    return found;
  });
};

/** Numbers follow each other, so that two branches cannot both have the next one. 0007 is missing, and stays so. */
const numbering = (files: readonly Migration[], isComplete: boolean): Finding[] =>
  files.flatMap(({ name }, index) => {
    const [number, before] = [Number.parseInt(name, 10), Number.parseInt(files[index - 1]?.name ?? "0", 10)];
    const wanted = before === 6 ? 8 : before + 1;
    if (number === wanted || (number !== before && !isComplete)) return [];
    return [{ file: name, rule: "numbering", text: `the file after ${before} has the number ${wanted}` }];
  });

/**
 * Lints a folder of migrations.
 *
 * @param isComplete whether the folder has all migrations, so that none may be missing.
 * @returns what is wrong, but for what is accepted; nothing if all is well.
 */
export const lintMigrations = (folder: string, isComplete = true): readonly Finding[] => {
  const files = readMigrations(folder);
  const mayTakeAway = new Set(files.filter(({ text }) => contractLine.test(text)).map(({ name }) => name));
  const found = [...numbering(files, isComplete), ...squawk(folder, files), ...files.flatMap(ownRules)];
  const idle = Object.entries(accepted).flatMap(([file, rules]) =>
    rules
      .filter((rule) => isComplete && !found.some((each) => each.file === file && each.rule === rule))
      .map((rule) => ({ file, rule, text: "is accepted here, and not found" })),
  );
  return found
    .filter(({ file, rule }) => !accepted[file]?.includes(rule) && !(rule === "contract" && mayTakeAway.has(file)))
    .concat(idle);
};

if (import.meta.main) {
  const findings = lintMigrations("migrations");
  for (const { file, rule, text } of findings) process.stderr.write(`migrations/${file}: ${rule}: ${text}\n`);
  if (findings.length > 0) process.stderr.write("migrations/README.md says what to write instead.\n");
  process.exitCode = findings.length > 0 ? 1 : 0;
}
