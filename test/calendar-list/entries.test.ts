import { calendarColors } from "#lib/model/colors.ts";
import { type Api, type Person, startApi } from "#test/support/api.ts";
import { aclPath, calendarPath, entryPath, listPath, locationOf, makeCalendar, readAll, share } from "#test/support/sharing.ts";

let api: Api;
let owner: Person;
let guest: Person;
beforeAll(async () => {
  api = await startApi();
  [owner, guest] = [await api.person({ timeZone: "Europe/Berlin" }), await api.person()];
});
afterAll(() => api.stop());

/** A calendar of the owner's in the guest's list. */
const subscribed = async (body: object = {}) => {
  const id = await makeCalendar(owner);
  await share(owner, id, guest, "reader");
  const answer = await guest.post(listPath, { id, ...body });
  expect(answer.status).toBe(200);
  return { id, entry: answer.body };
};

describe("the list of somebody new", () => {
  it("has their primary calendar, and each that they make, and nothing that is only shared with them", async () => {
    const someone = await api.person({ timeZone: "Asia/Tokyo" });
    const made = await makeCalendar(someone, "Second");
    const shared = await makeCalendar(owner);
    await share(owner, shared, someone, "owner");

    const { items } = await readAll(someone, listPath);

    expect(items.map(({ id }) => id)).toEqual([made, someone.email].sort());
    const [second, primary] = [items.find(({ id }) => id === made), items.find(({ id }) => id === someone.email)];
    expect(primary).toMatchObject({
      kind: "calendar#calendarListEntry",
      primary: true,
      accessRole: "owner",
      summary: someone.email,
      timeZone: "Asia/Tokyo",
      selected: true,
      defaultReminders: [],
    });
    expect(primary).not.toHaveProperty("dataOwner");
    expect(second).toMatchObject({ summary: "Second", dataOwner: someone.email, selected: true });
    for (const name of ["primary", "hidden", "deleted", "summaryOverride"]) expect(second).not.toHaveProperty(name);
    for (const { colorId, backgroundColor, foregroundColor } of items) {
      expect({ background: backgroundColor, foreground: foregroundColor }).toEqual(calendarColors.get(colorId));
    }
    expect((await readAll(someone, listPath)).items).toEqual(items);
  });
});

