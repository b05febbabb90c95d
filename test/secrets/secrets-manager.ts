/** A stand-in for AWS Secrets Manager: GetSecretValue of its JSON protocol, reached through AWS_ENDPOINT_URL. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

type Stage = "AWSCURRENT" | "AWSPENDING";

export interface SecretsManager {
  /** What a program's environment must have to ask it. */
  readonly environment: Record<string, string>;
  /** Every question so far: the secret's name and stage. */
  readonly asked: string[];
  /** Answers nothing but faults while it is true. */
  isDown: boolean;
  put(name: string, value: string, stage?: Stage): void;
  /** Makes the pending value the current one. */
  finish(name: string): void;
  close(): Promise<void>;
}

export const startSecretsManager = async (): Promise<SecretsManager> => {
  const values = new Map<string, string>();
  const asked: string[] = [];
  let isDown = false;
  const server = createServer(async (request, response) => {
    const { SecretId: name, VersionStage: stage = "AWSCURRENT" } = JSON.parse(await text(request));
    asked.push(`${name} ${stage}`);
    const value = values.get(`${name} ${stage}`);
    const isAsked = request.headers["x-amz-target"] === "secretsmanager.GetSecretValue";
    response.setHeader("Content-Type", "application/x-amz-json-1.1");
    response.statusCode = isDown ? 500 : isAsked && value !== undefined ? 200 : 400;
    response.end(
      response.statusCode === 200
        ? JSON.stringify({ ARN: name, Name: name, SecretString: value, VersionId: "1", VersionStages: [stage] })
        : JSON.stringify({ __type: isDown ? "InternalServiceError" : "ResourceNotFoundException", message: "no" }),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    environment: {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    },
    asked,
    get isDown() {
      return isDown;
    },
    set isDown(value) {
      isDown = value;
    },
    put: (name, value, stage = "AWSCURRENT") => {
      values.set(`${name} ${stage}`, value);
    },
    finish: (name) => {
      values.set(`${name} AWSCURRENT`, values.get(`${name} AWSPENDING`) as string);
      values.delete(`${name} AWSPENDING`);
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
};
