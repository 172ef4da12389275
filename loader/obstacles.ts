// What of ncbpf stands in the way of an attach: attachments, or the remains of them.
import type { Attachment } from '../maps/attachment.js';
import { listLinks, type LinkState } from './commands.js';
import { readRecordForRemoval, removeAttachment } from './detach.js';
import { UsageError } from './errors.js';
import { withLock } from './lock.js';
import { isOwnNetns, otherNamespace } from './namespace.js';
import { isLive, isWhole } from './pinned.js';
import { hasTraces, othersRecords } from './record.js';
import { pinFolder, type Roots } from './roots.js';

/** An attachment under the interface's name, or of the interface under the name that it had before. */
export interface Obstacle {
  /** Under which it is recorded. */
  readonly name: string;
  /** Null where its record cannot be read. */
  readonly old: Attachment | null;
  /** It acts on traffic; else it is what an interrupted attach has left. */
  readonly live: boolean;
}

/** The names under which there may be an obstacle: the interface's own, and those that it had when something was attached to it. */
function candidates(roots: Roots, link: LinkState): string[] {
  const earlier = othersRecords(roots, link.name).filter(
    ({ ifindex, netns }) => ifindex === link.ifindex && isOwnNetns(netns),
  );
  return [...(hasTraces(roots, link.name) ? [link.name] : []), ...earlier.map((record) => record.interface)];
}

function obstacleAt(roots: Roots, name: string, warnings: string[]): Obstacle {
  const old = readRecordForRemoval(roots, name, warnings);
  const live = old === null ? isLive(pinFolder(roots, name)) : isWhole(old);
  if (live && old !== null && !isOwnNetns(old.record.netns)) throw otherNamespace(name, old.record.netns);
  return { name, old, live };
}

/** Says why it may not simply go. */
async function inTheWay({ name, old }: Obstacle, link: LinkState): Promise<UsageError> {
  const wayOut = `use --replace, or \`ncbpf detach ${name}\` first`;
  if (old === null) return new UsageError(`${name} has an attachment already (its record cannot be read): ${wayOut}`);
  const { node } = old.manifest;
  if (name !== link.name)
    return new UsageError(
      `${link.name} was called ${name} when node ${node} was attached to it, and still is: ${wayOut}`,
    );
  const { ifindex } = old.record;
  const other = ifindex === link.ifindex ? undefined : (await listLinks()).find((each) => each.ifindex === ifindex);
  const now = other === undefined ? 'is gone' : `is called ${other.name} now`;
  const which = ifindex === link.ifindex ? '' : `, on an interface that ${now}`;
  return new UsageError(`${name} has an attachment already (node ${node}${which}): ${wayOut}`);
}

/**
 * What has to go before a program can be attached to an interface.
 * @throws UsageError when that is an attachment which acts and which may not be replaced, or one of another network namespace
 */
export async function findObstacles(
  { roots, replace }: { readonly roots: Roots; readonly replace: boolean },
  link: LinkState,
  warnings: string[],
): Promise<Obstacle[]> {
  const found = candidates(roots, link).map((name) => obstacleAt(roots, name, warnings));
  const live = found.find((obstacle) => obstacle.live);
  if (live !== undefined && !replace) throw await inTheWay(live, link);
  return found;
}

/** Removes what stands in the way of an attach to `link`, whose lock is held. */
export async function removeObstacle(
  roots: Roots,
  { name, old, live }: Obstacle,
  link: LinkState,
  warnings: string[],
): Promise<void> {
  if (!live) warnings.push(`removed what an interrupted attach had left on ${name}`);
  if (name === link.name) await removeAttachment(roots, name, old);
  else
    await withLock(roots, name, async () => {
      if (hasTraces(roots, name)) await removeAttachment(roots, name, readRecordForRemoval(roots, name, warnings));
    });
}
