import { describe, expect, test } from '@jest/globals';
import { checkSource } from '../../../lang/compile.js';
import type { Instruction, Operation, Program } from '../../../lang/program.js';

function program(text: string, file = 'nodes/tx.nc'): Program {
  const { program, diagnostics } = checkSource(text, file);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (!program) throw new Error('no program');
  return program;
}

/** An instruction without its span. */
function operation(instruction: Instruction | undefined): unknown {
  return Object.fromEntries(Object.entries(instruction ?? {}).filter(([key]) => key !== 'span'));
}

const ids = (list: readonly { name: string; id: number }[]) => list.map(({ name, id }) => `${name} ${id}`);

describe('declarations', () => {
  test('defaults', () => {
    const { file, node, wire, tickNs, toleranceNs, late, ingress, channels, labels } =
      program('channel bus\nend_of_program');
    expect({ file, node, wire, tickNs, toleranceNs, late, ingress }).toEqual({
      file: 'tx.nc',
      node: 'tx',
      wire: { format: 'v1', ethertype: 0x88b5 },
      tickNs: 1_000n,
      toleranceNs: 50_000n,
      late: 'drop',
      ingress: { mode: 'open' },
    });
    expect(channels[0]).toMatchObject({ id: 0, to: null, from: [], backup: null, queue: 16, delayNs: 0n });
    expect(labels).toEqual([]);
  });

  test('all settings', () => {
    const text = [
      'node main_station',
      'wire v1 ethertype 0x1234',
      'tick 2.5us',
      'tolerance 4',
      'late send',
      'ingress strict allow 02:00:00:00:00:0A, 02:00:00:00:00:0b',
      'channel bus delay 3 queue 256 backup 02:00:00:00:00:03 from 02:00:00:00:00:01, 02:00:00:00:00:02 to 02:00:00:00:00:04',
      'end_of_program',
    ].join('\n');
    const { node, wire, tickNs, toleranceNs, late, ingress, channels } = program(text);
    expect({ node, wire, tickNs, toleranceNs, late, ingress }).toEqual({
      node: 'main_station',
      wire: { format: 'v1', ethertype: 0x1234 },
      tickNs: 2_500n,
      toleranceNs: 10_000n,
      late: 'send',
      ingress: { mode: 'strict', allow: ['02:00:00:00:00:0a', '02:00:00:00:00:0b'] },
    });
    expect(channels[0]).toMatchObject({
      to: '02:00:00:00:00:04',
      from: ['02:00:00:00:00:01', '02:00:00:00:00:02'],
      backup: '02:00:00:00:00:03',
      queue: 256,
      delayNs: 7_500n,
    });
    expect(program('wire ncm\nend_of_program').wire).toEqual({ format: 'ncm' });
    expect(program('ingress strict\nend_of_program').ingress).toEqual({ mode: 'strict', allow: [] });
    expect(program('ingress open\nend_of_program').ingress).toEqual({ mode: 'open' });
  });

  test('types and initial values', () => {
    const text = [
      'var a : u8 = 255',
      'var b : i64 = -9223372036854775808',
      'var c : u64 = 0xffffffffffffffff',
      'var d : i8',
      'var e : bytes[1470]',
      'var f : bytes[5] = "\u00e9#"',
      'var g : bytes[1] = hex:',
      'var h : bytes[2] = hex:0aFF',
      'counter i start 0xffffffff',
      'end_of_program',
    ].join('\n');
    const { variables, counters } = program(text);
    expect(variables.map(({ initial }) => initial)).toEqual([
      255n,
      -(2n ** 63n),
      2n ** 64n - 1n,
      0n,
      Uint8Array.of(),
      Uint8Array.of(0xc3, 0xa9, 0x23),
      Uint8Array.of(),
      Uint8Array.of(0x0a, 0xff),
    ]);
    expect(variables[1]?.type).toEqual({ kind: 'integer', signed: true, bits: 64 });
    expect(variables[4]?.type).toEqual({ kind: 'bytes', size: 1470 });
    expect(counters[0]?.start).toBe(2 ** 32 - 1);
  });

  test.each([
    ['a.b.nc', 'a'],
    ['dir.d/my node-1.nc', 'my_node_1'],
    ['1st.nc', '_1st'],
    ['.nc', '_'],
    ['int.nc', 'int'],
    ['\u00e9\u{1d6d1}.nc', '__'],
  ])('the node of %s is %s', (file, node) => {
    expect(program('end_of_program', file).node).toBe(node);
  });
});