describe("an entry", () => {
  it("is added for a calendar that one may at least see the busy times of, and shows what the calendar says", async () => {
    const id = await makeCalendar(owner, "Theirs");
    await owner.patch(calendarPath(id), { description: "About", location: "Here", autoAcceptInvitations: true });
    expect(await guest.post(listPath, { id })).toMatchObject({ status: 404, reason: "notFound" });
    await share(owner, id, guest, "freeBusyReader");

    const added = await guest.post(listPath, { id: id.toUpperCase(), summaryOverride: "Mine", etag: '"0"', surprise: 1 });

    expect(added).toMatchObject({
      status: 200,
      body: {
        id,
        summary: "Theirs",
        summaryOverride: "Mine",
        description: "About",
        location: "Here",
        autoAcceptInvitations: true,
        accessRole: "freeBusyReader",
        dataOwner: owner.email,
        timeZone: "UTC",
      },
    });
    expect(added.body).not.toHaveProperty("surprise");
    expect(added.body).not.toHaveProperty("selected");
    const read = await guest.get(entryPath(id));
    expect(read.body).toEqual(added.body);
    expect(read.headers.get("etag")).toBe(added.body.etag);
  });

  it("is added once: adding it again changes what is named", async () => {
    const { id } = await subscribed({ summaryOverride: "Mine", selected: true });

    const again = await guest.post(listPath, { id, hidden: true });

    expect(again.body).toMatchObject({ summaryOverride: "Mine", selected: true, hidden: true });
    expect((await readAll(guest, listPath, { showHidden: true })).items.filter((one) => one.id === id)).toHaveLength(1);
  });

  it("keeps in a patch what the patch does not name, and loses what it names null or says no to", async () => {
    const reminders = [{ method: "popup", minutes: 10 }];
    const { id } = await subscribed({ summaryOverride: "Mine", selected: true, hidden: true, defaultReminders: reminders });

    const { body } = await guest.patch(entryPath(id), { summaryOverride: null, hidden: false });

    expect(body).toMatchObject({ selected: true, defaultReminders: reminders });
    for (const name of ["summaryOverride", "hidden"]) expect(body).not.toHaveProperty(name);
    expect((await guest.get(entryPath(id))).body).toEqual(body);
  });

  it("loses in a replacement what that does not have", async () => {
    const notificationSettings = { notifications: [{ type: "eventCreation", method: "email" }] };
    const { id } = await subscribed({ summaryOverride: "Mine", selected: true, colorId: "3", notificationSettings });
    const before = (await guest.get(entryPath(id))).body;
    expect(before).toMatchObject({ colorId: "3", notificationSettings });

    const { body } = await guest.put(entryPath(id), { hidden: true });

    expect(body).toMatchObject({ hidden: true, defaultReminders: [] });
    for (const name of ["summaryOverride", "selected", "notificationSettings"]) expect(body).not.toHaveProperty(name);
    expect((await guest.put(entryPath(id), before)).body).toEqual({ ...before, etag: expect.any(String) });
  });

  it("is each user's own", async () => {
    const { id } = await subscribed({ summaryOverride: "Mine", colorId: "3" });

    await owner.patch(entryPath(id), { summaryOverride: "Ours", colorId: "4" });

    expect((await guest.get(entryPath(id))).body).toMatchObject({ summaryOverride: "Mine", colorId: "3" });
  });

  it.each<[string, object, string]>([
    ["a colour that there is none of", { colorId: "25" }, "colorId"],
    ["a colour in words", { backgroundColor: "red" }, "backgroundColor"],
    ["a reminder by pigeon", { defaultReminders: [{ method: "pigeon", minutes: 1 }] }, "defaultReminders[0].method"],
    ["a reminder after the start", { defaultReminders: [{ method: "popup", minutes: -1 }] }, "defaultReminders[0].minutes"],
    ["six reminders", { defaultReminders: Array(6).fill({ method: "popup", minutes: 1 }) }, "defaultReminders"],
    [
      "an unknown notification",
      { notificationSettings: { notifications: [{ type: "x", method: "email" }] } },
      "notificationSettings.notifications[0].type",
    ],
    ["a long title", { summaryOverride: "x".repeat(1_001) }, "summaryOverride"],
    ["text for a flag", { hidden: "true" }, "hidden"],
  ])("with %s is refused", async (_, body, location) => {
    for (const refused of [
      await owner.patch(entryPath("primary"), body),
      await owner.put(entryPath("primary"), body),
      await owner.post(listPath, { id: "primary", ...body }),
    ]) {
      expect(refused).toMatchObject({ status: 400, reason: "invalid" });
      expect(locationOf(refused)).toBe(location);
    }
  });

  it("needs the id of a calendar", async () => {
    expect(await guest.post(listPath, { summaryOverride: "x" })).toMatchObject({ status: 400, reason: "required" });
    for (const answer of [
      await guest.post(listPath, { id: "nobody@example.org" }),
      await guest.get(entryPath("nobody@example.org")),
      await guest.patch(entryPath(owner.email), { hidden: true }),
      await guest.put(entryPath(owner.email), {}),
      await guest.delete(entryPath(owner.email)),
    ]) {
      expect(answer).toMatchObject({ status: 404, reason: "notFound" });
    }
  });

  it("has an ETag that changes with it, with its calendar and with the role", async () => {
    const { id, entry } = await subscribed();
    const path = entryPath(id);
    expect((await guest.get(path, { "If-None-Match": entry.etag })).status).toBe(304);

    const etags = [entry.etag];
    for (const change of [
      () => guest.patch(path, { selected: true }),
      () => owner.patch(calendarPath(id), { summary: "New" }),
      () => share(owner, id, guest, "writer"),
    ]) {
      await change();
      etags.push((await guest.get(path)).body.etag);
    }

    expect(new Set(etags).size).toBe(4);
    for (const refused of [
      await guest.patch(path, { hidden: true }, { "If-Match": entry.etag }),
      await guest.put(path, { hidden: true }, { "If-Match": entry.etag }),
      await guest.delete(path, { "If-Match": entry.etag }),
    ]) {
      expect(refused).toMatchObject({ status: 412, reason: "conditionNotMet" });
    }
    expect((await guest.patch(path, { hidden: true }, { "If-Match": etags[3] })).status).toBe(200);
  });

  it("is taken out, and added again as new; the calendar stays", async () => {
    const { id } = await subscribed({ summaryOverride: "Mine" });

    expect(await guest.delete(entryPath(id))).toMatchObject({ status: 204, body: undefined });

    expect(await guest.get(entryPath(id))).toMatchObject({ status: 404, reason: "notFound" });
    expect(await guest.delete(entryPath(id))).toMatchObject({ status: 404, reason: "notFound" });
    expect((await guest.get(calendarPath(id))).status).toBe(200);
    expect((await guest.post(listPath, { id })).body).not.toHaveProperty("summaryOverride");
  });

  it("of a calendar of one's own stays", async () => {
    const id = await makeCalendar(owner);

    for (const path of [entryPath("primary"), entryPath(owner.email)]) {
      expect(await owner.delete(path)).toMatchObject({ status: 403, reason: "cannotChangeOwnPrimarySubscription" });
    }
    expect(await owner.delete(entryPath(id))).toMatchObject({ status: 403, reason: "cannotUnsubscribeFromOwnedCalendar" });
    await share(owner, id, guest, "owner");
    await guest.post(listPath, { id });
    expect((await guest.delete(entryPath(id))).status).toBe(204);
  });
});

