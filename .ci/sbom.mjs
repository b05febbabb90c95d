/**
 * The bill of materials of a bundle, CycloneDX 1.5 as `npm sbom` writes it, but exact: the packages that esbuild took code of, with
 * their versions, licences and the hashes that package-lock.json holds them to. What else an image has, Node and the operating
 * system, its layers tell.
 */
import { readFileSync } from "node:fs";

const read = (file) => JSON.parse(readFileSync(new URL(`../${file}`, import.meta.url), "utf8"));

/** `node_modules/a/node_modules/@b/c` for any file of that package, wherever node_modules is; undefined for a file of ours. */
const packageOf = (file) => /\bnode_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+/.exec(file)?.[0];

const component = (path, integrity) => {
  const { name, version, license } = read(`${path}/package.json`);
  if (typeof license !== "string" || integrity === undefined) throw new Error(`${path} has no licence or no hash.`);
  const [algorithm, digest] = integrity.split("-");
  return {
    "bom-ref": `${name}@${version}`,
    type: "library",
    name,
    version,
    purl: `pkg:npm/${name.replace("@", "%40")}@${version}`,
    hashes: [{ alg: algorithm.replace("sha", "SHA-"), content: Buffer.from(digest, "base64").toString("hex") }],
    licenses: [license.includes(" ") ? { expression: license } : { license: { id: license } }],
  };
};

/**
 * @param metafile what esbuild tells of a build.
 * @param data packages that were taken for their data, by name.
 */
export const billOfMaterials = (metafile, data) => {
  const files = Object.values(metafile.outputs).flatMap(({ inputs }) => Object.keys(inputs));
  const paths = new Set([...files.map(packageOf), ...data.map((name) => `node_modules/${name}`)]);
  paths.delete(undefined);
  const { packages } = read("package-lock.json");
  const { name, version, description } = read("package.json");
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    version: 1,
    metadata: { component: { "bom-ref": `${name}@${version}`, type: "application", name, version, description } },
    components: [...paths].sort().map((path) => component(path, packages[path]?.integrity)),
  };
};
