import { RemovalPolicy, Stack, Tags } from "aws-cdk-lib";
import type { Construct } from "constructs";
import type { EnvironmentConfig } from "./config.ts";

/** What every stack is given. */
export interface StackProps {
  readonly config: EnvironmentConfig;
}

/** A stack of one environment: named after it, tagged for the bill, over three zones without asking an account which there are. */
export class EnvironmentStack extends Stack {
  readonly config: EnvironmentConfig;
  /** What becomes of data and keys when the stack goes. */
  readonly removalPolicy: RemovalPolicy;

  constructor(scope: Construct, part: string, { config }: StackProps, region = config.region) {
    super(scope, `${config.name}-${part}`, {
      stackName: `calendar-${config.name}-${part}`,
      description: `Calendar API, ${config.name}: ${part}.`,
      env: { region },
      terminationProtection: config.keepsData,
    });
    this.config = config;
    this.removalPolicy = config.keepsData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY;
    for (const [key, value] of [
      ["Project", "calendar-api"],
      ["Environment", config.name],
      ["Part", part],
    ] as const) {
      Tags.of(this).add(key, value);
    }
  }

  /** Three zones of the region. Without this, CDK would ask the account, or take two. */
  override get availabilityZones(): string[] {
    return ["a", "b", "c"].map((zone) => `${this.region}${zone}`);
  }

  /** A name that no other environment of the account has in its region. */
  nameOf(what: string): string {
    return `calendar-${this.config.name}-${what}`;
  }

  /** A name of something whose names are shared by all regions: what stands in meets the one that it stands in for. */
  worldNameOf(what: string): string {
    return this.config.standsIn ? `${this.nameOf(what)}-${this.region}` : this.nameOf(what);
  }
}
