"""Deploys synthesised templates, in the order they are named, to moto in this process, and prints what it made of them as JSON.

    python3 deploy.py <region> <template.json>...

Types that moto does not know are stood in for by a resource that only has a name, so that every Ref, GetAtt, condition and import of all
templates is still resolved by CloudFormation's rules as moto plays them. What moto 5.2 gets wrong is stepped round, below.
"""

import json
import logging
import os
import sys
import uuid

for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
    os.environ.pop(name, None)
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_EC2_METADATA_DISABLED="true")

import boto3
from moto import mock_aws
from moto.cloudformation import parsing
from moto.core.common_models import CloudFormationModel

region, *paths = sys.argv[1:]
failures = []


class Warnings(logging.Handler):
    """What moto cannot resolve it says in a warning, and goes on without."""

    def emit(self, record):
        failures.append(record.getMessage())


logging.getLogger("moto").addHandler(Warnings(logging.WARNING))


def stand_in(kind):
    """A type that moto does not know."""

    class StandIn(CloudFormationModel):
        # moto takes only classes of its own packages.
        __module__ = "moto.standin.models"

        def __init__(self, name, properties):
            self.name = name
            self.properties = properties

        @property
        def physical_resource_id(self):
            return self.arn if kind in referred_by_arn else self.name

        @property
        def arn(self):
            return f"arn:aws:{kind.split('::')[1].lower()}:{region}:123456789012:{self.name}"

        @staticmethod
        def cloudformation_name_type():
            return ""

        @staticmethod
        def cloudformation_type():
            return kind

        @classmethod
        def has_cfn_attr(cls, attr):
            return True

        def get_cfn_attribute(self, attribute_name):
            return self.arn if attribute_name.endswith("Arn") else f"{self.name}-{attribute_name}"

        @classmethod
        def create_from_cloudformation_json(cls, resource_name, cloudformation_json, account_id, region_name, **kwargs):
            return cls(f"{resource_name}-{uuid.uuid4().hex[:6]}", cloudformation_json.get("Properties", {}))

        @classmethod
        def delete_from_cloudformation_json(cls, *args, **kwargs):
            pass

    return StandIn


custom = "AWS::StandIn::Custom"
functions = "AWS::Lambda::Function"
referred_by_arn = {
    "AWS::CE::AnomalyMonitor",
    "AWS::Chatbot::SlackChannelConfiguration",
    "AWS::IAM::OIDCProvider",
    "AWS::SecretsManager::Secret",
    "AWS::SecretsManager::SecretTargetAttachment",
    "AWS::SecurityHub::Hub",
}
unknown_attributes = {
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupFullName"),
    ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupName"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "CanonicalHostedZoneID"),
    ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName"),
    ("AWS::EC2::NatGateway", "NatGatewayId"),
    ("AWS::RDS::DBInstance", "DbiResourceId"),
}


def literals(value, replace):
    """The value with every part that `replace` has something else for."""
    found = replace(value)
    if found is not None:
        return found
    if isinstance(value, dict):
        return {key: literals(part, replace) for key, part in value.items()}
    if isinstance(value, list):
        return [literals(part, replace) for part in value]
    return value


def step_round(template):
    """moto's faults, and nothing else."""
    resources = template["Resources"]
    of_type = lambda kind: {name for name, resource in resources.items() if resource["Type"] == kind}
    certificates = of_type("AWS::CertificateManager::Certificate")
    for resource in resources.values():
        properties = resource.get("Properties", {})
        # Functions, and resources that they make, would run in Docker.
        if resource["Type"].startswith("Custom::"):
            resource["Type"] = custom
        # Tags of keys are read in another spelling.
        if resource["Type"] == "AWS::KMS::Key":
            properties.pop("Tags", None)
        # The zone is there before, under an id that moto chooses.
        if resource["Type"] == "AWS::Route53::RecordSet":
            properties["HostedZoneId"] = zone
        # A Ref to a parameter group yields an object, not its name.
        if resource["Type"] == "AWS::RDS::DBInstance":
            properties.pop("DBParameterGroupName", None)

    def replace(value):
        if not isinstance(value, dict):
            return None
        # Attributes that moto's own resources do not have.
        name, *attribute = value.get("Fn::GetAtt", [None])
        if name in resources and (resources[name]["Type"], attribute[0]) in unknown_attributes:
            return f"{name}-{attribute[0]}"
        # A listener takes only certificates that ACM has.
        if value.get("Ref") in certificates:
            return certificate
        return None

    template["Resources"] = literals(resources, replace)
    template["Outputs"] = literals(template.get("Outputs", {}), replace)
    template.pop("Transform", None)
    return template