describe('ids', () => {
  test('given ones first, then the lowest free ones in the order of the text; variables and queues share theirs', () => {
    const text = [
      'var a : u8',
      'var b = 1 : u8',
      'queue c : u8 depth 1',
      'queue d = 0 : u8 depth 1',
      'var e : u8',
      'const four = 4',
      'var f = four : u8',
      'var g : u8',
      'message m',
      'message n = 255',
      'channel p',
      'counter q',
      'end_of_program',
    ].join('\n');
    const { variables, queues, messages, channels, counters } = program(text);
    expect(ids(variables)).toEqual(['b 1', 'a 2', 'f 4', 'e 5', 'g 6']);
    expect(ids(queues)).toEqual(['d 0', 'c 3']);
    expect(ids(messages)).toEqual(['m 0', 'n 255']);
    expect([...ids(channels), ...ids(counters)]).toEqual(['p 0', 'q 0']);
  });

  test('256 of a kind fit, with given ids among them', () => {
    const lines = Array.from({ length: 256 }, (_, n) => `message m${n}${n === 0 ? ' = 255' : ''}`);
    const { messages } = program([...lines, 'end_of_program'].join('\n'));
    expect(messages.map(({ id }) => id)).toEqual(Array.from({ length: 256 }, (_, n) => n));
    expect(messages[0]?.name).toBe('m1');
  });
});

describe('constants', () => {
  test('stand for numbers, durations, byte strings and other constants, also in later declarations', () => {
    const text = [
      'const grid = 10us',
      'tick grid',
      'const n = 3',
      'const m = n',
      'const text = "abc"',
      'const share = 0.25',
      'const mask = 0x8400',
      'channel bus queue m delay n',
      'var v = n : bytes[n] = text',
      'queue q : u8 depth n',
      'counter c start n',
      'start:',
      '    set_counter c, n',
      '    if status_test(mask) probability share goto start',
      '    wait n, start',
    ].join('\n');
    const { diagnostics } = checkSource(text, 'a.nc');
    expect(diagnostics.map(({ code }) => code)).toEqual(['NC4002']);
    const { tickNs, channels, variables, queues, counters, instructions } = program(
      text.replace('probability share goto start', 'probability share goto end').concat('\nend: end_of_program'),
    );
    expect(tickNs).toBe(10_000n);
    expect(channels[0]).toMatchObject({ queue: 3, delayNs: 30_000n });
    expect(variables[0]).toMatchObject({
      id: 3,
      type: { kind: 'bytes', size: 3 },
      initial: Buffer.from('abc').subarray(),
    });
    expect([queues[0]?.depth, counters[0]?.start]).toEqual([3, 3]);
    expect(instructions.slice(0, 3).map(operation)).toEqual([
      { op: 'set_counter', counter: 0, value: 3 },
      { op: 'if', guard: { kind: 'status_test', mask: 0x8400 }, negated: false, probability: 0.25, target: 3 },
      { op: 'wait', delayNs: 30_000n, target: 0 },
    ]);
  });

  test('a bare one counts ticks where it is used, wherever the tick is declared', () => {
    const { toleranceNs, instructions } = program('const n = 3\ntolerance n\ntick 1ms\nstart: wait n, start');
    expect(toleranceNs).toBe(3_000_000n);
    expect(operation(instructions[0])).toEqual({ op: 'wait', delayNs: 3_000_000n, target: 0 });
  });

  test.each([
    ['250ns', 250n],
    ['10us', 10_000n],
    ['1.5ms', 1_500_000n],
    ['2s', 2_000_000_000n],
    ['0.000000001s', 1n],
    ['4611686018427387903ns', 2n ** 62n - 1n],
    ['7', 7_000n],
    ['0x10', 16_000n],
  ])('the delay %s is %s ns', (text, ns) => {
    expect(program(`start: wait ${text}, start`).instructions[0]).toMatchObject({ delayNs: ns });
  });
});

