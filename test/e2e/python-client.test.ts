/**
 * Google's client for Python (Debian's python3-googleapi), unmodified: it reads our Discovery document and builds itself from it, so
 * that calls and batches come here. What passes here works for every program that is written against it.
 */
import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";
import { type Api, startApi } from "#test/support/api.ts";
import { freePort } from "#test/support/server-process.ts";

const python = "/usr/bin/python3";
const { status } = spawnSync(python, ["-c", "import googleapiclient.discovery, google.oauth2.credentials, google_auth_httplib2"]);
const isInstalled = status === 0;
const title = "the unmodified Google client for Python";

let api: Api;
beforeAll(async () => {
  if (!isInstalled) return;
  const port = await freePort();
  api = await startApi({ port, publicUrl: `http://127.0.0.1:${port}` });
});
afterAll(() => api?.stop());

(isInstalled ? describe : describe.skip)(isInstalled ? title : `${title} (skipped: python3-googleapi is not installed)`, () => {
  it.each(["developerKey", "bearer"])(
    "calls, pages, batches and hears of errors with its key as %s",
    async (way) => {
      const person = await api.person();

      const { stdout } = await promisify(execFile)(python, ["test/e2e/python/client.py", api.url, person.key, way], {
        env: { PYTHONIOENCODING: "utf-8", PYTHONDONTWRITEBYTECODE: "1" },
        timeout: 60_000,
      });

      expect(JSON.parse(stdout)).toEqual({
        unknown: [],
        calendar: "Čitanje",
        calendarList: 1,
        event: {
          kind: "calendar#event",
          summary: "Šetnja 🚶",
          start: { dateTime: "2026-03-09T09:00:00+01:00", timeZone: "Europe/Zagreb" },
        },
        pages: [["Šetnja 🚶", "number 10", "number 11"], ["number 12", "number 13", "number 14"], ["number 15"]],
        missing: { status: 404, reason: "notFound", text: "Not Found" },
        wrongWord: true,
        withoutId: true,
        patched: "Park",
        stale: { status: 412, reason: "conditionNotMet", text: "Precondition Failed" },
        batch: {
          insert: "žuto - in a batch",
          "get what was inserted": "žuto - in a batch",
          missing: 404,
          list: "Čitanje",
          patch: "green",
          delete: "",
        },
        ownCallback: [1],
        many: 100,
        deleted: "",
      });
    },
    60_000,
  );
});
