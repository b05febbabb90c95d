/** The files that make the schema, read from a folder such as `migrations/`. */
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Migration {
  /** `0001-core.sql`: files run in the order of their names. */
  readonly name: string;
  readonly text: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly hash: string;
  /** Whether it runs in one transaction: all do whose first line is not `-- outside a transaction`. */
  readonly isTransactional: boolean;
}

/** Reads the migrations of a folder, in the order they run in; other files there are passed over. */
export const readMigrations = (folder: string): readonly Migration[] =>
  readdirSync(folder)
    .filter((name) => /^\d{4}-.*\.sql$/.test(name))
    .sort()
    .map((name) => {
      const text = readFileSync(join(folder, name), "utf8");
      return {
        name,
        text,
        hash: createHash("sha256").update(text).digest("hex"),
        isTransactional: !/^-- outside a transaction\b/.test(text),
      };
    });

/** Comments, quoted text (`'…'`, `"…"`, `$tag$…$tag$`), a semicolon, and whatever lies between. Nested comments are not known. */
const token = /--.*|\/\*[\s\S]*?\*\/|'[^']*'|"[^"]*"|\$(\w*)\$[\s\S]*?\$\1\$|;|[^-/'"$;]+|[\s\S]/g;

/** Cuts a text into its statements, without their comments and final semicolons. */
export const statementsOf = (text: string): string[] => {
  const statements = [""];
  for (const [part] of text.matchAll(token)) {
    if (part === ";") statements.push("");
    else if (!part.startsWith("--") && !part.startsWith("/*")) statements[statements.length - 1] += part;
  }
  return statements.map((statement) => statement.trim()).filter((statement) => statement !== "");
};
