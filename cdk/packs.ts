import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks } from "cdk-nag";
import type { IConstruct } from "constructs";

/** The rule packs that every environment is held against. */
export const packs = (scope: IConstruct) => [
  new AwsSolutionsChecks(scope),
  new HIPAASecurityChecks(scope),
  new NIST80053R5Checks(scope),
];
