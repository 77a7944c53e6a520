/** Tests run as native ES modules; swc only strips types and lowers the decorators of TypeGraphQL. */
export default {
  testEnvironment: 'node',
  globalSetup: '<rootDir>/test/support/start-cluster.js',
  setupFilesAfterEnv: ['<rootDir>/test/support/temporal-equality.ts'],
  maxWorkers: '100%',
  // What waits for a busy machine is not stuck.
  testTimeout: 120_000,
  globalTeardown: '<rootDir>/test/support/stop-cluster.js',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: false },
        },
        module: { type: 'es6' },
      },
    ],
  },
};
