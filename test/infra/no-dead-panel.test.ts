/** No dead panel: what dashboards, alarms and scaling look at is what real processes emit, and all that they emit is looked at. */
import { environments } from "#cdk/config.ts";
import { metricCatalogue } from "#lib/observe/metric-catalogue.ts";
import { templatesOf } from "./environments.ts";
import { type Emitted, emittedIn, isShowing, shownIn, strangeness } from "./our-metrics.ts";
import { provokeEverything } from "./provoke.ts";

let emitted: readonly Emitted[];
beforeAll(async () => {
  emitted = emittedIn(await provokeEverything());
}, 240_000);

const shown = async (config: (typeof environments)[number]) => {
  const { api, observability } = await templatesOf(config);
  return shownIn([api, observability]);
};

it.each(environments)(
  "$name looks at nothing that is not emitted",
  async (config) => {
    const all = await shown(config);
    expect(all.length).toBeGreaterThan(50);

    const dead = all.filter((one) => !emitted.some((metric) => isShowing(one, metric)));

    expect(dead).toEqual([]);
  },
  120_000,
);

it("nothing is emitted that is not in the catalogue, with its unit and its dimensions", () => {
  expect([...new Set(emitted.map(strangeness))]).toEqual([undefined]);
});

it("everything in the catalogue is emitted, and looked at in production", async () => {
  const production = environments.find(({ name }) => name === "production");
  const all = await shown(production as (typeof environments)[number]);
  const names = Object.keys(metricCatalogue);

  expect(names.filter((name) => !emitted.some((metric) => metric.name === name))).toEqual([]);
  expect(names.filter((name) => !all.some((one) => one.name === name))).toEqual([]);
}, 180_000);

it("all that is emitted is few enough to pay for: two combinations for a route, and 60 for everything else", () => {
  const combinations = new Set(emitted.map(({ name, dimensions }) => JSON.stringify([name, dimensions])));
  const ofRoutes = [...combinations].filter((one) => one.includes('"Route"'));
  const routes = new Set(emitted.map(({ dimensions: { service, Route } }) => Route && `${service} ${Route}`).filter(Boolean));

  expect(ofRoutes.length).toBeLessThanOrEqual(2 * routes.size);
  expect(combinations.size - ofRoutes.length).toBeLessThanOrEqual(60);
});
