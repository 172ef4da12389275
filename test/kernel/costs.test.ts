// `ncbpf calibrate`: what it measures goes into verify, and nothing is left of the measurement.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { costsOf } from '../../cli/calibrate/costs.js';
import { partsOf } from '../../cli/calibrate/plan.js';
import { makePair, MAC_A, type Host } from '../support/hosts.js';
import { ncbpf } from '../support/ncbpf.js';
import { Scratch } from '../support/scratch.js';
import { tracesOf } from '../support/traces.js';

const PROGRAM = `channel bus to ${MAC_A}
var v : bytes[64]
message m
round:
    create v -> m
    send bus, m
    wait 10ms, round
`;

const scratch = new Scratch();
let host: Host;
let folder: string;

beforeEach(async () => {
  ({ a: host } = await makePair(scratch));
  folder = scratch.folder();
});

afterEach(() => scratch.cleanUp());

/** An interval of a file of costs, ns. */
function interval([least = '', most = '']: readonly string[]): [number, number] {
  for (const text of [least, most]) expect(text).toMatch(/^\d+ns$/);
  return [Number.parseInt(least, 10), Number.parseInt(most, 10)];
}

test('a file with every instruction, which verify takes; nothing is left', async () => {
  const before = tracesOf(host);
  const [costs, program] = [join(folder, 'costs.json'), join(folder, 'sender.nc')];
  writeFileSync(program, PROGRAM);
  const measured = await ncbpf(host, ['calibrate', 'net', '--rounds', '20', '--bytes', '64', '-o', costs]);
  expect(measured).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(tracesOf(host)).toEqual(before);

  const file = JSON.parse(readFileSync(costs, 'utf8')) as Record<string, string[]>;
  // Those of its plan are all instructions there are; the unit test says so.
  expect(Object.keys(file)).toEqual(
    Object.keys(
      costsOf(
        partsOf(64),
        partsOf(64).map(() => [1]),
      ),
    ),
  );
  for (const each of Object.values(file)) {
    const [least, most] = interval(each);
    expect(least).toBeLessThanOrEqual(most);
  }
  // A frame through the stack, and a whole block: no machine does them in no time.
  for (const op of ['send', 'sync master', 'wait']) expect(interval(file[op]!)[0]).toBeGreaterThan(0);

  const verified = await ncbpf(host, ['verify', program, '--costs', costs]);
  expect(verified).toMatchObject({ status: 0, stderr: '' });
  expect(verified.stdout).toMatch(/^schedulable +holds$/m);
});

test('an interface that is not there', async () => {
  const { status, stderr } = await ncbpf(host, ['calibrate', 'other', '--rounds', '1']);
  expect({ status, stderr }).toEqual({ status: 2, stderr: expect.stringContaining('there is no interface other') });
});

test('without privilege it says what is missing, before it compiles anything', async () => {
  const { status, stdout, stderr } = await ncbpf(
    host,
    ['calibrate'],
    ['setpriv', '--bounding-set', '-bpf,-net_admin,-sys_admin', '--inh-caps', '-bpf,-net_admin,-sys_admin', '--'],
  );
  expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  expect(stderr).toMatch(/^ncbpf: measuring instructions needs CAP_BPF and CAP_NET_ADMIN: /);
});
