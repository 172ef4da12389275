// Tests what the matrix adds to the lab, without a guest: `node --test test/lab/matrix-test.mjs`.
import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath, URL } from 'node:url';
import { hostCompilers } from './compilers.mjs';
import { KERNELS } from './kernels.mjs';
import { parseMatrixOptions } from './matrix-options.mjs';
import { judge, summaryTable, totals } from './matrix-results.mjs';
import { LEFT_OUT, ON_ONE_KERNEL, ONE_KERNEL } from './matrix-suite.mjs';
import { MessageStream, parseRequest, writeAnswer } from './tool-messages.mjs';
import { ToolServer } from './tool-server.mjs';

const MATRIX = fileURLToPath(new URL('matrix.mjs', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'lab-matrix-test-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

describe('bad input gets one sentence and status 3', () => {
  const mirror = { XDG_CACHE_HOME: join(scratch, 'cache'), NCBPF_LAB_MIRROR: 'http://127.0.0.1:9/debian' };
  /** @type {[string, string[], Record<string, string>, RegExp][]} */
  const cases = [
    ['unknown kernel', ['--kernel', '9.9'], {}, /unknown kernel 9\.9; known are 6\.1, /],
    ['no value', ['--kernel'], {}, /--kernel needs a value/],
    ['unknown option', ['--fast'], {}, /unknown option --fast/],
    ['bad number', ['--jobs', '0'], {}, /--jobs 0 is not a whole number from 1 to 16/],
    ['no QEMU', [], { PATH: '' }, /qemu-system-x86_64.* not found: run test\/lab\/setup\.sh/],
    ['no network for kernels', [], mirror, /could not fetch/],
  ];
  /** @param {string[]} command @param {Record<string, string>} env */
  const run = ([program = '', ...args], env) => {
    const { status, stderr } = spawnSync(program, args, { env: { ...process.env, ...env } });
    return { status, lines: String(stderr).trimEnd().split('\n') };
  };
  for (const [name, args, env, sentence] of cases) {
    test(name, () => {
      const { status, lines } = run([process.execPath, MATRIX, ...args], env);
      const said = lines.filter((line) => !line.startsWith('lab: looking'));
      assert.deepEqual([status, said.length], [3, 1], lines.join('\n'));
      assert.match(said[0] ?? '', sentence);
    });
  }

  test('no space', { skip: process.getuid?.() === 0 ? false : 'mounting a small file system needs root' }, () => {
    const small = mkdtempSync(join(scratch, 'small-'));
    const script = 'mount -t tmpfs -o size=8m none "$1" && shift && exec "$@"';
    const words = ['unshare', '-m', 'sh', '-c', script, 'sh', small, process.execPath, MATRIX];
    const { status, lines } = run(words, { XDG_CACHE_HOME: small });
    assert.equal(status, 3, lines.join('\n'));
    assert.match(lines[0] ?? '', /^lab: no space in .*: \d+ MiB free, \d+ needed\.$/);
  });
});

test('without --kernel all kernels of the table are meant', () => {
  const options = parseMatrixOptions(['oracle', '--jobs=1', 'gate']);
  assert.ok(typeof options === 'object');
  assert.deepEqual(options.kernels, Object.keys(KERNELS));
  assert.deepEqual([options.tests, options.jobs], [['oracle', 'gate'], 1]);
  const one = parseMatrixOptions(['--kernel', '6.1', '--kernel=6.1']);
  assert.deepEqual(typeof one === 'object' && one.kernels, ['6.1']);
});

test('what is left out is there', () => {
  const folder = fileURLToPath(new URL('../kernel', import.meta.url));
  for (const { file, name = '' } of [...LEFT_OUT, ...ON_ONE_KERNEL.map(({ file }) => ({ file }))])
    assert.ok(readFileSync(join(folder, file), 'utf8').includes(name), name);
  assert.ok(Object.hasOwn(KERNELS, ONE_KERNEL));
});

describe('a report', () => {
  /** @param {string} fullName @param {string} status @param {string[]} failureMessages */
  const result = (fullName, status, failureMessages = []) => ({ fullName, status, failureMessages });
  /** @param {import('./matrix-results.mjs').JestFile['assertionResults']} assertionResults */
  const file = (...assertionResults) => ({
    name: '/project/test/kernel/a.test.ts',
    status: /** @type {const} */ ('passed'),
    message: '',
    assertionResults,
  });

  test('counts, and names what failed', () => {
    const tests = [result('good', 'passed'), result('bad', 'failed', ['because']), result('fine', 'passed')];
    const judged = judge({ testResults: [file(...tests)] }, []);
    assert.deepEqual(judged, { passed: 2, failures: ['test/kernel/a.test.ts: bad\nbecause'], skipped: new Map() });
  });

  test('takes a file that could not be loaded for a failure', () => {
    const broken = { ...file(), status: /** @type {const} */ ('failed'), message: 'no such module' };
    assert.deepEqual(judge({ testResults: [broken] }, []).failures, ['test/kernel/a.test.ts: no such module']);
  });

  test('takes a skip for one only if the kernel lacks the feature', () => {
    const skipped = result('gate (skipped: the kernel lacks bpf-qdisc)', 'pending');
    const testResults = [file(skipped, skipped)];
    assert.deepEqual(judge({ testResults }, ['tcx', 'bpf-qdisc']).skipped, new Map([['bpf-qdisc', 2]]));
    assert.deepEqual(judge({ testResults }, ['tcx', 'bpf-qdisc']).failures, []);
    assert.equal(judge({ testResults }, ['tcx']).failures.length, 2);
    const pending = [file(result('torn and shut', 'pending'))];
    assert.equal(judge({ testResults: pending }, ['tcx']).failures.length, 1);
    assert.deepEqual(judge({ testResults: pending }, [], [{ file: 'a.test.ts', name: 'torn' }]).failures, []);
    assert.equal(judge({ testResults: pending }, [], [{ file: 'b.test.ts', name: 'torn' }]).failures.length, 1);
  });

  test('becomes a line of the table', () => {
    const line = { kernel: '6.1', release: '6.1.0', passed: 12, failures: ['x'], skipped: new Map(), seconds: 99.6 };
    assert.equal(
      summaryTable([
        { ...line, skipped: new Map([['tcx', 2]]) },
        { ...line, kernel: '7.2-rt' },
      ]),
      'kernel  release  passed  failed  skipped     seconds\n' +
        '6.1     6.1.0    12      1       2 (tcx: 2)  100\n' +
        '7.2-rt  6.1.0    12      1       0           100\n',
    );
    assert.equal(totals([{ ...line, skipped: new Map([['tcx', 2]]) }, line]), '24 passed, 2 failed, 2 skipped');
  });
});

describe('compilers for guests', () => {
  const clang = [...hostCompilers().keys()].find((name) => name.startsWith('clang')) ?? 'clang';
  const made = mkdtempSync(join(scratch, 'made-'));
  const server = () => new ToolServer(scratch, [clang], made);
  /** @param {string} folder @param {string} source @param {string} [name] */
  const request = (folder, source, name = clang) => ({
    id: 7,
    folder,
    words: [name, '-target', 'bpf', '-c', 'a.c', '-o', `${folder}/a.o`],
    files: new Map([[`${folder}/a.c`, { mode: 0o644, content: Buffer.from(source) }]]),
  });
  const SOURCE = '#include "a.h"\nint f(void) { return A; }\n';

  test('run once for the same input, from whichever folder, and leave nothing', async () => {
    const tools = server();
    const first = await tools.answer(request('/tmp/ncbpf-aB3dE6', 'int f(void) { return 1; }\n'));
    const again = await tools.answer(request('/tmp/ncbpf-zzzzzz', 'int f(void) { return 1; }\n'));
    const other = await tools.answer(request('/tmp/ncbpf-zzzzzz', 'int f(void) { return 2; }\n'));
    assert.deepEqual([first.status, again.status, other.status], [0, 0, 0], first.stderr);
    assert.deepEqual([...first.files.keys()], ['/tmp/ncbpf-aB3dE6/a.o']);
    assert.deepEqual([...again.files.keys()], ['/tmp/ncbpf-zzzzzz/a.o']);
    const objects = [first, again, other].map(({ files }) => [...files.values()][0]?.content ?? Buffer.alloc(0));
    assert.deepEqual(objects[1], objects[0]);
    assert.notDeepEqual(objects[2], objects[0]);
    assert.deepEqual(tools.counts, { requests: 3, runs: 2 });
    assert.deepEqual(readdirSync(made), []);
  });

  test('read what the guest has in /project from the project', async () => {
    const wanted = request('/tmp/ncbpf-aB3dE6', SOURCE);
    assert.notEqual((await server().answer(wanted)).status, 0);
    writeFileSync(join(scratch, 'a.h'), '#define A 3\n');
    assert.equal((await server().answer({ ...wanted, words: [...wanted.words, '-I/project'] })).status, 0);
  });

  test('say what is wrong, by the name of the guest', async () => {
    const { status, stderr, files } = await server().answer(request('/tmp/x', 'int f(void) { return a; }\n'));
    assert.deepEqual([status, files.size], [1, 0]);
    assert.match(stderr, /^a\.c:1:22: error: /);
  });

  test('are the only programs that a guest can run', async () => {
    const { status, stderr } = await server().answer(request('/tmp/x', '', 'sh'));
    assert.deepEqual([status, stderr], [126, 'lab: sh is not among the programs that the host runs for guests\n']);
  });
});

test('messages, however they are cut up', () => {
  const answer = {
    status: 1,
    stdout: 'ü',
    stderr: '',
    files: new Map([['/a', { mode: 0o755, content: Buffer.of(0) }]]),
  };
  const bytes = writeAnswer(3, answer);
  const twice = Buffer.concat([bytes, bytes]);
  for (let size = 1; size <= twice.length; size++) {
    /** @type {Buffer[]} */
    const passed = [];
    const stream = new MessageStream((message) => passed.push(message));
    for (let i = 0; i < twice.length; i += size) stream.push(twice.subarray(i, i + size));
    assert.deepEqual(passed, [bytes.subarray(4), bytes.subarray(4)], `pieces of ${String(size)}`);
  }
});

test('a request is read as remote-tool.c writes it', () => {
  /** @param {string} text */
  const field = (text) => [text.length, 0, 0, 0, ...Buffer.from(text)];
  const words = [2, 0, 0, 0, ...field('clang'), ...field('-c')];
  const files = [1, 0, 0, 0, ...field('/tmp/a.c'), 0xa4, 1, 0, 0, ...field('int a;')];
  assert.deepEqual(parseRequest(Buffer.from([5, 0, 0, 0, ...field('/tmp'), ...words, ...files])), {
    id: 5,
    folder: '/tmp',
    words: ['clang', '-c'],
    files: new Map([['/tmp/a.c', { mode: 0o644, content: Buffer.from('int a;') }]]),
  });
});
