import { aws_iam as iam } from "aws-cdk-lib";

const issuer = "token.actions.githubusercontent.com";

/** GitHub as who states which workflow it is that asks for a role. An account has it once. */
export const githubProvider = (scope: ConstructorParameters<typeof iam.OidcProviderNative>[0]): iam.OidcProviderNative =>
  new iam.OidcProviderNative(scope, "GitHub", { url: `https://${issuer}`, clientIds: ["sts.amazonaws.com"] });

/** Workflows of a repository, run for one of these: `environment:dev`, `pull_request`, `ref:refs/heads/main`. */
export const github = (
  { oidcProviderArn }: iam.IOidcProvider,
  repository: string,
  runFor: readonly [string, ...string[]],
): iam.WebIdentityPrincipal =>
  new iam.WebIdentityPrincipal(oidcProviderArn, {
    StringEquals: {
      [`${issuer}:aud`]: "sts.amazonaws.com",
      [`${issuer}:sub`]:
        runFor.length === 1 ? `repo:${repository}:${runFor[0]}` : runFor.map((one) => `repo:${repository}:${one}`),
    },
  });
