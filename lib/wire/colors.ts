import { type Color, calendarColors, eventColors } from "#lib/model/colors.ts";
import { object, oneOf, record, type Static, text } from "#lib/schema.ts";

const Palette = record(object({ background: text(), foreground: text() }));

export const ColorsReply = object({
  kind: oneOf("calendar#colors"),
  updated: text(),
  calendar: Palette,
  event: Palette,
});

/** When Google last changed the palette. */
const updated = "2012-02-14T00:00:00.000Z";

const fromPalette = (palette: ReadonlyMap<string, Color>): Readonly<Record<string, Color>> => Object.fromEntries(palette);

/** The palette as clients read it (colors resource). */
export const fromColors = (): Static<typeof ColorsReply> => ({
  kind: "calendar#colors",
  updated,
  calendar: fromPalette(calendarColors),
  event: fromPalette(eventColors),
});
