// One node with a random program and a random script.
import fc from 'fast-check';
import { checkSource } from '../../lang/compile.js';
import { comparable } from '../support/compare-results.js';
import { parseOracleCase, type OracleCase } from '../support/oracle-case.js';
import { runCaseOnOracle } from '../support/oracle-run.js';
import { differences, type Subject } from './generated.js';
import { programModel, programText } from './program-model.js';
import { scriptModel, scriptText } from './script-model.js';
import type { KernelBench } from '../support/kernel-run.js';

const MOST_GROUPS = 20;

/** Program and script as texts. */
interface Texts {
  readonly program: string;
  readonly script: string;
}

const texts: fc.Arbitrary<Texts> = fc
  .tuple(programModel, scriptModel(MOST_GROUPS))
  .map(([program, script]) => ({ program: programText(program), script: scriptText(program, script) }));

function caseText({ program, script }: Texts): string {
  return `-- program\n${program}-- script\n${script}`;
}

function prepare(model: Texts): OracleCase | null {
  if (checkSource(model.program, 'generated.nc').program === null) return null;
  return parseOracleCase('generated', caseText(model));
}

/** Generated cases, played on a bench. */
export function singleNodes(bench: KernelBench): Subject<Texts, OracleCase> {
  return {
    arbitrary: texts,
    prepare,
    sources: (ready) => [ready],
    compare: (ready, built, coverage) => {
      const result = runCaseOnOracle(ready, coverage.watch(ready.program));
      coverage.result(ready.steps, result);
      const { oracle, kernel } = comparable(result, bench.playBuilt(built[0]!, ready.steps));
      return differences(oracle, kernel);
    },
    print: caseText,
  };
}
