import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import {
  paramsOf,
  paramsToBinary,
  paramsToJson,
  readParams,
  warnOtherInterface,
} from '../../../../lang/bytecode/params.js';
import { checkSource } from '../../../../lang/compile.js';

const two = {
  mac: null,
  channels: [
    { mac: '02:00:00:00:00:0a', dev: 'eth0' },
    { mac: 'ff:00:00:00:00:01', dev: '' },
  ],
};

test('binary params are a count, names of 16 bytes, and MACs', () => {
  const bytes = [
    [2, 0, 0, 0],
    [...Buffer.from('eth0'), ...Array<number>(12).fill(0)],
    Array<number>(16).fill(0),
    [2, 0, 0, 0, 0, 10],
    [255, 0, 0, 0, 0, 1],
  ].flat();
  expect([...paramsToBinary(two)]).toEqual(bytes);
  expect(readParams(Uint8Array.from(bytes), 'a.ncmp').params).toEqual(two);
});

test('what stands behind the end of a device name is ignored', () => {
  const bytes = paramsToBinary(two);
  bytes.set([0, 0x58, 0xff], 4 + 3);
  expect(readParams(bytes, 'a.ncmp').params?.channels[0]?.dev).toBe('eth');
});

test('JSON params of the predecessor', () => {
  const { params, diagnostics } = readParams(readFileSync('test/data/ncm/vm1.params.json'), 'vm1.params.json');
  expect(diagnostics).toEqual([]);
  const channels = [{ mac: '08:00:27:c0:56:5b', dev: 'eth0' }];
  expect(params).toEqual({ mac: '08:00:27:46:bc:02', channels });
  expect(JSON.parse(paramsToJson(params!))).toEqual({ mac: '08:00:27:46:bc:02', channels });
});

test('the params of a program are the senders of its channels', () => {
  const text = 'channel b = 1 from 02:00:00:00:00:02\nchannel a = 0 from 02:00:00:00:00:01\nstart: wait 1ms, start';
  const { program, tree } = checkSource(text, 'a.nc');
  const { params, diagnostics } = paramsOf(program!, tree);
  expect(diagnostics).toEqual([]);
  expect(params?.channels.map(({ mac }) => mac)).toEqual(['02:00:00:00:00:01', '02:00:00:00:00:02']);
});

test('an interface that the params do not name is warned of, once for each that they name', () => {
  const channels = ['eth1', '', 'eth0', 'eth1'].map((dev) => ({ mac: '02:00:00:00:00:01', dev }));
  const source = Buffer.from(JSON.stringify({ channels }));
  const found = warnOtherInterface({ mac: null, channels }, 'a.params.json', 'eth0', source);
  expect(found.map(({ code, severity, span }) => [code, severity, span.file])).toEqual([
    ['NC8604', 'warning', 'a.params.json'],
  ]);
  expect(found[0]?.message).toContain('eth1');
  const before = '{"channels":[{"mac":"02:00:00:00:00:01","dev":'.length;
  expect(found[0]?.span).toMatchObject({ line: 1, column: before + 1, endColumn: before + 1 + '"eth1"'.length });
  expect(warnOtherInterface({ mac: null, channels }, 'a.ncmp', 'eth0', null)[0]?.span).toMatchObject({ column: 1 });
});

const named = (name: string): Uint8Array => {
  const bytes = paramsToBinary({ mac: null, channels: [{ mac: '02:00:00:00:00:01', dev: '' }] });
  bytes.set(Buffer.from(name), 4);
  return bytes;
};

test('a device name has 15 characters at most: IFNAMSIZ is 16 with the zero', () => {
  const [longest, tooLong] = ['abcdefghijklmno', 'abcdefghijklmnop'];
  const json = (dev: string) => Buffer.from(JSON.stringify({ channels: [{ mac: '02:00:00:00:00:01', dev }] }));
  for (const params of [readParams(named(longest), 'a.ncmp'), readParams(json(longest), 'a.params.json')])
    expect(params.params?.channels[0]?.dev).toBe(longest);
  for (const { params, diagnostics } of [
    readParams(named(tooLong), 'a.ncmp'),
    readParams(json(tooLong), 'a.params.json'),
  ])
    expect([params, diagnostics.map(({ code }) => code)]).toEqual([null, ['NC8007']]);
});

test.each(['.', '..', 'a/b', 'a:b', 'a b', 'a\u0001'])('%j is no name of an interface', (name) => {
  expect(readParams(named(name), 'a.ncmp').diagnostics.map(({ code }) => code)).toEqual(['NC8007']);
});
