// Adds up the totals of vitest's JSON reports and prints them as one line.
import { existsSync, readFileSync } from 'node:fs'

const total = { passed: 0, failed: 0, skipped: 0 }
for (const path of process.argv.slice(2).filter((file) => existsSync(file))) {
  const report = JSON.parse(readFileSync(path, 'utf8'))
  total.passed += report.numPassedTests
  total.failed += report.numFailedTests
  total.skipped += report.numPendingTests + report.numTodoTests
  // A file that could not be loaded ran no test of its own.
  total.failed += report.testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.length === 0,
  ).length
}
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
