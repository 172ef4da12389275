// Wrong kinds are mistakes of TypeScript, with the place of the operand.
import { describe, expect, test } from '@jest/globals';
import { checkBody, found } from './module-test.js';

const THINGS = `const ch = channel(); const v = variable(u16); const i = variable(i16); const b = variable(bytes(4)); const q = queue(u8, { depth: 1 }); const m = message(); const c = counter();`;

describe('a wrong kind', () => {
  test.each([
    ['create(m, v);', 8],
    ['create(v, ch);', 11],
    ['create(c, m);', 8],
    ['destroy(v);', 9],
    ['send(m, ch);', 6],
    ['send(ch, v);', 10],
    ['receive(v, ch);', 9],
    ['receive(ch, m);', 13],
    ['backupSend(ch, q);', 16],
    ['backupReceive(ch, c);', 19],
    ['syncMaster(v);', 12],
    ['syncSlave(5);', 11],
    ['syncSlave(ms(5), v);', 18],
    ['future(5, halt);', 8],
    ['future(ms(1), (n: number) => {});', 15],
    ['wait(5);', 6],
    ["wait('5ms');", 6],
    ['wait(ms(1), 5);', 13],
    ["goto('start');", 6],
    ["mode('off');", 6],
    ['xsend(1);', 7],
    ["handle('oops', halt);", 8],
    ["handle('no_future', null);", 21],
    ['setCounter(v, 1);', 12],
    ["addToCounter(c, '1');", 17],
    ['subFromCounter(c, ms(1));', 19],
    ['clearCounter(m);', 14],
    ['halt(1);', 6],
    ['if (testCount(v, 5)) nop();', 15],
    ["if (testCount(c, '5')) nop();", 18],
    ['if (channelRcvBufEmpty(q)) nop();', 24],
    ["if (statusTest('sync')) nop();", 16],
    ['if (equal(v, i)) nop();', 14],
    ['if (less(b, v)) nop();', 13],
    ['if (greater(v, q)) nop();', 16],
    ["if (testVar(q, 'zero')) nop();", 13],
    ["if (testVar(v, 'odd')) nop();", 16],
    ['if (varQueueEmpty(v)) nop();', 19],
    ['if (varQueueFull(ch)) nop();', 18],
    ['if (probability(alwaysTrue(), 0.5)) nop();', 17],
    ["const x = channel({ too: '02:00:00:00:00:01' });", 21],
    ['const x = channel({ to: 5 });', 21],
    ['const x = variable(5);', 20],
    ["const x = variable(u8, { initial: 'a' });", 26],
    ['const x = variable(bytes(4), { initial: 4 });', 32],
    ['const x = queue(u8);', 11],
    ["const x = queue(u8, { depth: '8' });", 23],
    ["const x = counter({ start: '1' });", 21],
    ["const x = ms('1');", 14],
    ['const x = ms(1).plus(1);', 22],
    ['const x = ms(1) + ms(2);', 11],
    ['const x = u8(5);', 11],
  ])('%s', (line, column) => {
    expect(found(checkBody(`${THINGS}\n${line}\nhalt();`))).toEqual([`4:${column} NC9001`]);
  });

  test('in the settings of a node', async () => {
    const { check } = await import('./module-test.js');
    expect(found(check("node({ wire: 'v2' }, () => halt());"))).toEqual(['2:8 NC9001']);
    expect(found(check('node({ tick: ticks(1) }, () => halt());'))).toEqual(['2:8 NC9001']);
    expect(found(check('node({ late: true }, () => halt());'))).toEqual(['2:8 NC9001']);
    expect(found(check('node(5);'))).toEqual(['2:6 NC9001']);
  });
});

test('right kinds are none', () => {
  const body = `${THINGS}
    if (equal(v, v) || less(b, b) || greater(i, i)) nop();
    const list: readonly Channel[] = [ch];
    const wide: Variable<'unsigned'> = v;
    const any: Variable | Queue = q;
    create(any, m); destroy(m); send(list[0]!, m); create(wide, m); clearCounter(c);
    halt();`;
  expect(found(checkBody(body)).filter((one) => !one.includes('NC6'))).toEqual([]);
});
