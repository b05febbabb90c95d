/** Keeps CPU profiles in S3. The only code that does. */
import type { S3Client } from "@aws-sdk/client-s3";

/** How long S3 may take, tries included: with the longest profile it is still less than load balancers wait for an answer. */
const patienceMs = 15_000;

let client: S3Client | undefined;

/** Writes an object; region, credentials and endpoint are as AWS's own variables say. Throws what the SDK throws. */
export const keepProfile = async (bucket: string, name: string, profile: string): Promise<void> => {
  // The SDK is loaded with the first profile.
  const { PutObjectCommand, S3Client } = await import("@aws-sdk/client-s3");
  client ??= new S3Client();
  const object = { Bucket: bucket, Key: name, Body: profile, ContentType: "application/json" };
  await client.send(new PutObjectCommand(object), { abortSignal: AbortSignal.timeout(patienceMs) });
};
