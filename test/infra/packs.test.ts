/** What the rule packs say of every environment: nothing that is not acknowledged, and nothing acknowledged for nothing. */
import { App } from "aws-cdk-lib";
import { acknowledgements, speaksOf } from "#cdk/acknowledgements.ts";
import { environments } from "#cdk/config.ts";
import { packs } from "#cdk/packs.ts";
import { addEnvironment } from "#cdk/platform.ts";
import { appOf, configOf, release } from "./environments.ts";

interface Finding {
  readonly ruleName: string;
  readonly violatingResources?: readonly { readonly constructPath?: string }[];
}

/** Every finding: its rule, and the path of the construct. */
const findings = (app: App): readonly { readonly rule: string; readonly path: string }[] =>
  packs(app).flatMap((pack) =>
    (pack.validateScope(app).violations as unknown as readonly Finding[]).flatMap(({ ruleName, violatingResources = [] }) =>
      violatingResources.map(({ constructPath = "" }) => ({ rule: ruleName, path: constructPath })),
    ),
  );

it.each(environments.map(({ name }) => name))(
  "%s has no finding that is not acknowledged, of the packs or of CDK's validator",
  async (name) => {
    const { app } = await appOf(configOf(name));

    expect(findings(app)).toEqual([]);
    expect(() => app.synth()).not.toThrow();
  },
  120_000,
);

it("acknowledges nothing that is not found", async () => {
  const bare = new App({ analyticsReporting: false });
  for (const config of environments) addEnvironment(bare, config, await release());
  const found = findings(bare);
  expect(found.length).toBeGreaterThan(50);

  const stale = acknowledgements.flatMap((acknowledgement) =>
    acknowledgement.rules
      .filter((rule) => !rule.startsWith("CloudFormation-Validate"))
      .flatMap((rule) => acknowledgement.at.map((end) => ({ ...acknowledgement, rule, at: [end] })))
      .filter((one) => !found.some(({ rule, path }) => rule === one.rule && speaksOf(one, path)))
      .map(({ rule, at: [end], only }) => `${rule} at ${end}, ${only ?? "everywhere"}`),
  );

  expect(stale).toEqual([]);
}, 180_000);
