import { describe, expect, test } from '@jest/globals';
import { sharedMedium, type System } from '../../../../schedule/verify/system.js';
import { readSample, sampleNames } from '../../../support/sample.js';
import { failuresOf, verifyAndReplay, verifyTexts } from '../../../support/verify-system.js';

function sampleSystem(name: string): System {
  const nodes = readSample(name).nodes.map(({ file, program, mac, startNs }) => {
    return { file, program, mac, startNs, name: program.node };
  });
  return { nodes, media: [sharedMedium(nodes.length)] };
}

describe('samples fit together', () => {
  test.each(sampleNames())('%s', (name) => {
    expect(failuresOf(verifyAndReplay(sampleSystem(name)))).toEqual({});
  });
});

describe('size', () => {
  test('sixteen nodes in turn', () => {
    const texts = Array.from({ length: 16 }, (_, node) => {
      const before = node * 100 + 10;
      return `channel bus
var v : u16
message m
round:
    wait ${before}us
    create v -> m
    send bus, m
    wait ${1600 - before}us, round
`;
    });
    const answer = verifyTexts(texts);
    expect(failuresOf(answer)).toEqual({});
    // Two instants for each node in a round, and the arrival of no frame counts: nobody listens.
    expect(answer.coverage.states).toBeLessThan(100);
  });

  test('guards that decide about slots of their own', () => {
    const node = (offset: number): string => {
      const slots = Array.from(
        { length: 12 },
        (_, slot) => `    if test_var(v, zero) goto skip${slot}
    send bus, m
skip${slot}:
    wait 300us
`,
      );
      return `channel bus
var v : u8
message m
    create v -> m
    wait ${offset}us
round:
${slots.join('')}    goto round
`;
    };
    const answer = verifyTexts([node(50), node(150), node(250)]);
    expect(failuresOf(answer)).toEqual({});
    // What a slot did is forgotten when its frame has gone: states grow with the slots, not with their combinations.
    expect(answer.coverage.states).toBeLessThan(1000);
  });
});
