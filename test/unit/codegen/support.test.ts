import { describe, expect, test } from '@jest/globals';
import { checkForBuild } from '../../../codegen/prepare.js';

function refused(...lines: string[]): string[] {
  const { program, diagnostics } = checkForBuild(lines.map((line) => `${line}\n`).join(''), 'p.nc');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  expect(program === null).toBe(errors.length > 0);
  return errors.map(({ code, span }) => `${span.line}:${span.column} ${code}`);
}

const HEAD = ['channel bus from 02:00:00:00:00:02 backup 02:00:00:00:00:03', 'var v : u8', 'message m'] as const;

describe('not compiled yet', () => {
  test.each([
    ['mode soft'],
    ['xsend 1ms'],
    ['handle no_future, none'],
    ['backup_send bus, m'],
    ['backup_receive bus -> v'],
    ['if send_buffer_empty goto start'],
  ])('%s', (instruction) => {
    const lines = [...HEAD, 'start:', '    wait 1ms', `    ${instruction}`, '    end_of_program'];
    expect(refused(...lines)).toEqual(['6:5 NC7001']);
  });

  test('a queue, and guards on it', () => {
    const lines = [
      'queue q : u8 depth 4',
      'start:',
      '    wait 1ms',
      '    if var_queue_empty(q) goto start',
      '    end_of_program',
    ];
    const codes = refused(...lines);
    expect(codes).toHaveLength(2);
    expect(codes.every((code) => code.endsWith('NC7001'))).toBe(true);
  });

  test('each kind once, in the order of the text', () => {
    const lines = ['    xsend 1ms', '    mode soft', '    xsend 2ms', '    end_of_program'];
    expect(refused(...lines)).toEqual(['1:5 NC7001', '2:5 NC7001']);
  });
});

test('what can be compiled is not refused', () => {
  const lines = [
    ...HEAD,
    'start:',
    '    wait 1ms',
    '    create v -> m',
    '    send bus, m',
    '    receive bus -> v',
    '    goto start',
  ];
  expect(refused(...lines)).toEqual([]);
});

test('a program with errors is not judged further', () => {
  expect(refused('    xsend 1ms', '    goto nowhere')).toEqual(['2:10 NC2003']);
});
