/**
 * `npm run bootstrap -- dev` and `npm run deploy -- dev sha256:…`, to the account whose credentials are there. A deploy without an image
 * makes all that an image needs, its registry among it; the API comes with the first image.
 */
import { spawnSync } from "node:child_process";
import { environments } from "./config.ts";

const usage = `Usage:
  npm run bootstrap -- <environment>
  npm run deploy -- <environment> [sha256:<digest of the image>] [-c region=recovery -c restoreFrom=<ARN>]
There are ${environments.map(({ name }) => name).join(", ")}.`;

/** The command line for the `cdk` program; undefined: the request cannot be understood. */
export const commandFor = ([action, environment, ...more]: readonly string[]): readonly string[] | undefined => {
  if (!environments.some(({ name }) => name === environment)) return undefined;
  const context = ["-c", `environment=${environment}`];
  const noImage = ["-c", "image=none"];
  if (action === "bootstrap") return ["bootstrap", ...context, ...noImage, ...more];
  if (action !== "deploy") return undefined;
  const [image] = more;
  if (image?.startsWith("sha256:")) {
    if (!/^sha256:[0-9a-f]{64}$/.test(image)) return undefined;
    return ["deploy", "--all", ...context, "-c", `image=${image}`, "--require-approval", "never", ...more.slice(1)];
  }
  if (image !== undefined && !image.startsWith("-")) return undefined;
  return ["deploy", `${environment}-!(api|observability)`, ...context, ...noImage, "--require-approval", "never", ...more];
};

if (import.meta.main) {
  const command = commandFor(process.argv.slice(2));
  if (command) process.exitCode = spawnSync("cdk", command, { stdio: "inherit" }).status ?? 1;
  else {
    process.stderr.write(`${usage}\n`);
    process.exitCode = 2;
  }
}
