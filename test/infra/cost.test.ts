/** What keeps the bill known: tags, the budget, and messages about days that cost too much. */

import { readFile, writeFile } from "node:fs/promises";
import { TagManager } from "aws-cdk-lib";
import { Match, type Template } from "aws-cdk-lib/assertions";
import { environments } from "#cdk/config.ts";
import { costDocument } from "./cost-document.ts";
import { appOf, configOf, endpointsOf, templatesOf } from "./environments.ts";

it.each(environments.map(({ name }) => name))(
  "%s has its tags on everything that takes tags",
  async (name) => {
    const { app } = await appOf(configOf(name));
    app.synth();
    const taggable = app.node
      .findAll()
      .filter((construct) => TagManager.isTaggable(construct) || TagManager.isTaggableV2(construct));
    expect(taggable.length).toBeGreaterThan(60);
    const without = taggable.filter((construct) => {
      const tags = TagManager.of(construct)?.tagValues() ?? {};
      return tags.Project !== "calendar-api" || tags.Environment !== name || tags.Part === undefined;
    });
    expect(without.map(({ node }) => node.path)).toEqual([]);
  },
  60_000,
);

describe("production", () => {
  let cost: Template;
  let api: Template;
  beforeAll(async () => {
    ({ cost, api } = await templatesOf(configOf("production")));
  }, 180_000);
  const tags = [
    { Key: "Environment", Value: "production" },
    { Key: "Part", Value: "cost" },
    { Key: "Project", Value: "calendar-api" },
  ];

  it.each([
    ["ACTUAL", 80],
    ["ACTUAL", 100],
    ["FORECASTED", 100],
  ])("tells of its budget of 3,000 USD a month: %s, %d %%", (type, threshold) => {
    cost.hasResourceProperties("AWS::Budgets::Budget", {
      Budget: { BudgetType: "COST", TimeUnit: "MONTHLY", BudgetLimit: { Amount: 3_000, Unit: "USD" } },
      NotificationsWithSubscribers: Match.arrayWith([
        {
          Notification: {
            NotificationType: type,
            Threshold: threshold,
            ThresholdType: "PERCENTAGE",
            ComparisonOperator: "GREATER_THAN",
          },
          Subscribers: [{ SubscriptionType: "EMAIL", Address: "calendar-operators@example.org" }],
        },
      ]),
      ResourceTags: tags,
    });
  });

  it("looks for days that cost more than days like them", () => {
    cost.hasResourceProperties("AWS::CE::AnomalyMonitor", {
      MonitorType: "CUSTOM",
      MonitorSpecification: JSON.stringify({ Tags: { Key: "Environment", MatchOptions: ["EQUALS"], Values: ["production"] } }),
      ResourceTags: tags,
    });
  });

  it("writes to people about those that cost 90 USD or more", () => {
    cost.hasResourceProperties("AWS::CE::AnomalySubscription", {
      Frequency: "DAILY",
      Subscribers: [{ Type: "EMAIL", Address: "calendar-operators@example.org" }],
      ThresholdExpression: Match.serializedJson({
        Dimensions: {
          Key: "ANOMALY_TOTAL_IMPACT_ABSOLUTE",
          MatchOptions: ["GREATER_THAN_OR_EQUAL"],
          Values: ["90"],
        },
      }),
      ResourceTags: tags,
    });
  });

  it("gives the tags of services to their tasks", () => {
    api.allResourcesProperties("AWS::ECS::Service", { PropagateTags: "SERVICE", EnableECSManagedTags: true });
  });
});

it("docs/cost.md has the quantities of the configuration and of the templates", async () => {
  const path = "docs/cost.md";
  const of = async (name: "dev" | "staging" | "production") => Object.values(await templatesOf(configOf(name)));
  const wanted = costDocument(
    { dev: await of("dev"), staging: await of("staging"), production: await of("production") },
    (await endpointsOf()).length,
  );
  if (process.env.UPDATE_DOCS) await writeFile(path, wanted);

  expect(await readFile(path, "utf8")).toBe(wanted);
}, 180_000);
