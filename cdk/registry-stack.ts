import { Duration, aws_ecr as ecr } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { EnvironmentStack, type StackProps } from "./environment-stack.ts";
import { encryptionKey } from "./keys.ts";

interface RegistryProps extends StackProps {
  /** Its name among the stacks: there is one in each region. */
  readonly part?: "registry" | "registry-copy";
}

/** Where the environment's images are: each under its digest, never overwritten, scanned again as new weaknesses become known. */
export class RegistryStack extends EnvironmentStack {
  readonly repository: ecr.Repository;

  constructor(scope: Construct, { part = "registry", ...props }: RegistryProps) {
    super(scope, part, props);
    this.repository = new ecr.Repository(this, "Repository", {
      repositoryName: this.nameOf("api"),
      imageTagMutability: ecr.TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      encryption: ecr.RepositoryEncryption.KMS,
      encryptionKey: encryptionKey(this, "ImagesKey", "images"),
      removalPolicy: this.removalPolicy,
      emptyOnDelete: false,
      lifecycleRules: [
        {
          rulePriority: 1,
          description: "Pushes that were given up",
          tagStatus: ecr.TagStatus.UNTAGGED,
          maxImageAge: Duration.days(14),
        },
        { rulePriority: 2, description: "The last releases, to go back to", tagStatus: ecr.TagStatus.ANY, maxImageCount: 100 },
      ],
    });
    new ecr.CfnRegistryScanningConfiguration(this, "Scanning", {
      scanType: "ENHANCED",
      rules: [{ scanFrequency: "CONTINUOUS_SCAN", repositoryFilters: [{ filter: "calendar-*", filterType: "WILDCARD" }] }],
    });
    if (this.config.recoveryRegion !== undefined) {
      new ecr.CfnReplicationConfiguration(this, "Replication", {
        replicationConfiguration: {
          rules: [
            {
              destinations: [{ region: this.config.recoveryRegion, registryId: this.account }],
              repositoryFilters: [{ filter: this.nameOf("api"), filterType: "PREFIX_MATCH" }],
            },
          ],
        },
      });
    }
  }
}
