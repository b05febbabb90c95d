import { randomUUID } from "node:crypto";
import { Failure } from "#lib/errors.ts";
import { list, maybe, object, type Static, text } from "#lib/schema.ts";

const uuid = "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$";

const EventLabel = object({
  id: maybe(text({ pattern: uuid, description: "A UUID; made for a new label when missing." })),
  name: maybe(text({ maxLength: 50 })),
  backgroundColor: text({ pattern: "^#[0-9A-Fa-f]{6}$", description: "`#rrggbb`." }),
});

/** The labels that events of a calendar can have. */
export const LabelProperties = object({ eventLabels: maybe(list(EventLabel, { maxItems: 200 })) });

/** Reads labels, giving ids to those that have none. Throws `invalid` when two have the same one. */
export const readLabels = ({ eventLabels }: Static<typeof LabelProperties>) => {
  const seen = new Set<string>();
  const labels = (eventLabels ?? []).map(({ id, name, backgroundColor }, index) => {
    const label = (id ?? randomUUID()).toLowerCase();
    if (seen.has(label)) {
      const location = `labelProperties.eventLabels[${index}].id`;
      throw new Failure("invalid", { location, message: `Invalid value for ${location}: another label has this id.` });
    }
    seen.add(label);
    return { id: label, ...(name && { name }), backgroundColor: backgroundColor.toLowerCase() };
  });
  return { eventLabels: labels };
};
