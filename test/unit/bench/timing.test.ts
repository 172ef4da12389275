// What the timing benchmark says about errors that are given.
import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readCell, type Cell } from '../../bench/timing/cells.js';
import { percentile, sortedErrors, summarize } from '../../bench/timing/errors.js';
import { drawDistributions } from '../../bench/timing/picture.js';
import { reportOf, textOf } from '../../bench/timing/report.js';
import type { Load, Plan, Sender } from '../../bench/timing/senders.js';

const UNSEEN = -0x80000000;

/** 1000 errors: -500 to 499 ns, in another order. */
const THOUSAND = Int32Array.from({ length: 1000 }, (_, i) => ((i * 7) % 1000) - 500);

describe('errors', () => {
  test('percentiles by nearest rank', () => {
    const sorted = sortedErrors(THOUSAND);
    expect([0, 0.5, 0.99, 0.999, 1].map((share) => percentile(sorted, share))).toEqual([-500, -1, 489, 498, 499]);
    expect(percentile(Int32Array.of(7), 0.999)).toBe(7);
  });

  test('the absolute percentile looks at both sides, in us', () => {
    const sorted = sortedErrors(Int32Array.of(-3000, 10, 20, UNSEEN));
    expect(summarize(sorted)).toEqual({ min: -3, p50: 0.01, p99: 0.02, p99_9: 0.02, max: 0.02, abs_p99_9: 3 });
  });

  test('nothing is said of nothing', () => {
    expect(summarize(sortedErrors(Int32Array.of(UNSEEN, UNSEEN)))).toBeUndefined();
  });

  test('frames that were not seen are lost', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ncbpf-cell-'));
    try {
      writeFileSync(join(folder, 'a.i32'), Int32Array.of(5, UNSEEN, 3));
      const line = { sender: 'fq', period: 1000000, load: 'idle', aim: 0, file: 'a.i32', repeated: 0, offGrid: 0 };
      expect(readCell(line, folder)).toMatchObject({ frames: 3, lost: 1, errors: Int32Array.of(3, 5) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function sender(name: string): Sender {
  return { name, kind: 'ncbpf', what: name };
}

function plan(names: readonly string[], loads: readonly Load[] = ['idle']): Plan {
  return { senders: names.map(sender), periods: [200_000], loads, forNs: 1e9, warmUpNs: 1e8, phaseNs: 0 };
}

function cell(name: string, errors: Int32Array, changes: Partial<Cell> = {}): Cell {
  const sorted = sortedErrors(errors);
  const counts = { frames: errors.length, lost: errors.length - sorted.length, repeated: 0, offGrid: 0 };
  const what = { sender: name, period: 200_000, load: 'idle' as const, aim: 0 };
  return { ...what, ...counts, errors: sorted, summary: summarize(sorted), ...changes };
}

function report(...cells: Cell[]): ReturnType<typeof reportOf> {
  return reportOf({ release: '6.12', cells }, '6.12', plan(cells.map(({ sender: name }) => name)));
}

describe('report', () => {
  test('fq is exact when its absolute p99.9 is at most 0.25 us and no frame is lost', () => {
    const [good, late] = [Int32Array.of(-250, 250), Int32Array.of(0, 251)];
    const verdict = (one: Cell): unknown => report(one)['transmit_error_us.fq']?.met;
    expect(verdict(cell('fq', good))).toBe(true);
    expect(verdict(cell('fq', late))).toBe(false);
    expect(verdict(cell('fq', Int32Array.of(0, UNSEEN)))).toBe(false);
    expect(verdict(cell('fq', good, { repeated: 1 }))).toBe(false);
    expect(verdict(cell('fq', good, { offGrid: 1 }))).toBe(false);
    expect(verdict(cell('fq', Int32Array.of(UNSEEN)))).toBe(false);
  });

  test('the target of fq does not speak of 100 us', () => {
    expect(report(cell('fq', Int32Array.of(0), { period: 100_000 }))['transmit_error_us.fq']).toBeUndefined();
  });

  test('thread must be as good as the sleeping peer, load by load', () => {
    const verdict = (...cells: Cell[]): unknown => report(...cells)['transmit_error_us.thread']?.met;
    const [quick, slow] = [Int32Array.of(5000), Int32Array.of(9000)];
    expect(verdict(cell('thread', quick), cell('packet_sleep', slow))).toBe(true);
    expect(verdict(cell('thread', slow), cell('packet_sleep', quick))).toBe(false);
    const flooded = cell('packet_sleep', quick, { load: 'flood' });
    expect(verdict(cell('thread', slow), cell('packet_sleep', slow), flooded)).toBe(true);
  });

  test('other settings are variants, others are peers', () => {
    const names = ['fq', 'fq_no_spin', 'thread', 'packet_spin'];
    const figure = report(...names.map((name) => cell(name, Int32Array.of(100))))['transmit_error_us.fq'];
    expect(Object.keys(figure?.variants ?? {})).toEqual(['fq_no_spin']);
    expect(Object.keys(figure?.peer ?? {})).toEqual(['packet_spin']);
    expect(figure).toMatchObject({
      value: 0.1,
      unit: 'us',
      cells: [{ period_us: 200, load: 'idle', p50: 0.1, lost: 0 }],
    });
  });

  test('as text: a row for each cell, losses and verdict', () => {
    const cells = [cell('fq', Int32Array.of(120, UNSEEN)), cell('taprio', Int32Array.of(UNSEEN))];
    const recording = { release: '6.12', cells };
    const text = textOf(recording, report(...cells), plan(['fq', 'taprio']));
    expect(text).toContain('period 200 us, idle');
    expect(text).toMatch(/fq +0\.12 +0\.12 +0\.12 +0\.12 +0\.12 +1 of 2/);
    expect(text).toMatch(/taprio +- +- +- +- +- +1 of 1/);
    expect(text).toContain('transmit_error_us.fq: 0.12');
    expect(text).toContain('NOT MET');
  });
});

describe('picture', () => {
  const cells = [cell('fq', THOUSAND), cell('packet_spin', Int32Array.of(UNSEEN, 2_000_000_000))];

  test('is well formed and names everything', () => {
    const svg = drawDistributions({ release: 'a<b', cells }, plan(['fq', 'packet_spin']));
    for (const word of ['fq', 'packet_spin', '200 us, idle', '1 of 2 lost', 'a&lt;b']) expect(svg).toContain(word);
    const opened = [...svg.matchAll(/<(\w+)[^>]*[^/]>/g)].map(([, name]) => name);
    const closed = [...svg.matchAll(/<\/(\w+)>/g)].map(([, name]) => name);
    expect([...opened].sort()).toEqual([...closed].sort());
    expect(svg).not.toContain('NaN');
  });

  test('the same cells, the same bytes', () => {
    const draw = (): string => drawDistributions({ release: '6.12', cells }, plan(['fq', 'packet_spin']));
    expect(draw()).toBe(draw());
  });
});
