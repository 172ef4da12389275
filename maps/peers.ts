// nc_peers and nc_senders: which source MAC may send on which channel (struct nc_peer in bpf/nc_abi.h).
import type { Manifest } from './manifest.js';

export const PEER_KEY_SIZE = 8;
export const PEER_VALUE_SIZE = 88;
const FLAG_ALLOWED = 1;
const NO_CHANNEL = 0xffff;
const OFFSETS = { from: 0, backup: 32, first: 64, lowest: 80, flags: 82, lowestFrom: 84 } as const;

interface Peer {
  readonly from: Set<number>;
  readonly backup: Set<number>;
  allowed: boolean;
}

function collectPeers(manifest: Manifest): Map<string, Peer> {
  const peers = new Map<string, Peer>();
  const peer = (mac: string): Peer => {
    const known = peers.get(mac) ?? { from: new Set(), backup: new Set(), allowed: false };
    peers.set(mac, known);
    return known;
  };
  manifest.channels.forEach((channel, index) => {
    for (const mac of channel.from) peer(mac).from.add(index);
    if (channel.backup !== null) peer(channel.backup).backup.add(index);
  });
  for (const mac of manifest.allow) peer(mac).allowed = true;
  return peers;
}

function encodeKey(mac: string): Uint8Array {
  const key = new Uint8Array(PEER_KEY_SIZE);
  key.set(mac.split(':').map((part) => parseInt(part, 16)));
  return key;
}

function mask(channels: Iterable<number>): bigint[] {
  const words = [0n, 0n, 0n, 0n];
  for (const channel of channels) words[channel >> 6]! |= 1n << BigInt(channel & 63);
  return words;
}

/** The value of one peer; its pairs in nc_senders begin at `firstPair`, in ascending order of channels. */
function encodePeer(peer: Peer, firstPair: number): { value: Uint8Array; pairs: number } {
  const value = new Uint8Array(PEER_VALUE_SIZE);
  const view = new DataView(value.buffer);
  const channels = [...new Set([...peer.from, ...peer.backup])].sort((a, b) => a - b);
  mask(peer.from).forEach((word, i) => view.setBigUint64(OFFSETS.from + 8 * i, word, true));
  mask(peer.backup).forEach((word, i) => view.setBigUint64(OFFSETS.backup + 8 * i, word, true));
  for (let word = 0; word < 4; word++) {
    const before = channels.filter((channel) => channel >> 6 < word).length;
    view.setUint32(OFFSETS.first + 4 * word, firstPair + before, true);
  }
  view.setUint16(OFFSETS.lowest, channels[0] ?? NO_CHANNEL, true);
  view.setUint16(OFFSETS.lowestFrom, channels.find((channel) => peer.from.has(channel)) ?? NO_CHANNEL, true);
  view.setUint16(OFFSETS.flags, peer.allowed ? FLAG_ALLOWED : 0, true);
  return { value, pairs: channels.length };
}

/** All peers of a program, ready for a batch update: keys and values one behind the other. */
export function encodePeers(manifest: Manifest): { keys: Uint8Array; values: Uint8Array; count: number } {
  const peers = [...collectPeers(manifest)];
  const keys = new Uint8Array(peers.length * PEER_KEY_SIZE);
  const values = new Uint8Array(peers.length * PEER_VALUE_SIZE);
  let pair = 0;
  peers.forEach(([mac, peer], index) => {
    const { value, pairs } = encodePeer(peer, pair);
    keys.set(encodeKey(mac), index * PEER_KEY_SIZE);
    values.set(value, index * PEER_VALUE_SIZE);
    pair += pairs;
  });
  return { keys, values, count: peers.length };
}
