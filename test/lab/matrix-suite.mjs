// What the matrix runs in each guest: the one table of what is left out or set, and why.

/** npm packages that the kernel tests need in addition to the project's own dependencies. */
export const PACKAGES = ['jest', '@jest/globals', '@swc/core', '@swc/jest', '@types/node', 'fast-check', 'typescript'];

/**
 * The environment of the tests in a guest.
 * @type {Readonly<Record<string, string>>}
 */
export const ENVIRONMENT = {
  NODE_OPTIONS: '--experimental-vm-modules',
  NODE_NO_WARNINGS: '1',
  // Of each set of programs that are played on the oracle and in the kernel; `npm test` plays them all on the host.
  NCBPF_ORACLE_PROGRAMS: '8',
};

/**
 * The guests' clock counts instructions: a second of a guest has the same work in it whatever else the host does, and
 * what a test waits for takes no time. In real time a test that is right in a second would come too late now and then.
 */
export const VIRTUAL_TIME = true;

/**
 * Tests that no guest runs; `npm test` runs them on the host. `name` is a part of the full name.
 * @type {readonly { file: string, name?: string, why: string }[]}
 */
export const LEFT_OUT = [
  { file: 'torn.test.ts', why: 'what two processors do to one variable: a guest has one' },
  { file: 'variable-space.test.ts', name: 'no torn value', why: 'the same, and millions of reads in user space only' },
  { file: 'queue-space.test.ts', name: 'no value is torn, lost or doubled', why: 'the same, for queues' },
  {
    file: 'bindings.test.ts',
    name: 'right names and types compile',
    why: 'runs the TypeScript compiler, not the kernel',
  },
];

/** The kernel whose guest runs `ON_ONE_KERNEL` too. */
export const ONE_KERNEL = '6.12';

/**
 * Test files for one kernel: they start the command line or compilers again and again, each time for seconds of
 * emulation, and what they ask of the kernel is asked by other files on every kernel. Whoever names a test has it run
 * on any kernel.
 * @type {readonly { file: string, why: string }[]}
 */
export const ON_ONE_KERNEL = [
  {
    file: 'bindings.test.ts',
    why: 'bindings in four languages to one kind of map, which addon.test.ts shares with each kernel',
  },
  { file: 'bytecode.test.ts', why: 'another front end; what it makes is run by the oracle on each kernel' },
  { file: 'cli.test.ts', why: 'what the commands print' },
  {
    file: 'cycles.test.ts',
    why: 'fifty times what replace.test.ts and interfaces.test.ts do a few times on each kernel',
  },
  { file: 'demo.test.ts', why: 'what the command prints; exchange.test.ts has two hosts on each kernel' },
  {
    file: 'kill.test.ts',
    why: 'processes of its own, ten times; replace.test.ts and interfaces.test.ts leave half done attachments',
  },
  { file: 'privileges.test.ts', why: 'the command line as other users' },
  { file: 'queue-space.test.ts', why: 'queues in the memory of one kind of map' },
  { file: 'variable-space.test.ts', why: 'variables in the memory of one kind of map' },
];

/** Processors of a guest: in virtual time they would run one after the other, in turns longer than most waits. */
export const CPUS = 1;

/** Memory of a guest in MiB: the packed files stay in it, and Jest grows with each test file. */
export const MEMORY_MIB = 3000;

/** Bound of one test in the guest's ms where it names none. */
export const TEST_TIMEOUT_MS = 300_000;
