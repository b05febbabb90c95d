import { findZone } from "./zone.ts";

/** What a setting can be, as Google lists them (Settings resource). Values are texts. */
interface Setting {
  readonly usual: string;
  /** The value as it is kept; undefined when the setting cannot have it. */
  readonly read: (value: string) => string | undefined;
  /** What values there are, in words that end a sentence. */
  readonly values: string;
}

const oneOf = (usual: string, ...others: readonly string[]): Setting => {
  const words = [usual, ...others];
  return { usual, read: (value) => (words.includes(value) ? value : undefined), values: `one of ${words.join(", ")}` };
};

const locales = (
  "in ca cs da de en_GB es es_419 tl fr hr it lv lt hu nl no pl pt_BR pt_PT ro sk sl fi sv tr vi el ru sr uk bg iw ar fa hi th " +
  "zh_TW zh_CN ja ko"
).split(" ");

/** The settings of a user, by id. */
export const userSettings: ReadonlyMap<string, Setting> = new Map([
  ["autoAddHangouts", oneOf("false", "true")],
  ["dateFieldOrder", oneOf("MDY", "DMY", "YMD")],
  [
    "defaultEventLength",
    {
      usual: "60",
      read: (value) => (/^[1-9]\d{0,4}$/.test(value) ? value : undefined),
      values: "a number of minutes up to 99999",
    },
  ],
  ["format24HourTime", oneOf("false", "true")],
  ["hideInvitations", oneOf("false", "true")],
  ["hideWeekends", oneOf("false", "true")],
  ["locale", oneOf("en", ...locales)],
  ["remindOnRespondedEventsOnly", oneOf("false", "true")],
  ["showDeclinedEvents", oneOf("true", "false")],
  ["timezone", { usual: "UTC", read: (value) => findZone(value)?.name, values: "the name of an IANA time zone" }],
  ["useKeyboardShortcuts", oneOf("true", "false")],
  ["weekStart", oneOf("0", "1", "6")],
]);
