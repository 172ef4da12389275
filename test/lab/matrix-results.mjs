/**
 * One kernel's line of the summary.
 * @typedef {object} KernelResult
 * @property {string} kernel name in the table
 * @property {string} release as `uname -r` prints it
 * @property {number} passed
 * @property {string[]} failures one text for each
 * @property {Map<string, number>} skipped how many tests, by the feature that the kernel lacks
 * @property {number} seconds of real time, boot included
 */

/**
 * What Jest's --json prints, as far as it is read here.
 * @typedef {object} JestReport
 * @property {JestFile[]} testResults
 */

/**
 * @typedef {object} JestFile
 * @property {string} name path
 * @property {'passed' | 'failed' | 'pending'} status
 * @property {string} message
 * @property {{ status: string, fullName: string, failureMessages: string[] }[]} assertionResults
 */

/**
 * Judges a report. A skip counts as one only if the test names a feature that the kernel lacks: `(skipped: ... FEATURE ...)`;
 * any other is a failure, except of what is left out for all kernels.
 * @param {JestReport} report
 * @param {readonly string[]} lacks features that the table says the kernel lacks
 * @param {readonly { file: string, name?: string }[]} [leftOut] see matrix-suite.mjs
 * @returns {Pick<KernelResult, 'passed' | 'failures' | 'skipped'>}
 */
export function judge({ testResults }, lacks, leftOut = []) {
  const result = { passed: 0, failures: /** @type {string[]} */ ([]), skipped: new Map() };
  for (const { name, status, message, assertionResults } of testResults) {
    const file = name.replace(/^.*\/(?=test\/)/, '');
    // A file that cannot be loaded has no tests.
    if (assertionResults.length === 0 && status === 'failed') result.failures.push(`${file}: ${message}`);
    for (const test of assertionResults) {
      if (test.status === 'passed') result.passed += 1;
      else if (test.status === 'failed')
        result.failures.push(`${file}: ${test.fullName}\n${test.failureMessages.join('\n')}`);
      else count(test.fullName, file);
    }
  }
  return result;

  /** @param {string} test @param {string} file */
  function count(test, file) {
    if (leftOut.some((each) => file.endsWith(`/${each.file}`) && test.includes(each.name ?? ''))) return;
    const reason = /\(skipped: (.*)\)/.exec(test)?.[1] ?? '';
    const feature = lacks.find((each) => reason.split(/[\s,;:]+/).includes(each));
    if (feature === undefined) result.failures.push(`${file}: ${test}: skipped, and not for what this kernel lacks`);
    else result.skipped.set(feature, (result.skipped.get(feature) ?? 0) + 1);
  }
}

/** @param {readonly KernelResult[]} results @returns {string} a table */
export function summaryTable(results) {
  const head = ['kernel', 'release', 'passed', 'failed', 'skipped', 'seconds'];
  const rows = results.map(({ kernel, release, passed, failures, skipped, seconds }) => [
    kernel,
    release,
    String(passed),
    String(failures.length),
    skippedText(skipped),
    seconds.toFixed(0),
  ]);
  const widths = head.map((word, column) => Math.max(...[head, ...rows].map((row) => (row[column] ?? word).length)));
  const lines = [head, ...rows].map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** @param {readonly KernelResult[]} results @returns {string} the last line, as that of `npm test` */
export function totals(results) {
  const passed = sum(results.map((result) => result.passed));
  const failed = sum(results.map(({ failures }) => failures.length));
  const skipped = sum(results.flatMap((result) => [...result.skipped.values()]));
  return `${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`;
}

/** @param {readonly number[]} numbers */
function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

/** @param {ReadonlyMap<string, number>} skipped */
function skippedText(skipped) {
  if (skipped.size === 0) return '0';
  return `${String(sum([...skipped.values()]))} (${[...skipped].map(([feature, count]) => `${feature}: ${String(count)}`).join(', ')})`;
}
