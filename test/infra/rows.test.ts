/** Every row of the architecture is in production's templates; and each is seen missing once it is taken out. */
import { Template } from "aws-cdk-lib/assertions";
import { configOf, templatesOf } from "./environments.ts";
import { rows } from "./rows.ts";

let templates: Awaited<ReturnType<typeof templatesOf>>;
beforeAll(async () => {
  templates = await templatesOf(configOf("production"));
}, 180_000);

it.each(rows)("$part: $row", ({ part, holds }) => {
  expect(() => holds(templates[part] as Template)).not.toThrow();
});

it.each(rows)("$part, without: $row", ({ part, holds, remove }) => {
  const changed = structuredClone((templates[part] as Template).toJSON());
  remove(changed);

  // A template's own check on cycles has nothing to do with it.
  expect(() => holds(Template.fromJSON(changed, { skipCyclicalDependenciesCheck: true }))).toThrow();
});
