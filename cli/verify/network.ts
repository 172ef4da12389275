// The network of a system: a JSON file with addresses, starts, links or a switch.
import { z } from 'zod';
import type { Medium } from '../../schedule/verify/system.js';
import { DEFAULT_RATE } from '../../schedule/verify/system.js';
import { UsageError } from '../../loader/errors.js';
import { parseDuration } from '../duration.js';
import { mistakeAt, parseJsonFile } from '../json-file.js';
import { parseRate } from '../rate.js';

const MAC = /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i;

const wireShape = {
  /** Like `100mbit`. */
  rate: z.string().optional(),
  /** Like `500ns`. */
  propagation: z.string().optional(),
};

const schema = z.strictObject({
  ...wireShape,
  nodes: z
    .record(
      z.string(),
      z.strictObject({
        file: z.string().optional(),
        mac: z.string().regex(MAC, 'is no address like 02:00:00:00:00:01').optional(),
        start: z.string().optional(),
      }),
    )
    .optional(),
  links: z.array(z.strictObject({ nodes: z.array(z.string()).min(2), ...wireShape })).optional(),
  switch: z.strictObject({ latency: z.string().optional() }).optional(),
});

/** A network file. */
export type Network = z.infer<typeof schema>;

/**
 * Reads the text of a network file; `file` names it in messages.
 * @throws UsageError
 */
export function readNetwork(file: string, text: string): Network {
  const result = schema.safeParse(parseJsonFile(file, text, 'write it as docs/verify.md shows'));
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw mistakeAt(file, text, path, `${path.join('.') || 'the file'}: ${message}`);
}

/** A duration of a network file, which may be 0. */
export function networkDuration(text: string | undefined, what: string): bigint {
  return text === undefined || /^0([a-z]+)?$/.test(text) ? 0n : parseDuration(text, what);
}

/**
 * The media of a network, for nodes with these names in this order.
 * @throws UsageError
 */
export function mediaOf(network: Network, names: readonly string[], rate: number | null): Medium[] {
  const standard = rate ?? parseRate(network.rate) ?? DEFAULT_RATE;
  const propagationNs = networkDuration(network.propagation, 'propagation');
  const links = (network.links ?? []).map((link): Medium => {
    return {
      nodes: link.nodes.map((name) => indexOf(names, name)),
      rateBitsPerSecond: parseRate(link.rate) ?? standard,
      propagationNs: link.propagation === undefined ? propagationNs : networkDuration(link.propagation, 'propagation'),
      switchNs: null,
    };
  });
  const linked = links.flatMap(({ nodes }) => nodes);
  const twice = linked.find((node, index) => linked.indexOf(node) !== index);
  if (twice !== undefined)
    throw new UsageError(`the node ${names[twice] ?? ''} is on two links: a node has one interface`);
  const others = names.map((_, index) => index).filter((index) => !linked.includes(index));
  const switchNs = network.switch === undefined ? null : networkDuration(network.switch.latency, 'latency');
  const rest: Medium = { nodes: others, rateBitsPerSecond: standard, propagationNs, switchNs };
  return others.length === 0 ? links : [...links, rest];
}

function indexOf(names: readonly string[], name: string): number {
  const index = names.indexOf(name);
  if (index < 0) throw new UsageError(`the network names a node ${name}, but the nodes are ${names.join(', ')}`);
  return index;
}
