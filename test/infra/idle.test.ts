/** Who gives up first: an endpoint, then the load balancer, then the API's own connections. Any other order loses requests. */
import { environments } from "#cdk/config.ts";
import { longestIdleMs } from "#container/adapter.ts";
import { configOf, endpointsOf, templatesOf } from "./environments.ts";

it.each(environments.map(({ name }) => name))(
  "%s waits longer for a sign of life than any endpoint works, and closes connections before the API does",
  async (name) => {
    const { api } = await templatesOf(configOf(name));
    const [balancer] = Object.values(api.findResources("AWS::ElasticLoadBalancingV2::LoadBalancer"));
    const attributes: readonly { Key: string; Value: string }[] = balancer?.Properties.LoadBalancerAttributes;
    const idleMs = Number(attributes.find(({ Key }) => Key === "idle_timeout.timeout_seconds")?.Value) * 1_000;
    const limits = (await endpointsOf()).map(({ timeLimitMs = 0 }) => timeLimitMs);

    expect(Math.max(...limits)).toBeGreaterThan(60_000);
    expect(idleMs).toBeGreaterThan(Math.max(...limits));
    expect(idleMs).toBeLessThan(longestIdleMs);
  },
  60_000,
);
