// Pacer fq: a veth pair of its own in which the carrier circulates.
import { existsSync, writeFileSync } from 'node:fs';
import type { AttachmentRecord } from '../maps/attachment.js';
import { asKernelError, CommandError, listLinks, runCommand, type LinkState } from './commands.js';
import { UnsupportedFeatureError } from './errors.js';
import { fqArguments } from './fq.js';

export type Pair = NonNullable<AttachmentRecord['pair']>;

/** Names for an interface's pacing pair; they depend on its index, so that two attachments never meet. */
export function pairFor(interfaceName: string, ifindex: number): Pair {
  return { near: `ncp${ifindex}`, far: `ncq${ifindex}`, alias: `ncbpf:${interfaceName}` };
}

/** Names for a pair that is made to try something and removed at once; its alias finds it when it could not be. */
export function trialPairFor(ifindex: number): Pair {
  return { near: `nct${ifindex}`, far: `ncu${ifindex}`, alias: `ncbpf:trial${ifindex}` };
}

/** Router solicitations and the like have no place on the pair. */
function silence(name: string): void {
  const file = `/proc/sys/net/ipv6/conf/${name}/disable_ipv6`;
  if (existsSync(file)) writeFileSync(file, '1');
}

/**
 * Makes the pair, its both ends with fq or another root qdisc (null: none). Kernel: sch_fq and veth.
 * @returns the near and the far end
 * @throws UnsupportedFeatureError when the kernel has no fq or no veth, KernelError
 */
export async function createPair(
  pair: Pair,
  qdisc: string | null = 'fq',
): Promise<{ near: LinkState; far: LinkState }> {
  const step = async (feature: string, command: 'ip' | 'tc', ...args: string[]): Promise<void> => {
    try {
      await runCommand(command, args);
    } catch (error) {
      if (error instanceof CommandError && /unknown|not supported|No such file/i.test(error.stderr)) {
        throw new UnsupportedFeatureError(
          feature,
          `this kernel has no ${feature} (${error.stderr.trim().split('\n')[0]})`,
          { cause: error },
        );
      }
      throw asKernelError('make the pacing pair', error);
    }
  };
  await step('veth', 'ip', 'link', 'add', 'dev', pair.near, 'type', 'veth', 'peer', 'name', pair.far);
  await step('veth', 'ip', 'link', 'set', 'dev', pair.near, 'alias', pair.alias);
  for (const name of [pair.near, pair.far]) {
    silence(name);
    await step('veth', 'ip', 'link', 'set', 'dev', name, 'arp', 'off', 'multicast', 'off');
  }
  if (qdisc !== null)
    for (const name of [pair.near, pair.far])
      await step(qdisc, 'tc', ...(qdisc === 'fq' ? fqArguments(name) : ['qdisc', 'add', 'dev', name, 'root', qdisc]));
  for (const name of [pair.near, pair.far]) await step('veth', 'ip', 'link', 'set', 'dev', name, 'up');
  const links = await listLinks();
  const end = (name: string) => links.find((link) => link.name === name)!;
  return { near: end(pair.near), far: end(pair.far) };
}

/**
 * Removes the pair, known by its alias, or by its name where whoever made it was killed before it got one: the kernel takes none while it
 * makes a link. One end takes the other with it. True when there was one.
 */
export async function removePair(pair: Pair): Promise<boolean> {
  const near = (await listLinks()).find(
    (link) => link.name === pair.near && (link.alias === pair.alias || link.alias === null),
  );
  if (near === undefined) return false;
  try {
    await runCommand('ip', ['link', 'delete', 'dev', near.name]);
  } catch (error) {
    throw asKernelError('remove the pacing pair', error);
  }
  return true;
}

/**
 * Makes a pair under other names, with a root qdisc, does something with it and removes it again; one that a killed process has left goes first.
 * @throws UnsupportedFeatureError when the kernel has no veth or no such qdisc, KernelError, and what the work throws
 */
export async function withTrialPair<T>(
  ifindex: number,
  qdisc: string | null,
  work: (near: LinkState) => T,
): Promise<T> {
  const pair = trialPairFor(ifindex);
  await removePair(pair);
  try {
    return work((await createPair(pair, qdisc)).near);
  } finally {
    await removePair(pair);
  }
}

/** @throws UnsupportedFeatureError when the kernel has no fq or no veth */
export async function tryFq(ifindex: number): Promise<void> {
  await withTrialPair(ifindex, 'fq', () => undefined);
}
