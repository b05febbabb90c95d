import { recordProfile } from "#lib/domain/profiles/record.ts";
import { endpoint } from "#lib/entry/endpoint.ts";
import { ProfileBody, ProfileReply } from "#lib/wire/profile.ts";

export const handler = endpoint({
  id: "profiles.record",
  route: "POST /v1/profiles",
  summary: "Record a CPU profile.",
  description:
    "Records what the process that answers spends its time on, while it goes on serving, and keeps it in the S3 bucket that PROFILES_BUCKET names. Chrome's developer tools and VS Code open the file; it holds names of functions and files, and no data. A process records one at a time. For administrators.",
  access: "admin",
  scope: "admin",
  containerOnly: true,
  inSteps: true,
  timeLimitMs: 60_000,
  path: {},
  body: ProfileBody,
  reply: ProfileReply,
  status: 201,
  errors: ["notImplemented"],

  async run(ctx, { body }) {
    return recordProfile(ctx, body.seconds ?? 10);
  },
});
