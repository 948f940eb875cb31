import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/database.ts'],
    pool: 'threads',
    // Each world has a database of its own; the modules are loaded once a worker, which halves the time.
    isolate: false,
    maxWorkers: 2,
    // A limit for what hangs, not a measure: a busy machine may be ten times slower.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // What is awaited comes when it comes: a second is short on a busy machine.
    expect: { poll: { timeout: 60_000, interval: 50 } },
  },
})
