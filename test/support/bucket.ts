/** What stands in for S3 where a test is about something else: it takes every object, and forgets it. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Bucket {
  /** What a program's environment must have to take it for S3. */
  readonly environment: Readonly<Record<string, string>>;
  close(): void;
}

export const startBucket = async (): Promise<Bucket> => {
  const server = createServer((req, res) => {
    req.resume().once("end", () => res.end());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    environment: {
      PROFILES_BUCKET: "profiles",
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
};
