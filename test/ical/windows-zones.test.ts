import { fromWindowsName, windowsZones } from "#lib/ical/windows-zones.ts";
import { findZone } from "#lib/model/zone.ts";

it("holds only zones that exist", () => {
  expect(windowsZones().filter((zone) => findZone(zone)?.name !== zone)).toEqual([]);
  expect(windowsZones().length).toBeGreaterThan(120);
});

it.each([
  ["Romance Standard Time", "Europe/Paris"],
  ["FLE Standard Time", "Europe/Kyiv"],
  ["Line Islands Standard Time", "Pacific/Kiritimati"],
  ["Russia Time Zone 11", "Asia/Kamchatka"],
  ["UTC-11", "Etc/GMT+11"],
  ["UTC", "UTC"],
  ["toString", undefined],
])("reads %s as %s", (name, zone) => {
  expect(fromWindowsName(name)).toBe(zone);
});
