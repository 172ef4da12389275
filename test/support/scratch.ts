import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { native } from '../../loader/native.js';

/** Runs a tool and returns what it printed; its error output is in the thrown error. */
export function run(tool: string, ...args: string[]): string {
  return execFileSync(tool, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** What a test makes on the machine, undone in reverse order by `cleanUp`, whatever has failed meanwhile. */
export class Scratch {
  readonly #undo: (() => void)[] = [];

  /** Calls `undo` at the end. */
  onCleanUp(undo: () => void): void {
    this.#undo.push(undo);
  }

  /** Calls `close` of a handle at the end, and returns the handle. */
  keep<Handle extends { close(): void }>(handle: Handle): Handle {
    this.onCleanUp(() => {
      handle.close();
    });
    return handle;
  }

  /** A fresh folder. */
  folder(): string {
    const path = mkdtempSync(join(tmpdir(), 'ncbpf-test-'));
    this.onCleanUp(() => {
      rmSync(path, { recursive: true, force: true });
    });
    return path;
  }

  /** A fresh BPF file system, apart from the one of the machine. */
  bpffs(): string {
    const path = this.folder();
    run('mount', '-t', 'bpf', 'ncbpf-test', path);
    this.onCleanUp(() => run('umount', path));
    return path;
  }

  /** A fresh network namespace; returns its path. */
  namespace(): string {
    const name = `ncbpf-test-${randomBytes(5).toString('hex')}`;
    run('ip', 'netns', 'add', name);
    this.onCleanUp(() => run('ip', 'netns', 'delete', name));
    return `/run/netns/${name}`;
  }

  /** Moves this thread into a namespace until the end. */
  enter(namespacePath: string): void {
    const home = native().openFd('/proc/thread-self/ns/net');
    this.onCleanUp(() => {
      native().setNetns(home);
      native().closeFd(home);
    });
    native().setNetns(namespacePath);
  }

  /**
   * Enters a fresh namespace with a veth pair that is up and silent, and returns the indexes of its ends, `va` and `vb`.
   */
  vethPair(): { a: number; b: number } {
    this.enter(this.namespace());
    return this.anotherPair('v');
  }

  /** Such a pair in the namespace of this thread, `va` and `vb` if the prefix is `v`; it goes with the namespace. */
  anotherPair(prefix: string): { a: number; b: number } {
    const [a, b] = [`${prefix}a`, `${prefix}b`];
    run('ip', 'link', 'add', a, 'type', 'veth', 'peer', 'name', b);
    for (const name of [a, b]) {
      // By the kernel's table of this thread's namespace; without it neighbour discovery adds frames of its own.
      const ipv6 = `/proc/sys/net/ipv6/conf/${name}/disable_ipv6`;
      if (existsSync(ipv6)) writeFileSync(ipv6, '1');
      run('ip', 'link', 'set', name, 'up');
    }
    return { a: interfaceIndex(a), b: interfaceIndex(b) };
  }

  /** Undoes everything, also after an error; throws the first one. */
  cleanUp(): void {
    const errors: unknown[] = [];
    for (const undo of this.#undo.splice(0).reverse()) {
      try {
        undo();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** The index of an interface that must be there. */
export function interfaceIndex(name: string): number {
  const index = native().interfaceIndex(name);
  if (index === null) throw new Error(`no interface ${name}`);
  return index;
}

/** What this process has open, without the descriptor that looks. */
export function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [`${fd} ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return [];
    }
  });
}
