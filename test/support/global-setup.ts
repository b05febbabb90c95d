import { migrate } from "#lib/sql/migrate.ts";
import { prepareDatabases } from "./database.ts";

declare global {
  /** What globalTeardown, which jest runs in the same process, has to call. */
  var disposeDatabases: (() => Promise<void>) | undefined;
}

/** Before the first test file of a run: see prepareDatabases. */
export default async (): Promise<void> => {
  globalThis.disposeDatabases = await prepareDatabases(migrate);
};
