/** What the linter of migrations refuses, and what it lets pass. */
import { spawnSync } from "node:child_process";
import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { type Finding, lintMigrations } from "#ci/lint-migrations.ts";
import { folderOf, removeFolders } from "./folder.ts";

afterAll(removeFolders);

const outside = "-- outside a transaction\n";
const fits = "create index concurrently if not exists events_by_words on events (words);";

const refused: readonly (readonly [what: string, rule: string, text: string])[] = [
  [
    "a column with a value of its own in each row",
    "adding-field-with-default",
    "alter table events add token uuid default gen_random_uuid();",
  ],
  [
    "a column with the clock's time",
    "adding-field-with-default",
    "alter table events add at timestamptz default clock_timestamp();",
  ],
  [
    "a stored column that is computed",
    "adding-field-with-default",
    "alter table events add low text generated always as (lower(words)) stored;",
  ],
  ["a column that must have a value, and has none", "adding-required-field", "alter table events add place text not null;"],
  ["a numbered column", "adding-field-with-default", "alter table events add number bigint generated always as identity;"],
  ["another type", "changing-column-type", "alter table events alter sequence type bigint;"],
  ["no nulls from now on", "adding-not-nullable-field", "alter table events alter i_cal_uid set not null;"],
  [
    "a reference",
    "adding-foreign-key-constraint",
    "alter table events add constraint c foreign key (copy_of_calendar) references calendars;",
  ],
  ["a column that refers", "adding-foreign-key-constraint", "alter table events add other text references calendars;"],
  ["an index", "require-concurrent-index-creation", "create index events_by_words on events (words);"],
  ["an index dropped", "require-concurrent-index-deletion", "drop index events_by_uid;"],
  ["an index made anew", "require-concurrent-reindex", "reindex index events_by_uid;"],
  ["an index concurrently, in a transaction", "outside-a-transaction", fits],
  [
    "an index concurrently that cannot be repeated",
    "outside-a-transaction",
    `${outside}create index concurrently i on events (words);`,
  ],
  ["a column outside a transaction", "outside-a-transaction", `${outside}alter table events add place text;`],
  ["a unique constraint", "disallowed-unique-constraint", "alter table users add constraint u unique (display_name);"],
  ["a primary key", "adding-serial-primary-key-field", "alter table users add primary key (email);"],
  ["a check of all rows", "constraint-missing-not-valid", "alter table events add constraint c check (words <> '');"],
  [
    "a check that is validated in the same transaction",
    "constraint-missing-not-valid",
    "alter table events add constraint c check (words <> '') not valid;\nalter table events validate constraint c;",
  ],
  ["a whole vacuum", "locks-for-long", `${outside}vacuum full events;`],
  ["a whole vacuum, in parentheses", "locks-for-long", `${outside}vacuum (verbose, full) events;`],
  ["a vacuum in a transaction", "outside-a-transaction", "vacuum events;"],
  ["a clustered table", "locks-for-long", "cluster events using events_by_uid;"],
  ["a locked table", "locks-for-long", "lock table events;"],
  ["an emptied table", "locks-for-long", "truncate key_usage;"],
  ["another place", "locks-for-long", "alter table events\n  set tablespace fast;"],
  ["a view filled again", "locks-for-long", "refresh materialized view sums;"],
  ["a transaction of its own", "transaction-nesting", "begin; select 1; commit;"],
  ["an enum's value at its end by chance", "require-enum-value-ordering", "alter type calendar_role add value 'guest';"],
  ["a time without a zone", "prefer-timestamp-tz", "create table t (at timestamp);"],
  ["what is no SQL", "syntax-error", "alter tabel events;"],
  ["a column dropped", "contract", "alter table events drop column words;"],
  ["a table dropped", "contract", "drop table key_usage;"],
  ["a column renamed", "contract", "alter table events rename column words to text;"],
  ["a table renamed", "contract", "alter table events rename to happenings;"],
  ["nulls from now on", "contract", "alter table events alter words drop not null;"],
  ["a default dropped", "contract", "alter table events alter busy drop default;"],
  ["a constraint dropped", "contract", "alter table users drop constraint users_email_once;"],
  ["a constraint renamed", "contract", "alter table users rename constraint users_email_once to once;"],
  ["a function dropped", "contract", "drop function tell_of_key() cascade;"],
  ["a trigger dropped", "contract", "drop trigger users_are_told on users;"],
  ["an enum's value renamed", "contract", "alter type calendar_role rename value 'none' to 'nobody';"],
  ["a contract with nobody", "contract", "-- contract: soon\nalter table events drop column words;"],
];