describe('instructions', () => {
  const declarations = [
    'channel bus from 02:00:00:00:00:01 backup 02:00:00:00:00:02',
    'var v : u8',
    'var w : u64',
    'queue q : u8 depth 4',
    'message m',
    'counter c',
  ];
  const cases: [text: string, operation: Operation][] = [
    ['nop', { op: 'nop' }],
    ['create v -> m', { op: 'create', variable: 0, message: 0 }],
    ['create q -> m', { op: 'create', variable: 2, message: 0 }],
    ['destroy m', { op: 'destroy', message: 0 }],
    ['send bus, m', { op: 'send', channel: 0, message: 0 }],
    ['receive bus -> w', { op: 'receive', channel: 0, variable: 1 }],
    ['receive bus->q', { op: 'receive', channel: 0, variable: 2 }],
    ['sync master bus', { op: 'sync_master', channel: 0 }],
    ['sync slave 1ms', { op: 'sync_slave', timeoutNs: 1_000_000n, channel: null }],
    ['sync slave 5 from bus', { op: 'sync_slave', timeoutNs: 5_000n, channel: 0 }],
    ['future 1us, end', { op: 'future', delayNs: 1_000n, target: 2 }],
    ['halt', { op: 'halt' }],
    ['wait 1us, end', { op: 'wait', delayNs: 1_000n, target: 2 }],
    ['wait 1us', { op: 'wait', delayNs: 1_000n, target: 2 }],
    ['goto end', { op: 'goto', target: 2 }],
    ['mode hard', { op: 'mode', mode: 'hard' }],
    ['mode soft', { op: 'mode', mode: 'soft' }],
    ['xsend 3us', { op: 'xsend', windowNs: 3_000n }],
    ['handle sync_timeout, end', { op: 'handle', error: 'sync_timeout', target: 2 }],
    ['handle no_future, none', { op: 'handle', error: 'no_future', target: null }],
    ['backup_send bus, m', { op: 'backup_send', channel: 0, message: 0 }],
    ['backup_receive bus -> v', { op: 'backup_receive', channel: 0, variable: 0 }],
    ['set_counter c, 0xffffffff', { op: 'set_counter', counter: 0, value: 0xffffffff }],
    ['add_to_counter c, 0', { op: 'add_to_counter', counter: 0, value: 0 }],
    ['sub_from_counter c, 5', { op: 'sub_from_counter', counter: 0, value: 5 }],
    ['clear_counter c', { op: 'clear_counter', counter: 0 }],
    ['end_of_program', { op: 'end_of_program' }],
  ];

  test.each(cases)('%s', (text, expected) => {
    const { instructions } = program([...declarations, 'nop', text, 'end: end_of_program'].join('\n'));
    expect(operation(instructions[1])).toEqual(expected);
  });

  const guards: [text: string, guard: unknown][] = [
    ['always_true', { kind: 'always_true' }],
    ['always_false()', { kind: 'always_false' }],
    ['send_buffer_empty', { kind: 'send_buffer_empty' }],
    ['channel_rcv_buf_empty(bus)', { kind: 'channel_rcv_buf_empty', channel: 0 }],
    ['test_count(c, 5)', { kind: 'test_count', counter: 0, value: 5 }],
    ['status_test(sync_timeout, receive_fault)', { kind: 'status_test', mask: 0x8400 }],
    ['status_test(deadline_missed)', { kind: 'status_test', mask: 1 }],
    ['status_test(0xffff)', { kind: 'status_test', mask: 0xffff }],
    ['equal(v, w)', { kind: 'equal', a: 0, b: 1 }],
    ['greater(w, v)', { kind: 'greater', a: 1, b: 0 }],
    ['less( v ,w )', { kind: 'less', a: 0, b: 1 }],
    ['test_var(v, zero)', { kind: 'test_var', variable: 0, condition: 'zero' }],
    ['test_var(w, odd_parity)', { kind: 'test_var', variable: 1, condition: 'odd_parity' }],
    ['var_queue_empty(q)', { kind: 'var_queue_empty', variable: 2 }],
    ['var_queue_full(q)', { kind: 'var_queue_full', variable: 2 }],
  ];

  test.each(guards)('if %s', (text, guard) => {
    const lines = [
      ...declarations,
      `if ${text} goto end`,
      `if not ${text} probability 1 goto end`,
      'end: end_of_program',
    ];
    const { instructions } = program(lines.join('\n'));
    expect(instructions.slice(0, 2).map(operation)).toEqual([
      { op: 'if', guard, negated: false, probability: null, target: 2 },
      { op: 'if', guard, negated: true, probability: 1, target: 2 },
    ]);
  });

  test('words of the language can be names', () => {
    const text = 'channel from from 02:00:00:00:00:01\nvar var : u8\nmessage send\nconst master = 1ms\nhex:\n'.concat(
      'create var -> send\nsend from, send\nsync slave master from from\nwait: wait master, hex',
    );
    const { instructions, labels } = program(text);
    expect(instructions.map(({ op }) => op)).toEqual(['create', 'send', 'sync_slave', 'wait']);
    expect(labels.map(({ name, target }) => `${name} ${target}`)).toEqual(['hex 0', 'wait 3']);
  });

  test('several labels name one instruction; spans leave out labels and comments', () => {
    const { labels, instructions } = program('a:\n\n  b: # here\n\tc:  wait 1ms, a # comment\n');
    expect(labels.map(({ name, target }) => `${name} ${target}`)).toEqual(['a 0', 'b 0', 'c 0']);
    expect(labels[1]?.span).toEqual({ file: 'nodes/tx.nc', line: 3, column: 3, endLine: 3, endColumn: 4 });
    expect(instructions[0]?.span).toEqual({ file: 'nodes/tx.nc', line: 4, column: 6, endLine: 4, endColumn: 17 });
  });
});
