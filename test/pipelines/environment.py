"""Makes what a first release leaves in an AWS that moto plays: a cluster, two services and the migration's definition."""

import sys

import boto3

environment, image = sys.argv[1:]
ecs = boto3.client("ecs")
ec2 = boto3.client("ec2")
cluster = f"calendar-{environment}-cluster"
subnets = [subnet["SubnetId"] for subnet in ec2.describe_subnets()["Subnets"]][:2]
group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]

ecs.create_cluster(clusterName=cluster)
for family in ("api", "worker", "migration"):
    ecs.register_task_definition(
        family=f"calendar-{environment}-{family}",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        containerDefinitions=[
            {
                "name": "program",
                "image": f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/calendar-{environment}-api@{image}",
                "memory": 512,
                "command": ["node", "migrate.mjs"] if family == "migration" else [],
                "environment": [{"name": "DATABASE_CA_FILE", "value": "/app/ca.pem"}],
            },
            {"name": "agent", "image": "public.ecr.aws/cloudwatch-agent/cloudwatch-agent:1", "memory": 64},
        ],
    )
for name in ("api", "worker"):
    ecs.create_service(
        cluster=cluster,
        serviceName=f"calendar-{environment}-{name}",
        taskDefinition=f"calendar-{environment}-{name}",
        desiredCount=1,
        launchType="FARGATE",
        networkConfiguration={"awsvpcConfiguration": {"subnets": subnets, "securityGroups": [group], "assignPublicIp": "DISABLED"}},
    )
