import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { migrate } from "#lib/sql/migrate.ts";
import { prepareDatabases } from "./database.ts";

declare global {
  /** What globalTeardown, which jest runs in the same process, has to call. */
  var disposeDatabases: (() => Promise<void>) | undefined;
}

/** Before the first test file of a run: see prepareDatabases; and a folder for what several test files make use of. */
export default async (): Promise<void> => {
  const dispose = await prepareDatabases(migrate);
  const folder = mkdtempSync(join(tmpdir(), "calendar-run-"));
  process.env.CALENDAR_TEST_FOLDER = folder;
  globalThis.disposeDatabases = async () => {
    rmSync(folder, { recursive: true, force: true });
    await dispose();
  };
};
