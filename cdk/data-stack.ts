import {
  Duration,
  aws_ec2 as ec2,
  aws_elasticache as elasticache,
  aws_kms as kms,
  aws_rds as rds,
  SecretValue,
  aws_secretsmanager as secretsmanager,
} from "aws-cdk-lib";
import type { Construct } from "constructs";
import { Backups } from "./backups.ts";
import { EnvironmentStack, type StackProps } from "./environment-stack.ts";
import { encryptionKey } from "./keys.ts";
import { allow, logGroup, type NetworkStack, ports } from "./network-stack.ts";
import { recoveryKeyArn } from "./recovery.ts";

interface DataProps extends StackProps {
  readonly network: NetworkStack;
}

/** The version of PostgreSQL, the one that laptops and tests have too; AWS chooses the minor one and keeps it new. */
const postgresVersion = rds.PostgresEngineVersion.of("18", "18");

/** Where data lives: PostgreSQL with a standby and a replica, the secrets that open it, and Valkey. */
export class DataStack extends EnvironmentStack {
  readonly key: kms.Key;
  readonly database: rds.DatabaseInstance;
  readonly replica: rds.DatabaseInstanceReadReplica | undefined;
  /** User, password, host, port and name of the database; turned over each month. */
  readonly databaseSecret: secretsmanager.ISecret;
  /** What API keys are hashed under. */
  readonly pepper: secretsmanager.ISecret;
  /** The first administrator's key. */
  readonly adminKey: secretsmanager.ISecret;
  readonly backups: Backups;
  /** Where Valkey is, and its password. */
  readonly cache: { readonly url: string; readonly password: secretsmanager.ISecret; readonly id: string } | undefined;

  constructor(scope: Construct, { network, ...props }: DataProps) {
    super(scope, "data", props);
    const { config } = this;
    this.key = encryptionKey(this, "DataKey", "data");

    const group = new ec2.SecurityGroup(this, "DatabaseGroup", {
      vpc: network.vpc,
      description: "PostgreSQL: called by the API, the workers, the functions and who turns the password over.",
      allowAllOutbound: false,
    });
    for (const caller of ["api", "worker", "functions"] as const) {
      allow(this, `${caller} to database`, network.groups[caller], group, ports.postgres);
    }

    this.database = this.makeDatabase(network, group);
    this.replica = config.database.replica ? this.makeReplica(network, group) : undefined;
    this.databaseSecret = this.turnPasswordOver(network, group);
    this.backups = new Backups(this, this.database);
    this.pepper = this.keptSecret("KeyPepper", "pepper", "What API keys are hashed under. Another one makes all keys worthless.");
    this.adminKey = this.keptSecret("AdminKey", "admin-key", "The API key of the administrator that the first start makes.");
    this.cache = config.cache && this.makeCache(network, config.cache);
  }

  private generatedSecret(id: string, name: string, description: string): secretsmanager.ISecret {
    return new secretsmanager.Secret(this, id, {
      secretName: `calendar/${this.config.name}/${name}`,
      description,
      encryptionKey: this.key,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: this.removalPolicy,
    }) as secretsmanager.ISecret;
  }

  /** A secret that the data is worthless without: the other region has it too, and what stands in there takes over what came. */
  private keptSecret(id: string, name: string, description: string): secretsmanager.ISecret {
    const { name: environment, recoveryRegion, standsIn } = this.config;
    const secretName = `calendar/${environment}/${name}`;
    if (standsIn) {
      return new secretsmanager.Secret(this, id, {
        secretName: `calendar/${environment}/standing-in/${name}`,
        description,
        encryptionKey: this.key,
        secretStringValue: SecretValue.secretsManager(secretName),
        removalPolicy: this.removalPolicy,
      }) as secretsmanager.ISecret;
    }
    const secret = this.generatedSecret(id, name, description) as secretsmanager.Secret;
    const keyArn = recoveryKeyArn(this);
    if (recoveryRegion !== undefined && keyArn !== undefined) {
      secret.addReplicaRegion(recoveryRegion, kms.Key.fromKeyArn(this, `${id}RecoveryKey`, keyArn));
    }
    return secret as secretsmanager.ISecret;
  }

