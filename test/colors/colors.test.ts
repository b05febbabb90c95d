import { calendarColorIdOf, calendarColors } from "#lib/model/colors.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";

let api: Api;
let person: Person;
beforeAll(async () => {
  api = await startApi();
  person = await api.person();
});
afterAll(() => api.stop());

describe("the palette", () => {
  it("has Google's 24 colours for calendars and 11 for events", async () => {
    const { status, body } = await person.get("/calendar/v3/colors");

    expect(status).toBe(200);
    expect(body).toMatchObject({ kind: "calendar#colors", updated: expect.stringMatching(/^2012-02-14T/) });
    expect(Object.keys(body.calendar)).toEqual(Array.from({ length: 24 }, (_, index) => String(index + 1)));
    expect(Object.keys(body.event)).toEqual(Array.from({ length: 11 }, (_, index) => String(index + 1)));
    expect(body.calendar).toMatchObject({
      1: { background: "#ac725e", foreground: "#1d1d1d" },
      12: { background: "#fad165" },
      14: { background: "#9fe1e7" },
      24: { background: "#a47ae2" },
    });
    expect(body.event).toMatchObject({ 1: { background: "#a4bdfc", foreground: "#1d1d1d" }, 11: { background: "#dc2127" } });
    for (const palette of [body.calendar, body.event]) {
      for (const { background, foreground } of Object.values<{ background: string; foreground: string }>(palette)) {
        expect([background, foreground]).toEqual([
          expect.stringMatching(/^#[0-9a-f]{6}$/),
          expect.stringMatching(/^#[0-9a-f]{6}$/),
        ]);
      }
      expect(new Set(Object.values<{ background: string }>(palette).map(({ background }) => background)).size).toBe(
        Object.keys(palette).length,
      );
    }
  });
});

describe("a background", () => {
  it("has the id of its own colour, in any case", () => {
    for (const [id, { background }] of calendarColors) {
      expect(calendarColorIdOf(background)).toBe(id);
      expect(calendarColorIdOf(background.toUpperCase())).toBe(id);
    }
  });

  it.each([
    ["#ad725d", "1"],
    ["#ff0000", "3"],
    ["#000000", "8"],
    ["#ffffff", "14"],
    ["#0000ff", "16"],
  ])("of another colour, %s, has the id of the nearest", (background, id) => {
    expect(calendarColorIdOf(background)).toBe(id);
  });
});