describe("the colours of an entry", () => {
  it("are those of its id", async () => {
    const { id } = await subscribed({ colorId: "7", backgroundColor: "#123456" });

    expect((await guest.get(entryPath(id))).body).toMatchObject({
      colorId: "7",
      backgroundColor: calendarColors.get("7")?.background,
      foregroundColor: calendarColors.get("7")?.foreground,
    });
  });

  it("are the client's own with colorRgbFormat, with the nearest id", async () => {
    const { id } = await subscribed({ colorId: "7" });
    const path = `${entryPath(id)}?colorRgbFormat=true`;

    const own = await guest.patch(path, { backgroundColor: "#AC725F", foregroundColor: "#FFFFFF", colorId: "9" });
    expect(own.body).toMatchObject({ colorId: "1", backgroundColor: "#ac725f", foregroundColor: "#ffffff" });
    const background = await guest.patch(path, { backgroundColor: "#000000" });
    expect(background.body).toMatchObject({ backgroundColor: "#000000", foregroundColor: "#ffffff" });
    const other = await guest.patch(path, { summaryOverride: "x", colorId: "9" });
    expect(other.body).toMatchObject({ backgroundColor: "#000000", foregroundColor: "#ffffff" });

    const byId = await guest.patch(entryPath(id), { colorId: "2", backgroundColor: "#111111" });
    expect(byId.body).toMatchObject({ colorId: "2", backgroundColor: calendarColors.get("2")?.background });
    const usual = await guest.patch(entryPath(id), { colorId: null });
    expect(usual.body.backgroundColor).toBe(calendarColors.get(usual.body.colorId)?.background);
  });

  it("can be given when the entry is added, and are one calendar's in everybody's list until they say otherwise", async () => {
    const { id, entry } = await subscribed();
    expect((await owner.get(entryPath(id))).body.colorId).toBe(entry.colorId);

    const { body } = await guest.post(`${listPath}?colorRgbFormat=true`, { id, backgroundColor: "#abcdef" });

    expect(body).toMatchObject({ backgroundColor: "#abcdef", foregroundColor: entry.foregroundColor });
  });
});