with mock_aws():
    certificate = boto3.client("acm", region_name=region).request_certificate(DomainName="calendar.example.org")["CertificateArn"]
    zone = boto3.client("route53").create_hosted_zone(Name="example.org", CallerReference="1")["HostedZone"]["Id"].split("/")[-1]
    boto3.client("ssm", region_name=region).put_parameter(Name="/cdk-bootstrap/hnb659fds/version", Value="30", Type="String")
    cloudformation = boto3.client("cloudformation", region_name=region)

    known = parsing.get_model_map()
    templates = {}
    for path in paths:
        with open(path) as file:
            templates[os.path.basename(path).removesuffix(".template.json")] = json.load(file)
    types = {resource["Type"] for template in templates.values() for resource in template["Resources"].values()}
    missing = sorted((types - set(known)) | (types & {functions}) | {custom})
    for kind in missing:
        known[kind] = stand_in(kind)

    made = []
    for stack, template in templates.items():
        expected = {name: resource["Type"] for name, resource in template["Resources"].items()}
        try:
            cloudformation.create_stack(
                StackName=stack,
                TemplateBody=json.dumps(step_round(template)),
                Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
            )
        except Exception as error:  # whatever moto trips over is what the test wants to hear
            failures.append(f"{stack}: {type(error).__name__}: {error}")
            break
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack)
        for resource in (resource for page in pages for resource in page["StackResourceSummaries"]):
            made.append(
                {
                    "stack": stack,
                    "logicalId": resource["LogicalResourceId"],
                    "type": resource["ResourceType"],
                    "physicalId": resource.get("PhysicalResourceId"),
                }
            )
        have = {one["logicalId"] for one in made if one["stack"] == stack}
        failures.extend(f"{stack}: {name} ({kind}) was not made" for name, kind in expected.items() if name not in have)

    client = lambda service: boto3.client(service, region_name=region)
    exports = [page["Exports"] for page in cloudformation.get_paginator("list_exports").paginate()]
    seen = {
        "made": made,
        "failures": failures,
        "standIns": missing,
        "exports": {one["Name"]: one["Value"] for page in exports for one in page},
        "subnets": [
            {"zone": subnet["AvailabilityZone"], "cidr": subnet["CidrBlock"], "id": subnet["SubnetId"]}
            for subnet in client("ec2").describe_subnets()["Subnets"]
        ],
        "securityGroups": client("ec2").describe_security_groups()["SecurityGroups"],
        "databases": client("rds").describe_db_instances()["DBInstances"],
        "listeners": [],
        "rules": [],
        "targetGroups": client("elbv2").describe_target_groups()["TargetGroups"],
        "taskDefinitions": [
            client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]
            for arn in client("ecs").list_task_definitions()["taskDefinitionArns"]
        ],
        "keys": [
            {"id": key["KeyId"], "rotates": client("kms").get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]}
            for key in client("kms").list_keys()["Keys"]
        ],
        "logGroups": client("logs").describe_log_groups()["logGroups"],
        "buckets": [bucket["Name"] for bucket in client("s3").list_buckets()["Buckets"]],
    }
    balancers = client("elbv2").describe_load_balancers()["LoadBalancers"]
    for balancer in balancers:
        for listener in client("elbv2").describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
            seen["listeners"].append(listener)
            seen["rules"].extend(client("elbv2").describe_rules(ListenerArn=listener["ListenerArn"])["Rules"])

json.dump(seen, sys.stdout, default=str, indent=1)
