import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { versionOf } from "#ci/release.ts";
import { type Api, startApi } from "#test/support/api.ts";
import { freshDatabase } from "#test/support/database.ts";
import { startServer } from "#test/support/server-process.ts";

it("is unknown where nothing was built; no key is asked for", async () => {
  const api: Api = await startApi();
  const answer = await api.call("GET", "/v1/version");
  await api.stop();

  expect(answer).toMatchObject({
    status: 200,
    body: { kind: "calendar#version", version: "source", commit: null, builtAt: null },
  });
});

it("is the changelog's, with what the build was told of its commit", async () => {
  const folder = mkdtempSync(join(tmpdir(), "calendar-version-"));
  const [commit, builtAt] = ["89abcdef0123456789abcdef0123456789abcdef", "2026-11-23T12:00:00Z"];
  const database = await freshDatabase();
  try {
    execFileSync(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", "esbuild.config.mjs", "--container", `--out=${folder}`],
      {
        env: { PATH: process.env.PATH, COMMIT: commit, BUILT_AT: builtAt },
        stdio: "ignore",
      },
    );
    const server = await startServer({ DATABASE_URL: database.url }, [join(folder, "container/main.mjs")]);
    const answer = await (await fetch(`${server.url}/v1/version`)).json();
    await server.kill("SIGTERM");

    const version = versionOf(readFileSync("CHANGELOG.md", "utf8"));
    expect(answer).toEqual({ kind: "calendar#version", version, commit, builtAt });
    expect(server.written()).toContain(`"message":"started"`);
    expect(server.written()).toContain(commit);
  } finally {
    await database.drop();
    rmSync(folder, { recursive: true, force: true });
  }
}, 180_000);
