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

/** Processors of a guest: in virtual time they would run one after the other, in turns longer than most waits. */
export const CPUS = 1;

/** Memory of a guest in MiB: the packed files stay in it, and Jest grows with each test file. */
export const MEMORY_MIB = 3000;

/** Bound of one test in the guest's ms where it names none. */
export const TEST_TIMEOUT_MS = 300_000;
