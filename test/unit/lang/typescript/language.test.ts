// Every declaration, setting, instruction and guard of the language, as a module and as a text.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { PROGRAM_EXPORTS } from '../../../../lang/typescript/program-entry.js';
import { ERROR_NAMES, GUARD_WORDS, INSTRUCTION_WORDS } from '../../../../lang/vocabulary.js';
import { check, checkBody, expectSame } from './module-test.js';

const camelCase = (word: string) => word.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

test('what ncbpf/program exports is what the compiler knows', () => {
  const text = readFileSync('lang/typescript/program.ts', 'utf8');
  const exported = [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name ?? '');
  expect(exported.toSorted()).toEqual([...PROGRAM_EXPORTS.keys()].toSorted());
});

test('every instruction and guard of the language is among it', () => {
  const split = { sync: ['syncMaster', 'syncSlave'], if: [] };
  const words = INSTRUCTION_WORDS.flatMap((word) => (word === 'sync' || word === 'if' ? split[word] : camelCase(word)));
  for (const name of [...words, ...GUARD_WORDS.map(camelCase)]) expect(PROGRAM_EXPORTS.has(name)).toBe(true);
});

test('ncbpf/program runs nowhere, and says so', async () => {
  const program = (await import('../../../../lang/typescript/program.js')) as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(program)) {
    if (typeof value === 'function') expect(value as () => unknown).toThrow(`${name}: a program is compiled`);
    else expect(value).toEqual({ name });
  }
});

describe('settings', () => {
  test.each([
    [`{ name: 'tx' }`, 'node tx'],
    [`{ wire: 'v1' }`, 'wire v1'],
    [`{ wire: 'v1', ethertype: 0x88b6 }`, 'wire v1 ethertype 0x88b6'],
    [`{ ethertype: 0x88b7 }`, 'wire v1 ethertype 0x88b7'],
    [`{ wire: 'ncm' }`, 'wire ncm'],
    [`{ tick: us(10) }`, 'tick 10us'],
    [`{ tolerance: us(200) }`, 'tolerance 200us'],
    [`{ tolerance: ticks(3), tick: ms(1) }`, 'tick 1ms\ntolerance 3'],
    [`{ tolerance: ns(0) }`, 'tolerance 0ns'],
    [`{ late: 'send' }`, 'late send'],
    [`{ late: 'drop' }`, 'late drop'],
    [`{ ingress: 'open' }`, 'ingress open'],
    [`{ ingress: 'strict' }`, 'ingress strict'],
    [
      `{ ingress: 'strict', allow: ['02:00:00:00:00:01', '02:00:00:00:00:0A'] }`,
      'ingress strict allow 02:00:00:00:00:01, 02:00:00:00:00:0a',
    ],
    [`{}`, ''],
  ])('%s', (settings, text) => {
    expectSame(check(`node(${settings}, () => endOfProgram());`), `${text}\nend_of_program`);
  });

  test('no settings at all, and the name of the file', () => {
    expectSame(check('node(() => { endOfProgram(); });'), 'end_of_program');
    expect(check('node(() => { endOfProgram(); });').nodes).toEqual(['main']);
  });
});

