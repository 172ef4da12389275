import { writeFileSync } from 'node:fs';

/**
 * A Jest reporter that writes what `scripts/test.sh` sums up to the file named by NCBPF_TEST_SUMMARY:
 * `{passed, failed, skipped}`, where `skipped` holds the full names of the tests left out.
 */
export default class SummaryReporter {
  onRunComplete(_contexts, results) {
    const skipped = results.testResults.flatMap((file) =>
      file.testResults
        .filter(({ status }) => status !== 'passed' && status !== 'failed')
        .map(({ fullName }) => fullName),
    );
    const summary = {
      passed: results.numPassedTests,
      // A file that could not even be run counts as a failed test.
      failed: results.numFailedTests + results.numRuntimeErrorTestSuites,
      skipped,
    };
    const file = process.env.NCBPF_TEST_SUMMARY;
    if (file !== undefined) writeFileSync(file, JSON.stringify(summary));
  }
}
