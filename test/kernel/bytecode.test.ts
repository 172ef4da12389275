// The predecessor's programs, as they are, on two hosts that have the MACs that their params expect.
import { afterEach, expect, test } from '@jest/globals';
import { resolve } from 'node:path';
import { openVariableSpace } from '../../loader/variable-space.js';
import { connect, detachAll, makeHost, until, type Host } from '../support/hosts.js';
import { Scratch } from '../support/scratch.js';
import { ncbpf } from '../unit/cli/harness.js';

/** In the params of rx1 and vm2, and in those of tx1 and vm1. */
const MASTER_MAC = '08:00:27:46:bc:02';
const SLAVE_MAC = '08:00:27:c0:56:5b';
const FOLDER = resolve('test/data/ncm');
/** Of a frame of 60 bytes. */
const SHORTEST_PAYLOAD = 46;
/** A node that is late does not send; on a busy machine that is most of the time. */
const PATIENCE_MS = 60_000;

const scratch = new Scratch();
let hosts: Host[] = [];

afterEach(async () => {
  await detachAll(...hosts);
  scratch.cleanUp();
});

async function attachSample(host: Host, name: string, ending: string): Promise<void> {
  const args = ['attach', 'net', `${name}.${ending}`, '--params', `${name}.params.json`, '--pacer', 'thread', '--json'];
  const { status, stdout, stderr } = await host.inside(() =>
    ncbpf(args, { cwd: FOLDER, env: { ...process.env, ...host.environment } }),
  );
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  // The params name eth0; the interface of the command line counts.
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] };
  expect(diagnostics.map(({ code }) => code)).toContain('NC8604');
}

async function makeNetwork(): Promise<{ master: Host; slave: Host }> {
  const [master, slave] = [makeHost(scratch), makeHost(scratch)];
  hosts = [master, slave];
  await connect({ host: master, name: 'net', mac: MASTER_MAC }, { host: slave, name: 'net', mac: SLAVE_MAC });
  return { master, slave };
}

function write(host: Host, name: string, text: string): void {
  const space = openVariableSpace('net', { roots: host.roots });
  space.set(name, Buffer.from(text));
  space.close();
}

/** A short value comes with the zeros that fill a frame: `wire ncm` has no length. */
async function untilReceived(host: Host, name: string, text: string): Promise<void> {
  const space = openVariableSpace('net', { roots: host.roots });
  const padded = Buffer.from(text.padEnd(SHORTEST_PAYLOAD, '\0'));
  await until(() => padded.equals(space.get(name) as Uint8Array), PATIENCE_MS);
  space.close();
}

test(
  'rx1 receives what tx1 sends',
  async () => {
    const { master, slave } = await makeNetwork();
    await attachSample(slave, 'rx1', 'bytecode');
    await attachSample(master, 'tx1', 'bytecode');
    for (const value of ['first', 'second']) {
      write(master, 'v1', value);
      await untilReceived(slave, 'v0', value);
    }
  },
  3 * PATIENCE_MS,
);

test(
  'vm1 and vm2 exchange values',
  async () => {
    const { master, slave } = await makeNetwork();
    await attachSample(slave, 'vm2', 'ncm');
    await attachSample(master, 'vm1', 'ncm');
    write(master, 'v0', 'from vm1');
    write(slave, 'v0', 'from vm2');
    await untilReceived(slave, 'v1', 'from vm1');
    await untilReceived(master, 'v1', 'from vm2');
  },
  3 * PATIENCE_MS,
);
