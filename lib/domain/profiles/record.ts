import { hostname } from "node:os";
import type { Context } from "#lib/context.ts";
import { recordChange } from "#lib/domain/audit/record.ts";
import { Failure } from "#lib/errors.ts";
import { log } from "#lib/observe/logger.ts";
import { profileCpu } from "#lib/observe/profile.ts";

export interface KeptProfile {
  /** The key of the object in the bucket. */
  readonly name: string;
  readonly bucket: string;
  readonly seconds: number;
  readonly samples: number;
}

/** V8 has one profiler for the process: two at a time would see each other. */
let isRecording = false;

/** `profiles/2026-03-09T120000Z-<host>-<process>.cpuprofile`; the name of a Fargate task's host is made of its private address. */
const nameAt = (at: number): string => {
  const time = new Date(at).toISOString().replaceAll(":", "").replace(/\.\d+/, "");
  const host = hostname()
    .replace(/\..*/s, "")
    .replaceAll(/[^\w-]/g, "_");
  return `profiles/${time}-${host}-${process.pid}.cpuprofile`;
};

/** What went wrong, in a word: the code of an error of the network, or S3's name for it. */
const wordFor = (error: unknown): string => {
  const { code, name } = error as { readonly code?: unknown; readonly name?: unknown };
  return String(code ?? name);
};

/**
 * Records a CPU profile of this process, for an administrator, and keeps it in the bucket for profiles. A profile that cannot be kept is
 * lost. Throws `notImplemented` where there is no bucket, `overloaded` while another one is recorded, `backendError` when S3 does not
 * take it.
 */
export const recordProfile = async (ctx: Context, seconds: number): Promise<KeptProfile> => {
  const { profiles } = ctx.settings;
  if (!profiles) {
    throw new Failure("notImplemented", {
      message:
        "Profiles are kept in S3, and PROFILES_BUCKET names no bucket. Without one, start the program with node --cpu-prof.",
    });
  }
  if (isRecording) {
    throw new Failure("overloaded", { message: "This process is recording a profile already. Please try again later." });
  }
  isRecording = true;
  try {
    const { bucket } = profiles;
    const name = nameAt(ctx.now());
    const profile = await profileCpu(seconds * 1_000);
    await profiles.keep(name, JSON.stringify(profile)).catch((error) => {
      log.warn("profile not kept", { text: wordFor(error) });
      throw new Failure("backendError", {
        cause: error,
        message: `The profile is lost: S3 did not take it (${wordFor(error)}). Nothing else has changed.`,
      });
    });
    const kept = { name, bucket, seconds, samples: profile.samples?.length ?? 0 };
    await ctx.db.inTransaction((db) => recordChange(ctx, db, { object: { name, bucket, seconds } }));
    return kept;
  } finally {
    isRecording = false;
  }
};
