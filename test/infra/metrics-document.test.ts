import { readFile, writeFile } from "node:fs/promises";
import { configOf, templatesOf } from "./environments.ts";
import { metricsDocument } from "./metrics-document.ts";

const path = "docs/metrics.md";

it("docs/metrics.md says what the catalogue and the alarms say", async () => {
  const { api, observability } = await templatesOf(configOf("production"));
  const wanted = metricsDocument([api, observability]);
  if (process.env.UPDATE_DOCS) await writeFile(path, wanted);

  expect(await readFile(path, "utf8")).toBe(wanted);
}, 180_000);