describe('declarations', () => {
  test.each([
    ['const c = channel();', 'channel c'],
    ['const c = channel({ id: 3 });', 'channel c = 3'],
    [
      `const c = channel({ to: '02:00:00:00:00:0A', from: ['02:00:00:00:00:02', '02:00:00:00:00:03'], backup: '02:00:00:00:00:04', queue: 8, delay: ns(500) });`,
      'channel c to 02:00:00:00:00:0a from 02:00:00:00:00:02, 02:00:00:00:00:03 backup 02:00:00:00:00:04 queue 8 delay 500ns',
    ],
    [`const c = channel({ from: '02:00:00:00:00:02' });`, 'channel c from 02:00:00:00:00:02'],
    ['const v = variable(u8);', 'var v : u8'],
    ['const v = variable(u16, { id: 9, initial: 65535 });', 'var v = 9 : u16 = 65535'],
    ['const v = variable(u32);', 'var v : u32'],
    ['const v = variable(u64, { initial: 0xffffffffffffffffn });', 'var v : u64 = 18446744073709551615'],
    ['const v = variable(i8, { initial: -128 });', 'var v : i8 = -128'],
    ['const v = variable(i16);', 'var v : i16'],
    ['const v = variable(i32);', 'var v : i32'],
    ['const v = variable(i64, { initial: -(2n ** 63n) });', 'var v : i64 = -9223372036854775808'],
    [`const v = variable(bytes(6), { initial: 'Grüß' });`, 'var v : bytes[6] = "Grüß"'],
    [`const v = variable(bytes(4), { initial: hex('00FFab') });`, 'var v : bytes[4] = hex:00ffab'],
    [`const v = variable(bytes(4), { initial: 'a"\\n' });`, 'var v : bytes[4] = hex:61220a'],
    [`const v = variable(bytes(4), { initial: '' });`, 'var v : bytes[4] = ""'],
    ['const q = queue(bytes(32), { depth: 8 });', 'queue q : bytes[32] depth 8'],
    ['const q = queue(i16, { depth: 256, id: 2 });', 'queue q = 2 : i16 depth 256'],
    ['const m = message();', 'message m'],
    ['const m = message({ id: 255 });', 'message m = 255'],
    ['const c = counter();', 'counter c'],
    ['const c = counter({ start: 4294967295, id: 1 });', 'counter c = 1 start 4294967295'],
    [`const anything = counter({ name: 'rounds' });`, 'counter rounds'],
    [`const both = [message({ name: 'm0' }), message({ name: 'm1' })];`, 'message m0\nmessage m1'],
    ['const group = { up: channel(), down: channel() };', 'channel up\nchannel down'],
    ['const a = counter(), b = counter();', 'counter a\ncounter b'],
    ['const type = bytes(2 * 8); const v = variable(type);', 'var v : bytes[16]'],
    ['const clauses = { id: 4 }; const m = message(clauses);', 'message m = 4'],
    ['const [first, ...others] = [1, 2, 3]; const m = message({ id: others[1]! - first! });', 'message m = 2'],
    ['const { a, ...others } = { a: 1, b: 2 }; const m = message({ id: others.b + a });', 'message m = 3'],
    ['const { a: b, ...others } = { a: 1, id: 7 }; const m = message(others);', 'message m = 7'],
    ['const l = [5]; const m = message({ id: l[1] ?? 6 });', 'message m = 6'],
    ['const clauses = { id: 4 }; const m = message({ ...clauses });', 'message m = 4'],
  ])('%s', (module, text) => {
    expectSame(checkBody(`${module}\nendOfProgram();`), `${text}\nend_of_program`);
  });
});

const THINGS = `
  const ch = channel({ from: '02:00:00:00:00:02', backup: '02:00:00:00:00:03' });
  const v = variable(u16);
  const w = variable(u32);
  const q = queue(u16, { depth: 4 });
  const m = message();
  const c = counter();
`;
const THINGS_TEXT = `channel ch from 02:00:00:00:00:02 backup 02:00:00:00:00:03
var v : u16
var w : u32
queue q : u16 depth 4
message m
counter c
`;