  private get instanceType(): ec2.InstanceType {
    return new ec2.InstanceType(this.config.database.instanceClass);
  }

  /** What the primary and its replica have in common. */
  private get common() {
    return {
      monitoringInterval: Duration.seconds(15),
      enablePerformanceInsights: true,
      databaseInsightsMode: rds.DatabaseInsightsMode.ADVANCED,
      // The advanced mode wants 15 months.
      performanceInsightRetention: rds.PerformanceInsightRetention.MONTHS_15,
      performanceInsightEncryptionKey: this.key,
      caCertificate: rds.CaCertificate.RDS_CA_ECC384_G1,
      autoMinorVersionUpgrade: true,
      publiclyAccessible: false,
      deletionProtection: this.config.keepsData,
      removalPolicy: this.removalPolicy,
      port: ports.postgres,
      iamAuthentication: true,
      cloudwatchLogsExports: ["postgresql", "upgrade"],
    };
  }

  private makeDatabase(network: NetworkStack, group: ec2.SecurityGroup): rds.DatabaseInstance {
    const { database } = this.config;
    const engine = rds.DatabaseInstanceEngine.postgres({ version: postgresVersion });
    const logGroups = this.logGroups(network, "database");
    const instance = new rds.DatabaseInstance(this, "Database", {
      ...this.common,
      engine,
      instanceIdentifier: this.nameOf("database"),
      databaseName: "calendar",
      vpc: network.vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [group],
      instanceType: this.instanceType,
      multiAz: database.multiAz,
      storageType: rds.StorageType.GP3,
      allocatedStorage: database.storageGiB.initial,
      maxAllocatedStorage: database.storageGiB.max,
      storageEncryptionKey: this.key,
      backupRetention: Duration.days(database.backupDays),
      copyTagsToSnapshot: true,
      credentials: rds.Credentials.fromGeneratedSecret("calendar", {
        secretName: `calendar/${this.config.name}/database`,
        encryptionKey: this.key,
        excludeCharacters: " %+~`#$&*()|[]{}:;<>?!'/@\"\\",
      }),
      parameterGroup: new rds.ParameterGroup(this, "DatabaseParameters", {
        engine,
        description: "Calendar API: TLS for all, and what slow statements were.",
        parameters: {
          "rds.force_ssl": "1",
          shared_preload_libraries: "pg_stat_statements",
          log_min_duration_statement: "500",
          log_lock_waits: "1",
          log_connections: "1",
          log_disconnections: "1",
          idle_in_transaction_session_timeout: "60000",
          // The values that a statement was called with are people's.
          log_parameter_max_length: "0",
          log_parameter_max_length_on_error: "0",
        },
      }),
    });
    instance.node.addDependency(...logGroups);
    this.prepareForLoss(instance.node.defaultChild as rds.CfnDBInstance);
    return instance;
  }

  /** Sends snapshots and the log to the other region as they are made, or makes the database of what was sent. */
  private prepareForLoss(instance: rds.CfnDBInstance): void {
    const { database, recoveryRegion, standsIn } = this.config;
    const keyArn = recoveryKeyArn(this);
    if (recoveryRegion !== undefined && keyArn !== undefined) {
      instance.automaticBackupReplicationRegion = recoveryRegion;
      instance.automaticBackupReplicationKmsKeyId = keyArn;
      instance.automaticBackupReplicationRetentionPeriod = database.backupDays;
    }
    if (!standsIn) return;
    instance.sourceDbInstanceAutomatedBackupsArn = standsIn.restoreFrom;
    if (standsIn.restoreTime === undefined) instance.useLatestRestorableTime = true;
    else instance.restoreTime = standsIn.restoreTime;
    // All of this comes with the backup; to say it again is refused. The password is set anew after it.
    for (const property of ["MasterUsername", "DBName", "KmsKeyId", "StorageEncrypted", "AllocatedStorage"]) {
      instance.addPropertyDeletionOverride(property);
    }
  }

  /** RDS makes its log groups itself, without a key and for ever, unless they are there before. */
  private logGroups(network: NetworkStack, instance: string) {
    return ["postgresql", "upgrade"].map((log) =>
      logGroup(this, `${instance} ${log}`, `/aws/rds/instance/${this.nameOf(instance)}/${log}`, network.logsKey),
    );
  }