const passed: readonly (readonly [what: string, text: string])[] = [
  [
    "a table with its indexes",
    "create table t (id bigint primary key, name text not null);\ncreate index t_by_name on t (name);",
  ],
  ["a column", "alter table events add place text;"],
  ["a column with a constant", "alter table events add shown boolean not null default true;"],
  ["a column with the time of its making", "alter table events add seen_at timestamptz not null default now();"],
  ["a check of what comes", "alter table events add constraint c check (words <> '') not valid;"],
  [
    "a reference of what comes",
    "alter table events add constraint c foreign key (copy_of_calendar) references calendars not valid;",
  ],
  ["a check of what is there, later", "alter table events validate constraint c;"],
  [
    "no nulls, where a check has seen to it",
    "alter table events validate constraint c;\nalter table events alter i_cal_uid set not null;",
  ],
  ["a unique constraint by an index that is there", "alter table users add constraint u unique using index users_by_name;"],
  ["a default for what comes", "alter table events alter column busy set default false;"],
  ["an index outside a transaction", outside + fits],
  ["an index made anew outside a transaction", `${outside}reindex index concurrently events_by_uid;`],
  ["an index dropped outside a transaction", `${outside}drop index concurrently if exists events_by_uid;`],
  ["rows changed bit by bit", `${outside}do $$ begin update events set busy = true where id < 'b'; commit; end $$;`],
  ["a vacuum", `${outside}vacuum (analyze) events;`],
  ["a function", "create or replace function tell_of_key() returns trigger language plpgsql as $$ begin return null; end $$;"],
  ["an enum's value in its place", "alter type calendar_role add value 'guest' after 'none';"],
  [
    "what no release uses any more",
    "-- contract: 1.4.0\nalter table events drop column words;\ndrop trigger users_are_told on users;",
  ],
];

const nameOf = (index: number) => `${9000 + index}-file.sql`;
const lint = (texts: readonly string[]): readonly Finding[] =>
  lintMigrations(folderOf(Object.fromEntries(texts.map((text, index) => [nameOf(index), text]))), false);

describe("refused", () => {
  const findings = lint(refused.map(([, , text]) => text));
  it.each(refused.map(([what, rule], index) => [what, rule, nameOf(index)] as const))("%s: %s", (_, rule, name) => {
    expect(findings.filter(({ file }) => file === name).map((finding) => finding.rule)).toContain(rule);
  });
});

it("passed: what locks nobody out for long, and takes nothing away", () => {
  const findings = lint(passed.map(([, text]) => text));
  expect(findings.map(({ file, rule, text }) => [passed[Number.parseInt(file, 10) - 9000]?.[0], rule, text])).toEqual([]);
});

it("numbers follow each other, but for the one that is missing for ever", () => {
  const folder = folderOf({});
  cpSync("migrations", folder, { recursive: true });
  expect(lintMigrations(folder)).toEqual([]);
  const { length } = readdirSync(folder).filter((name) => /^\d{4}-/.test(name));
  const numbered = (number: number) => `${String(number).padStart(4, "0")}-more.sql`;
  for (const number of [7, length + 1, length + 3]) {
    const other = folderOf({ [numbered(number)]: "select 1;" });
    cpSync(folder, other, { recursive: true });
    expect([number, lintMigrations(other).map(({ rule }) => rule)]).toEqual([number, expect.arrayContaining(["numbering"])]);
  }
});

it("is a part of the checks, and ends with 1 when there is something", () => {
  const program = [
    process.execPath,
    "--disable-warning=ExperimentalWarning",
    join(process.cwd(), ".ci/lint-migrations.ts"),
  ] as const;
  const run = (cwd: string) => spawnSync(program[0], program.slice(1), { cwd, encoding: "utf8" });
  expect(run(process.cwd())).toMatchObject({ status: 0, stderr: "" });
  const folder = folderOf({});
  cpSync("migrations", join(folder, "migrations"), { recursive: true });
  cpSync(join(folderOf({ "9001-drop.sql": "drop table events;" }), "9001-drop.sql"), join(folder, "migrations/9001-drop.sql"));
  expect(run(folder)).toMatchObject({ status: 1, stderr: expect.stringContaining("migrations/9001-drop.sql: contract: ") });
});
