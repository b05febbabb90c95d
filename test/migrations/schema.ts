/** What migrations make together, as pg_dump writes it: a PostgreSQL in WebAssembly, of the same major version, runs and dumps them. */
import { PGlite } from "@electric-sql/pglite";
import { btree_gist } from "@electric-sql/pglite/contrib/btree_gist";
import { pgDump } from "@electric-sql/pglite-tools/pg_dump";
import { readMigrations, statementsOf } from "#lib/sql/migration-files.ts";

const heading = `-- What all migrations make together, for reading and for comparing; nothing runs it. The queue's schema, pg-boss's own, is left out.
-- UPDATE_SCHEMA=1 npm test -- test/migrations/schema writes it anew.
`;

/** Runs all migrations of a folder in an empty database. @returns its schema: the same text for the same migrations, always. */
export const schemaOf = async (folder: string): Promise<string> => {
  const pg = await PGlite.create({ extensions: { btree_gist } });
  try {
    for (const { text, isTransactional } of readMigrations(folder)) {
      for (const part of isTransactional ? [`begin; ${text}; commit;`] : statementsOf(text)) await pg.exec(part);
    }
    const dump = await (await pgDump({ pg, args: ["--schema-only", "--no-owner"] })).text();
    const lines = dump.split("\n").filter((line) => !/^-- Dumped |^\\(un)?restrict /.test(line));
    return `${heading}${lines.join("\n").trimEnd()}\n`;
  } finally {
    await pg.close();
  }
};
