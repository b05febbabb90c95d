/** The classic palette of Google Calendar, which colors.get tells and colour ids name. Colours are `#rrggbb`, lower case. */

/** A background, and a colour that can be read on it. */
export interface Color {
  readonly background: string;
  readonly foreground: string;
}

const foreground = "#1d1d1d";

/** Numbers colours from "1" on. */
const palette = (...backgrounds: readonly string[]): ReadonlyMap<string, Color> =>
  new Map(backgrounds.map((background, index) => [String(index + 1), { background: `#${background}`, foreground }]));

/** The colours of calendars in a list, by colour id. */
export const calendarColors = palette(
  ...["ac725e", "d06b64", "f83a22", "fa573c", "ff7537", "ffad46", "42d692", "16a765", "7bd148", "b3dc6c", "fbe983", "fad165"],
  ...["92e1c0", "9fe1e7", "9fc6e7", "4986e7", "9a9cff", "b99aff", "c2c2c2", "cabdbf", "cca6ac", "f691b2", "cd74e6", "a47ae2"],
);

/** The colours of events, by colour id. */
export const eventColors = palette(
  ...["a4bdfc", "7ae7bf", "dbadff", "ff887c", "fbd75b", "ffb878", "46d6db", "e1e1e1", "5484ed", "51b749", "dc2127"],
);

const channelsOf = (color: string): readonly number[] => [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));

const distance = (one: string, other: string): number => {
  const channels = channelsOf(other);
  return channelsOf(one).reduce((sum, channel, index) => sum + (channel - (channels[index] ?? 0)) ** 2, 0);
};

/** The colour id of a calendar's background, `#rrggbb` in any case: that of the colour itself, or else of the one nearest to it. */
export const calendarColorIdOf = (background: string): string => {
  let nearest = { id: "", distance: Number.POSITIVE_INFINITY };
  for (const [id, color] of calendarColors) {
    const away = distance(background, color.background);
    if (away < nearest.distance) nearest = { id, distance: away };
  }
  return nearest.id;
};
