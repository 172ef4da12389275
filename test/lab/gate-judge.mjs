// Runs in a guest: gate-judge.bpf.c at its tracepoint.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const MAPS = '/sys/fs/bpf/judge-maps';
/** The members of the judge's state, in their order. */
const WORDS = {
  period: 0,
  anchor: 1,
  length: 2,
  byteTime: 3,
  ifindex: 4,
  ordinary: 5,
  outside: 6,
  cut: 7,
  latest: 8,
  escaped: 9,
  own: 10,
};
const COUNT = Object.keys(WORDS).length;
const BUCKETS = 4096;

/** Loads the judge and hangs it on its tracepoint. @param {import('../../loader/native.js').Native} native */
export async function loadJudge(native) {
  const load = ['prog', 'loadall', '/in/gate-judge.bpf.o', '/sys/fs/bpf/judge', 'pinmaps', MAPS];
  execFileSync('bpftool', load, { stdio: 'inherit' });
  const hook = spawn('/in/hang-on-tracepoint', ['/sys/fs/bpf/judge/judge', 'net_dev_start_xmit'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(hook.stdout, 'data');
  const map = native.objGet(join(MAPS, readdirSync(MAPS)[0] ?? ''));
  const { buffer } = native.mapMmap(map, 8 * COUNT + 8 * BUCKETS, { writable: true });
  const words = new BigUint64Array(buffer, 0, COUNT);
  const own = new Uint32Array(buffer, 8 * COUNT + 4 * BUCKETS, BUCKETS);
  return {
    /**
     * Forgets what was seen and judges from now on, at 1 Gbit/s.
     * @param {{ ifindex: number, anchor: bigint, period: bigint, length: bigint }} window
     */
    begin({ ifindex, anchor, period, length }) {
      words.fill(0n);
      own.fill(0);
      words[WORDS.anchor] = anchor;
      words[WORDS.length] = length;
      words[WORDS.byteTime] = 8n;
      words[WORDS.ifindex] = BigInt(ifindex);
      words[WORDS.period] = period;
    },
    /** Stops judging; what was seen, in ns. */
    end() {
      words[WORDS.period] = 0n;
      const seen = ['ordinary', 'outside', 'cut', 'latest', 'own'].map((name) => [
        name,
        Number(words[WORDS[/** @type {keyof typeof WORDS} */ (name)]]),
      ]);
      return Object.fromEntries(seen);
    },
    /** When the first frame went outside the window, ns of CLOCK_MONOTONIC; 0n: none. */
    escaped: () => words[WORDS.escaped] ?? 0n,
    /** The program's frames that went from one microsecond after the opening to another. @param {number} from @param {number} to */
    ownBetween: (from, to) => own.slice(from, to).reduce((sum, count) => sum + count, 0),
    stop: () => hook.kill(),
  };
}
