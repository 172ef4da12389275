// The one table of kernels. To add a kernel, add a line.

/**
 * A kernel that a guest can boot.
 * @typedef {object} Kernel
 * @property {string} version upstream version, major.minor; when its suites have no such kernel, the nearest newer one is taken
 * @property {'cloud' | 'rt'} flavour Debian's flavour: the small one for virtual machines, or PREEMPT_RT
 * @property {readonly string[]} suites Debian suites that are searched; the newest package of the version wins
 * @property {readonly string[]} lacks features that this kernel does not have: the only ones for which a test may skip in it
 */

/** @type {Readonly<Record<string, Kernel>>} */
export const KERNELS = {
  6.1: { version: '6.1', flavour: 'cloud', suites: ['bookworm', 'bookworm-security'], lacks: ['tcx', 'bpf-qdisc'] },
  6.12: {
    version: '6.12',
    flavour: 'cloud',
    suites: ['bookworm-backports', 'bookworm-security'],
    lacks: ['bpf-qdisc'],
  },
  '6.12-rt': {
    version: '6.12',
    flavour: 'rt',
    suites: ['bookworm-backports', 'bookworm-security'],
    lacks: ['bpf-qdisc'],
  },
  7.2: { version: '7.2', flavour: 'cloud', suites: ['forky'], lacks: [] },
  '7.2-rt': { version: '7.2', flavour: 'rt', suites: ['forky'], lacks: [] },
};

/**
 * Modules that every guest has, with what they depend on; one that is part of the kernel image needs no loading.
 * The first two carry the guest's output to the host.
 * @type {readonly string[]}
 */
export const MODULES = [
  'virtio_pci',
  'virtio_console',
  'af_packet',
  'veth',
  'dummy',
  'bridge',
  '8021q',
  'macvlan',
  'tun',
  'sch_ingress',
  'cls_bpf',
  'sch_fq',
  'sch_etf',
  'sch_taprio',
  'sch_mqprio',
  'sch_tbf',
  'sch_netem',
  'tun',
];
