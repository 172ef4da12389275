import { expect, test } from '@jest/globals';
import { checkForBuild } from '../../../codegen/prepare.js';

function refused(...lines: string[]): string[] {
  const { program, diagnostics } = checkForBuild(lines.map((line) => `${line}\n`).join(''), 'p.nc');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(program === null).toBe(errors.length > 0);
  return errors.map(({ code, span }) => `${span.line}:${span.column} ${code}`);
}

const HEAD = [
  'channel bus from 02:00:00:00:00:02 backup 02:00:00:00:00:03',
  'var v : u8',
  'queue q : u8 depth 4',
  'message m',
] as const;

test.each([
  ['mode soft'],
  ['mode hard'],
  ['xsend 1ms'],
  ['handle no_future, none'],
  ['backup_send bus, m'],
  ['backup_receive bus -> v'],
  ['receive bus -> q'],
  ['create q -> m'],
  ['if send_buffer_empty goto start'],
  ['if var_queue_empty(q) goto start'],
  ['if var_queue_full(q) goto start'],
])('%s is compiled', (instruction) => {
  expect(refused(...HEAD, 'start:', '    wait 1ms', `    ${instruction}`, '    end_of_program')).toEqual([]);
});

test('a program with errors is not judged further', () => {
  expect(refused('    xsend 1ms', '    goto nowhere')).toEqual(['2:10 NC2003']);
});
