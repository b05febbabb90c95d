/** AWS's own linter, with schemas of its own, over every template. Where it is not installed (a Python package), it says so. */
import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { environments } from "#cdk/config.ts";
import { appOf } from "./environments.ts";

const installed = (process.env.PATH ?? "").split(delimiter).some((folder) => {
  try {
    accessSync(join(folder, "cfn-lint"), constants.X_OK);
    return true;
  } catch {
    return false;
  }
});

/**
 * What it says that is meant so, or wrong: zones are named (W3010); a dependency said twice does no harm (W3005); it does not know
 * yet that these types take tags (E3002).
 */
const meant = [
  /^W3010 /,
  /^W3005 /,
  /^E3002 Additional properties are not allowed \('Tags' was unexpected\) AWS::(ElasticLoadBalancingV2::Listener(Rule)?|ApplicationAutoScaling::ScalableTarget|CloudWatch::Dashboard|Backup::\w+|Chatbot::\w+|Logs::\w+)$/,
];

interface Match {
  readonly Rule: { readonly Id: string };
  readonly Message: string;
  readonly Location: { readonly Path: readonly string[] };
  readonly Filename: string;
}

(installed ? it : it.skip)(
  `cfn-lint has nothing to say of any template${installed ? "" : " (skipped: cfn-lint is not installed)"}`,
  async () => {
    const said: string[] = [];
    for (const config of environments) {
      const { app } = await appOf(config);
      const stacks = app.synth().stacks;
      const types = new Map(stacks.map(({ templateFullPath, template }) => [templateFullPath, template.Resources]));
      // It ends with another code than 0 whenever it has anything to say.
      const { stdout } = await promisify(execFile)(
        "cfn-lint",
        ["--format", "json", "--", ...stacks.map(({ templateFullPath }) => templateFullPath)],
        { maxBuffer: 64_000_000 },
      ).catch((error: { stdout: string }) => error);
      for (const { Rule, Message, Location, Filename } of JSON.parse(stdout) as readonly Match[]) {
        const type = types.get(Filename)?.[Location.Path[1] ?? ""]?.Type;
        said.push(`${Rule.Id} ${Message} ${type}`);
      }
    }

    expect(said.length).toBeGreaterThan(0);
    expect(said.filter((line) => !meant.some((one) => one.test(line)))).toEqual([]);
  },
  240_000,
);
