import { defineConfig } from 'vitest/config';

// Tests run the library's source, not its build.
// No 'module' and 'import': Node is given the same list for packages, and pg breaks under them.
const conditions = ['ringfence-source', 'node', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Said here too: the packages' tsconfigs leave test files out, and with them their decorators.
  oxc: { decorator: { legacy: true, emitDecoratorMetadata: true } },
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'apps/*/{src,test}/**/*.test.ts',
      'e2e/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**'],
    globalSetup: ['tools/test-server.ts'],
    // Generous: the machine may be busy, and no test asserts a time.
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