describe('instructions', () => {
  test.each([
    ['nop();', 'nop'],
    ['create(v, m);', 'create v -> m'],
    ['create(q, m);', 'create q -> m'],
    ['destroy(m);', 'destroy m'],
    ['send(ch, m);', 'send ch, m'],
    ['receive(ch, v);', 'receive ch -> v'],
    ['receive(ch, q);', 'receive ch -> q'],
    ['backupSend(ch, m);', 'backup_send ch, m'],
    ['backupReceive(ch, v);', 'backup_receive ch -> v'],
    ['syncMaster(ch);', 'sync master ch'],
    ['syncSlave(ms(5));', 'sync slave 5ms'],
    ['syncSlave(ms(5), ch);', 'sync slave 5ms from ch'],
    ['wait(us(10));', 'wait 10us'],
    ['wait(ticks(10));', 'wait 10'],
    ["mode('hard');", 'mode hard'],
    ["mode('soft');", 'mode soft'],
    ['xsend(us(200));', 'xsend 200us'],
    ['setCounter(c, 5);', 'set_counter c, 5'],
    ['addToCounter(c, 4294967295);', 'add_to_counter c, 4294967295'],
    ['subFromCounter(c, 1);', 'sub_from_counter c, 1'],
    ['clearCounter(c);', 'clear_counter c'],
    ["handle('receive_fault', 'none');", 'handle receive_fault, none'],
    ...ERROR_NAMES.map((error) => [`handle('${error}', 'none');`, `handle ${error}, none`]),
  ])('%s', (module, text) => {
    expectSame(checkBody(`${THINGS}${module}\nendOfProgram();`), `${THINGS_TEXT}${text}\nend_of_program`);
  });

  test.each([
    ['future(ms(1), later); halt();', 'future 1ms, later\nhalt'],
    ['wait(ms(1), later);', 'wait 1ms, later'],
    ["handle('sync_timeout', later); endOfProgram();", 'handle sync_timeout, later\nend_of_program'],
    ['if (alwaysFalse()) goto(later); endOfProgram();', 'if always_false goto later\nend_of_program'],
  ])('%s', (module, text) => {
    const block = 'function later() { endOfProgram(); }';
    expectSame(checkBody(`${block}\n${module}`), `${text}\nlater: end_of_program`);
  });
});

describe('guards', () => {
  test.each([
    ['alwaysTrue()', 'always_true'],
    ['alwaysFalse()', 'always_false'],
    ['channelRcvBufEmpty(ch)', 'channel_rcv_buf_empty(ch)'],
    ['sendBufferEmpty()', 'send_buffer_empty'],
    ['testCount(c, 5)', 'test_count(c, 5)'],
    ["statusTest('sync_timeout')", 'status_test(sync_timeout)'],
    ["statusTest('sync_timeout', 'receive_fault')", 'status_test(sync_timeout, receive_fault)'],
    ['statusTest(0x8400)', 'status_test(0x8400)'],
    ['equal(v, w)', 'equal(v, w)'],
    ['greater(v, w)', 'greater(v, w)'],
    ['less(v, w)', 'less(v, w)'],
    ["testVar(v, 'zero')", 'test_var(v, zero)'],
    ["testVar(v, 'nonzero')", 'test_var(v, nonzero)'],
    ["testVar(v, 'even_parity')", 'test_var(v, even_parity)'],
    ["testVar(v, 'odd_parity')", 'test_var(v, odd_parity)'],
    ['varQueueEmpty(q)', 'var_queue_empty(q)'],
    ['varQueueFull(q)', 'var_queue_full(q)'],
    ['probability(0.25, varQueueFull(q))', 'var_queue_full(q) probability 0.25'],
    ['probability(1, varQueueFull(q))', 'var_queue_full(q) probability 1'],
    ['probability(1e-7, varQueueFull(q))', 'var_queue_full(q) probability 0.0000001'],
  ])('%s', (module, text) => {
    const body = `${THINGS}function there() { nop(); endOfProgram(); }\nif (${module}) goto(there);\nendOfProgram();`;
    expectSame(checkBody(body), `${THINGS_TEXT}if ${text} goto there\nend_of_program\nthere: nop\nend_of_program`);
    const negated = body.replace('if (', 'if (!(').replace(') goto', ')) goto');
    const not = `not ${text.replace('0.25', '0.75').replace('probability 1', 'probability 0')}`.replace(
      '0.0000001',
      '0.9999999',
    );
    expectSame(checkBody(negated), `${THINGS_TEXT}if ${not} goto there\nend_of_program\nthere: nop\nend_of_program`);
  });

  test('a probability of a negated guard is that of the whole', () => {
    expectSame(
      checkBody(`${THINGS}if (probability(0.25, !varQueueFull(q))) nop();\nendOfProgram();`),
      `${THINGS_TEXT}if var_queue_full(q) probability 0.75 goto end\nnop\nend: end_of_program`,
    );
  });
});
