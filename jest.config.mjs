/** jest 30 over native ES modules: TypeScript is only stripped (erasable syntax), so positions in stack traces stay true. */
export default {
  extensionsToTreatAsEsm: [".ts"],
  transform: { "\\.ts$": "<rootDir>/test/support/strip-types.mjs" },
  testMatch: ["<rootDir>/test/**/*.test.ts"],
  testEnvironment: "node",
  collectCoverageFrom: ["{lib,handlers,container}/**/*.ts"],
  globalSetup: "<rootDir>/test/support/global-setup.ts",
  globalTeardown: "<rootDir>/test/support/global-teardown.ts",
  watchman: false,
  testTimeout: 120_000,
  // Tests wait more than they work: one for each of the two cores that most machines have at least.
  maxWorkers: 2,
};
