// What an interface carries that a gate would hold up.
import { describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { trafficOf } from '../../loader/traffic.js';
import { compileText, type Host } from '../support/hosts.js';
import { Scratch } from '../support/scratch.js';
import { usePair } from '../support/use-pair.js';

const GATE = { rate: 1e9, failClosed: false, force: false };
const CLOSED = 'mode hard\nround:\n wait 1ms, round\n';

const scratch = new Scratch();
let a: Host;
let b: Host;

usePair(scratch, (pair) => {
  ({ a, b } = pair);
});

const address = (host: Host, ...words: string[]) => host.run('ip', 'address', 'add', ...words);
const traffic = (name: string) => b.inside(() => trafficOf(name));

/** A TCP connection from `b` to a server in `a`. */
async function talk(to: string, port: number): Promise<void> {
  const server = createServer();
  scratch.onCleanUp(() => server.close());
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    scratch.onCleanUp(() => socket.destroy());
  });
  await a.inside(async () => once(server.listen(port), 'listening'));
  const socket = await b.inside(async () => {
    const client = connect(port, to);
    await once(client, 'connect');
    return client;
  });
  scratch.onCleanUp(() => socket.destroy());
}

test('attach names the address and the connections, and how to do it all the same', async () => {
  address(a, '192.0.2.2/24', 'dev', 'net');
  address(b, '192.0.2.1/24', 'dev', 'net');
  await talk('192.0.2.2', 5000);
  const program = await compileText(CLOSED);
  await expect(b.attach('net', program, { gate: GATE })).rejects.toThrow(
    /^net carries the address 192\.0\.2\.1 and established TCP connections to 192\.0\.2\.2:5000: .*--force/,
  );
  await b.attach('net', program, { gate: { ...GATE, force: true } });
  await b.detach('net');
  await b.attach('net', await compileText('round:\n wait 1ms, round\n'));
});

test('a connection is traffic where no address is global', async () => {
  address(a, '169.254.7.2/16', 'dev', 'net', 'scope', 'link');
  address(b, '169.254.7.1/16', 'dev', 'net', 'scope', 'link');
  expect(await traffic('net')).toEqual({ addresses: [], peers: [] });
  await talk('169.254.7.2', 5001);
  expect(await traffic('net')).toEqual({ addresses: [], peers: ['169.254.7.2:5001'] });
  await expect(b.attach('net', await compileText(CLOSED), { gate: GATE })).rejects.toThrow(
    /^net carries established TCP connections to 169\.254\.7\.2:5001: /,
  );
});

describe('devices above the interface', () => {
  test('a bridge that it is a port of', async () => {
    address(a, '192.0.2.2/24', 'dev', 'net');
    b.run('ip', 'link', 'add', 'br0', 'up', 'type', 'bridge');
    b.run('ip', 'link', 'set', 'net', 'master', 'br0');
    address(b, '192.0.2.1/24', 'dev', 'br0');
    await talk('192.0.2.2', 5002);
    expect(await traffic('net')).toEqual({ addresses: ['192.0.2.1 (br0)'], peers: ['192.0.2.2:5002'] });
  });

  test('one that shares it, on a bridge over it', async () => {
    b.run('ip', 'link', 'add', 'br0', 'up', 'type', 'bridge');
    b.run('ip', 'link', 'set', 'net', 'master', 'br0');
    b.run('ip', 'link', 'add', 'link', 'br0', 'name', 'mac0', 'up', 'type', 'macvlan');
    address(b, '2001:db8::1/64', 'dev', 'mac0', 'nodad');
    expect(await traffic('net')).toEqual({ addresses: ['2001:db8::1 (mac0)'], peers: [] });
  });

  test('not the other end of a veth pair, and not its neighbours', async () => {
    b.run('ip', 'link', 'add', 'va', 'up', 'type', 'veth', 'peer', 'name', 'vb');
    address(b, '192.0.2.1/24', 'dev', 'vb');
    expect(await traffic('va')).toEqual({ addresses: [], peers: [] });
    expect(await traffic('net')).toEqual({ addresses: [], peers: [] });
  });
});
