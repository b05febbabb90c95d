/** All stacks of an environment put up in order in an AWS that moto plays: what refers to what is resolved, and what is made is looked at. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describeWithMoto } from "#test/support/moto.ts";
import { appOf, configOf } from "./environments.ts";

interface Made {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId?: string;
}

interface Seen {
  readonly made: readonly Made[];
  /** What was not made, and what could not be resolved. */
  readonly failures: readonly string[];
  /** Types that moto does not know. */
  readonly standIns: readonly string[];
  readonly exports: Readonly<Record<string, string>>;
  readonly subnets: readonly { readonly zone: string; readonly cidr: string; readonly id: string }[];
  readonly securityGroups: readonly {
    readonly GroupId: string;
    readonly GroupName: string;
    readonly IpPermissions: readonly {
      readonly FromPort?: number;
      readonly UserIdGroupPairs: readonly { readonly GroupId: string }[];
    }[];
  }[];
  // biome-ignore lint/suspicious/noExplicitAny: AWS's own answers, looked at in a few places
  readonly [what: string]: any;
}

/** Deploys an environment's stacks of its own region, in the order that CDK would. */
const deploy = async (name: "dev" | "staging" | "production"): Promise<Seen> => {
  const config = configOf(name);
  const { app } = await appOf(config);
  const stacks = app.synth().stacks.filter(({ environment }) => environment.region === config.region);
  const { stdout } = await promisify(execFile)(
    "python3",
    ["test/infra/moto/deploy.py", config.region, ...stacks.map(({ templateFullPath }) => templateFullPath)],
    { maxBuffer: 64_000_000, timeout: 240_000 },
  );
  return JSON.parse(stdout) as Seen;
};

describeWithMoto("an emulated deploy of production", () => {
  let seen: Seen;
  beforeAll(async () => {
    seen = await deploy("production");
  }, 300_000);

  it("makes every resource of every stack, with every reference resolved", () => {
    expect(seen.failures).toEqual([]);
    expect(seen.made.length).toBeGreaterThan(250);
    expect(seen.made.filter(({ physicalId }) => !physicalId)).toEqual([]);
  });
});
