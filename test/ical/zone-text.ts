/** VTIMEZONEs for tests: an observance is `[start, from, to, rule?]`. */
export const zoneText = (tzid: string, ...observances: readonly (readonly string[])[]): string =>
  [
    "BEGIN:VTIMEZONE",
    `TZID:${tzid}`,
    ...observances.flatMap(([start = "", from = "", to = "", ...rules]) => [
      "BEGIN:STANDARD",
      `DTSTART:${start}`,
      `TZOFFSETFROM:${from}`,
      `TZOFFSETTO:${to}`,
      ...rules,
      "END:STANDARD",
    ]),
    "END:VTIMEZONE",
  ].join("\n");

/** The rules of the European Union, as Outlook writes them. */
export const european = (tzid: string, standard: string, summer: string, hour = "02"): string =>
  zoneText(
    tzid,
    ["16010101T030000", summer, standard, "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"],
    [`16010101T${hour}0000`, standard, summer, "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"],
  );