  /** Follows the primary, in another zone. Its disk is encrypted as the primary's is: to say so again is refused. */
  private makeReplica(network: NetworkStack, group: ec2.SecurityGroup): rds.DatabaseInstanceReadReplica {
    const logGroups = this.logGroups(network, "replica");
    const instance = new rds.DatabaseInstanceReadReplica(this, "Replica", {
      ...this.common,
      sourceDatabaseInstance: this.database,
      instanceIdentifier: this.nameOf("replica"),
      vpc: network.vpc,
      vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_ISOLATED },
      securityGroups: [group],
      instanceType: this.instanceType,
      storageType: rds.StorageType.GP3,
      maxAllocatedStorage: this.config.database.storageGiB.max,
    });
    instance.node.addDependency(...logGroups);
    return instance;
  }

  /** A new password each month, set by AWS's own function; the API reads it for each new connection. */
  private turnPasswordOver(network: NetworkStack, group: ec2.SecurityGroup): secretsmanager.ISecret {
    const { secret } = this.database;
    if (!secret) throw new Error("The database has no secret.");
    const rotation = new ec2.SecurityGroup(this, "RotationGroup", {
      vpc: network.vpc,
      description: "The function that turns the password of the database over.",
      allowAllOutbound: false,
    });
    rotation.addEgressRule(ec2.Peer.anyIpv4(), ec2.Port.tcp(ports.https), "Secrets Manager");
    allow(this, "rotation to database", rotation, group, ports.postgres);
    allow(this, "rotation to endpoints", rotation, network.groups.endpoints, ports.https);
    secret.addRotationSchedule("Rotation", {
      automaticallyAfter: Duration.days(30),
      hostedRotation: secretsmanager.HostedRotation.postgreSqlSingleUser({
        functionName: this.nameOf("database-rotation"),
        vpc: network.vpc,
        vpcSubnets: { subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
        securityGroups: [rotation],
        excludeCharacters: " %+~`#$&*()|[]{}:;<>?!'/@\"\\",
      }),
    });
    return secret;
  }

  private makeCache(
    network: NetworkStack,
    { nodeType, nodes }: { nodeType: string; nodes: number },
  ): NonNullable<DataStack["cache"]> {
    const group = new ec2.SecurityGroup(this, "CacheGroup", {
      vpc: network.vpc,
      description: "Valkey: called by the API and the functions.",
      allowAllOutbound: false,
    });
    for (const caller of ["api", "worker", "functions"] as const) {
      allow(this, `${caller} to cache`, network.groups[caller], group, ports.valkey);
    }
    const password = this.generatedSecret("CachePassword", "cache-password", "Valkey's password.");
    const subnets = new elasticache.CfnSubnetGroup(this, "CacheSubnets", {
      description: "Isolated subnets.",
      subnetIds: network.vpc.isolatedSubnets.map(({ subnetId }) => subnetId),
    });
    // What containers share through it outlives no restart of it; nothing must ever be evicted before it expires.
    const parameters = new elasticache.CfnParameterGroup(this, "CacheParameters", {
      cacheParameterGroupFamily: "valkey8",
      description: "Refuse rather than evict.",
      properties: { "maxmemory-policy": "noeviction" },
    });
    const id = this.nameOf("cache");
    const cache = new elasticache.CfnReplicationGroup(this, "Cache", {
      replicationGroupId: id,
      replicationGroupDescription: "What the containers share that is not data.",
      engine: "valkey",
      engineVersion: "8.2",
      cacheNodeType: nodeType,
      numCacheClusters: nodes,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      atRestEncryptionEnabled: true,
      kmsKeyId: this.key.keyArn,
      authToken: password.secretValue.unsafeUnwrap(),
      port: ports.valkey,
      cacheSubnetGroupName: subnets.ref,
      cacheParameterGroupName: parameters.ref,
      securityGroupIds: [group.securityGroupId],
      snapshotRetentionLimit: 15,
      autoMinorVersionUpgrade: true,
    });
    return { id, password, url: `rediss://${cache.attrPrimaryEndPointAddress}:${cache.attrPrimaryEndPointPort}` };
  }
}
