// Every data case of the oracle. The files are made from the tables in test/support/oracle-cases, by
// `UPDATE_CASES=1`; a file that is not in a table was written by hand and is run as well.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { ORACLE_FOLDERS } from '../../support/oracle-cases/all.js';
import { renderCase } from '../../support/oracle-cases/text.js';
import { parseOracleCase } from '../../support/oracle-case.js';
import { actualLines, expectedLines } from '../../support/oracle-expect.js';
import { runCaseOnOracle } from '../../support/oracle-run.js';

const CASES = new URL('../../cases/', import.meta.url);

describe.each(Object.entries(ORACLE_FOLDERS))('test/cases/%s', (folder, tables) => {
  const directory = new URL(`${folder}/`, CASES);

  if (process.env.UPDATE_CASES === '1') {
    mkdirSync(directory, { recursive: true });
    for (const each of tables) writeFileSync(new URL(`${each.name}.case`, directory), renderCase(each));
  }

  test('each case has a name of its own', () => {
    const names = tables.map((each) => each.name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('the files are what the tables say', () => {
    const differing = tables.filter((each) => read(directory, `${each.name}.case`) !== renderCase(each));
    expect(differing.map((each) => each.name)).toEqual([]);
  });

  test.each(readdirSync(directory).filter((file) => file.endsWith('.case')))('%s', (file) => {
    const oracleCase = parseOracleCase(file.replace('.case', ''), read(directory, file));
    expect(oracleCase.expectations.length).toBeGreaterThan(0);
    expect(actualLines(oracleCase, runCaseOnOracle(oracleCase))).toEqual(expectedLines(oracleCase));
  });
});

function read(directory: URL, file: string): string {
  return readFileSync(new URL(file, directory), 'utf8');
}