describe("a list", () => {
  it("leaves hidden and deleted entries out unless they are asked for", async () => {
    const someone = await api.person();
    const [hidden, gone] = [await makeCalendar(owner), await makeCalendar(owner)];
    for (const id of [hidden, gone]) {
      await share(owner, id, someone, "reader");
      await someone.post(listPath, { id, hidden: true });
    }
    await someone.delete(entryPath(gone));
    const ids = async (query: Record<string, boolean>) =>
      (await readAll(someone, listPath, query)).items.map(({ id }) => id).sort();

    expect(await ids({})).toEqual([someone.email]);
    expect(await ids({ showHidden: true })).toEqual([someone.email, hidden].sort());
    expect(await ids({ showDeleted: true })).toEqual([someone.email, gone].sort());
    expect(await ids({ showDeleted: true, showHidden: true })).toEqual([someone.email, hidden, gone].sort());
    const { items } = await readAll(someone, listPath, { showDeleted: true });
    expect(items.find(({ id }) => id === gone)).toEqual({
      kind: "calendar#calendarListEntry",
      etag: expect.any(String),
      id: gone,
      deleted: true,
    });
  });

  it("can be of those with at least a role, or of the caller's own organization", async () => {
    const someone = await api.person();
    const byRole: Record<string, string> = {};
    for (const role of ["freeBusyReader", "reader", "writerWithoutPrivateAccess", "writer", "owner"]) {
      byRole[role] = await makeCalendar(owner);
      await share(owner, byRole[role], someone, role);
      await someone.post(listPath, { id: byRole[role] });
    }
    const admins = (await api.call("POST", "/calendar/v3/calendars", { key: api.adminKey, body: { summary: "Foreign" } })).body
      .id;
    const scope = { type: "default" };
    await api.call("POST", aclPath(admins), { key: api.adminKey, body: { role: "reader", scope } });
    await someone.post(listPath, { id: admins });
    const all = [someone.email, ...Object.values(byRole), admins];
    const ids = async (query: Record<string, string | boolean>) =>
      (await readAll(someone, listPath, query)).items.map(({ id }) => id).sort();

    expect(await ids({})).toEqual(all.toSorted());
    expect(await ids({ minAccessRole: "freeBusyReader" })).toEqual(all.toSorted());
    expect(await ids({ minAccessRole: "writer" })).toEqual([someone.email, byRole.writer, byRole.owner].sort());
    expect(await ids({ minAccessRole: "owner" })).toEqual([someone.email, byRole.owner].sort());
    expect(await ids({ showOwnOrganizationOnly: true })).toEqual(all.filter((id) => id !== admins).sort());
    expect(await ids({ minAccessRole: "owner", maxResults: "1" })).toEqual([someone.email, byRole.owner].sort());
    expect(await someone.get(`${listPath}?minAccessRole=god`)).toMatchObject({ status: 400, reason: "invalidParameter" });
  });

  it("comes in pages of any size, with an ETag that changes with any calendar in it", async () => {
    const someone = await api.person();
    for (let number = 0; number < 5; number += 1) await makeCalendar(someone, `${number}`);
    const whole = await readAll(someone, listPath);
    expect(whole.items).toHaveLength(6);

    for (const maxResults of [1, 2, 3, 5, 6, 7, 9_999]) {
      expect((await readAll(someone, listPath, { maxResults })).items).toEqual(whole.items);
    }
    const { etag } = (await someone.get(listPath)).body;
    expect((await someone.get(listPath, { "If-None-Match": etag })).status).toBe(304);
    await someone.patch(calendarPath("primary"), { summary: "New" });
    expect((await someone.get(listPath, { "If-None-Match": etag })).status).toBe(200);
  });
});
