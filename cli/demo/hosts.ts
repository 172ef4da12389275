// Two hosts on this machine: network namespaces, joined by a veth pair, with pins and records of their own.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand, type CommandLine } from '../../loader/commands.js';
import { PermissionError } from '../../loader/errors.js';
import { native } from '../../loader/native.js';
import type { Roots } from '../../loader/roots.js';
import { MACS, SIDES, type Side } from './programs.js';

/** Name of the interface on both hosts. */
export const INTERFACE = 'eth0';

function requireRoot(): void {
  if (native().capabilities().includes('CAP_SYS_ADMIN')) return;
  throw new PermissionError('the demo makes network namespaces and mounts a file system for its pins: run it as root');
}

/** The hosts. Everything made is undone by `close`, also after an error half-way. */
export class Hosts {
  readonly #undo: (() => Promise<unknown>)[] = [];
  readonly #names: Readonly<Record<Side, string>>;
  #folder = '';

  private constructor() {
    const id = randomBytes(4).toString('hex');
    this.#names = { left: `ncbpf-demo-${id}-left`, right: `ncbpf-demo-${id}-right` };
  }

  /**
   * Makes the hosts.
   * @throws PermissionError, CommandError
   */
  static async create(): Promise<Hosts> {
    requireRoot();
    const hosts = new Hosts();
    try {
      await hosts.#make();
      return hosts;
    } catch (error) {
      await hosts.close();
      throw error;
    }
  }

  /** Where a host keeps its pins and records. */
  roots(side: Side): Roots {
    return { pins: join(this.#folder, 'bpf', side), run: join(this.#folder, side) };
  }

  /** Does something in the network namespace of a host. One at a time: the namespace is that of the calling thread. */
  async inside<T>(side: Side, work: () => Promise<T>): Promise<T> {
    const home = native().openFd('/proc/thread-self/ns/net');
    try {
      native().setNetns(`/run/netns/${this.#names[side]}`);
      return await work();
    } finally {
      native().setNetns(home);
      native().closeFd(home);
    }
  }

  /** Calls `undo` before anything made earlier is removed. */
  onClose(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  /** Removes everything, whatever fails; what failed is tried once more. Throws the error of a second failure at the end. */
  async close(): Promise<void> {
    const errors: unknown[] = [];
    for (const undo of this.#undo.splice(0).reverse()) {
      // A signal from the terminal ends the commands that run here as well: hence the second try.
      await undo()
        .catch(undo)
        .catch((error: unknown) => errors.push(error));
    }
    if (errors.length > 0) throw errors[0];
  }

  async #make(): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'ncbpf-demo-'));
    this.#folder = folder;
    this.onClose(() => Promise.resolve(rmSync(folder, { recursive: true, force: true })));
    const pins = join(folder, 'bpf');
    mkdirSync(pins);
    await this.#step(['mount', '-t', 'bpf', 'ncbpf-demo', pins], ['umount', pins]);
    for (const side of SIDES) {
      const name = this.#names[side];
      await this.#step(['ip', 'netns', 'add', name], ['ip', 'netns', 'delete', name]);
    }
    const { left, right } = this.#names;
    const peer = ['peer', 'name', INTERFACE, 'address', MACS.right, 'netns', right];
    await runCommand('ip', ['-n', left, 'link', 'add', INTERFACE, 'address', MACS.left, 'type', 'veth', ...peer]);
    for (const side of SIDES) await runCommand('ip', ['-n', this.#names[side], 'link', 'set', INTERFACE, 'up']);
  }

  async #step([command, ...args]: CommandLine, [undo, ...undoArgs]: CommandLine): Promise<void> {
    await runCommand(command, args);
    this.onClose(() => runCommand(undo, undoArgs));
  }
}
