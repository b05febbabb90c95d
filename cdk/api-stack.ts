import type { Construct } from "constructs";
import { Containers } from "./containers.ts";
import type { DataStack } from "./data-stack.ts";
import { EnvironmentStack, type StackProps } from "./environment-stack.ts";
import { Functions } from "./functions.ts";
import { LoadBalancer } from "./load-balancer.ts";
import type { NetworkStack } from "./network-stack.ts";
import type { RegistryStack } from "./registry-stack.ts";
import type { Routed } from "./routing.ts";

interface ApiProps extends StackProps {
  readonly network: NetworkStack;
  readonly data: DataStack;
  readonly registry: RegistryStack;
  readonly endpoints: readonly Routed[];
  readonly imageDigest: string;
  readonly bundles: string;
}

/** What answers requests: the load balancer, the containers behind it, and endpoints that are functions. */
export class ApiStack extends EnvironmentStack {
  readonly edge: LoadBalancer;
  readonly containers: Containers;
  readonly functions: Functions;

  constructor(scope: Construct, { network, data, registry, endpoints, imageDigest, bundles, ...props }: ApiProps) {
    super(scope, "api", props);
    this.edge = new LoadBalancer(this, network, endpoints);
    this.containers = new Containers(this, { network, data, registry, edge: this.edge, imageDigest, endpoints });
    this.functions = new Functions(this, { network, data, edge: this.edge, endpoints, bundles });
  }
}
