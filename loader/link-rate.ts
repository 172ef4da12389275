// The speed of a link, where what its driver says can be believed.
import { readFileSync, readlinkSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { LinkState } from './commands.js';
import { isNativeError } from './native.js';

const MEGABIT = 1e6;
/** Devices of virtual machines: what their drivers report is made up. */
const VIRTUAL_BUSES = new Set(['virtio', 'vmbus', 'xen', 'netdevsim']);
const VIRTUAL_DRIVERS = new Set(['vmxnet3', 'ena', 'gve']);

/** What `read` finds in sysfs; null where there is no such file or the driver has no answer (an interface that is down). */
function ask(read: () => string): string | null {
  try {
    return read().trim();
  } catch (error) {
    if (isNativeError(error)) return null;
    throw error;
  }
}

/**
 * The speed of an interface in bits a second, as its hardware has it; null when it is not known: without hardware (veth, bridge, tun), in
 * a virtual machine, and where the link is down. `sysfs` shows one network namespace, which need not be this one, so the
 * interface must be the one that is meant.
 */
export function reportedRate({ name, ifindex, mac }: LinkState, sysfs = '/sys'): number | null {
  const folder = join(sysfs, 'class/net', name);
  const file = (path: string) => ask(() => readFileSync(join(folder, path), 'utf8'));
  const link = (path: string) => ask(() => basename(readlinkSync(join(folder, path))));
  if (file('ifindex') !== String(ifindex) || file('address') !== mac) return null;
  const [bus, driver] = [link('device/subsystem'), link('device/driver')];
  if (bus === null || driver === null || VIRTUAL_BUSES.has(bus) || VIRTUAL_DRIVERS.has(driver)) return null;
  const megabits = Number(file('speed') ?? -1);
  return Number.isInteger(megabits) && megabits > 0 ? megabits * MEGABIT : null;
}
