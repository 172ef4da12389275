// The speed of a link as sysfs shows it: a folder with the same files stands for hardware that this machine does not have.
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { reportedRate } from '../../../loader/link-rate.js';

const LINK = { name: 'eth0', ifindex: 2, mac: '02:00:00:00:00:01', mtu: 1500, up: true, type: 'ether', alias: null };

let sysfs: string;
let folder: string;

beforeEach(() => {
  sysfs = mkdtempSync(join(tmpdir(), 'ncbpf-sysfs-'));
  folder = join(sysfs, 'class/net/eth0');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'ifindex'), '2\n');
  writeFileSync(join(folder, 'address'), '02:00:00:00:00:01\n');
});

afterEach(() => {
  rmSync(sysfs, { recursive: true });
});

function hardware(bus: string, driver: string): void {
  mkdirSync(join(folder, 'device'));
  symlinkSync(`../../../../bus/${bus}`, join(folder, 'device/subsystem'));
  symlinkSync(`../../../../bus/${bus}/drivers/${driver}`, join(folder, 'device/driver'));
}

const speed = (text: string) => writeFileSync(join(folder, 'speed'), `${text}\n`);

test.each([
  ['pci', 'igb', '1000', 1e9],
  ['pci', 'ixgbe', '10000', 1e10],
  ['usb', 'r8152', '100', 1e8],
  ['platform', 'stmmaceth', '2500', 2.5e9],
])('%s, %s: %s Mbit/s', (bus, driver, megabits, rate) => {
  hardware(bus, driver);
  speed(megabits);
  expect(reportedRate(LINK, sysfs)).toBe(rate);
});

test.each([
  ['virtio', 'virtio_net'],
  ['vmbus', 'hv_netvsc'],
  ['xen', 'vif'],
  ['pci', 'vmxnet3'],
  ['pci', 'ena'],
])('%s, %s: made up', (bus, driver) => {
  hardware(bus, driver);
  speed('10000');
  expect(reportedRate(LINK, sysfs)).toBeNull();
});

test.each(['-1', '0', 'unknown', '4294967295x'])('a driver that says %s does not know', (text) => {
  hardware('pci', 'igb');
  speed(text);
  expect(reportedRate(LINK, sysfs)).toBeNull();
});

test('a link that is down has no speed', () => {
  hardware('pci', 'igb');
  expect(reportedRate(LINK, sysfs)).toBeNull();
});

test('a device without hardware has none that counts', () => {
  speed('10000');
  expect(reportedRate(LINK, sysfs)).toBeNull();
});

test('the sysfs of another network namespace is not asked', () => {
  hardware('pci', 'igb');
  speed('1000');
  expect(reportedRate({ ...LINK, ifindex: 3 }, sysfs)).toBeNull();
  expect(reportedRate({ ...LINK, mac: '02:00:00:00:00:02' }, sysfs)).toBeNull();
  expect(reportedRate({ ...LINK, name: 'eth1' }, sysfs)).toBeNull();
});
