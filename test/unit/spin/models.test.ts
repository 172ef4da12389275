// Verdicts of `verify` and of SPIN on models written by hand. SPIN searches a few here, all of them in `npm run test:spin`.
import { expect, test } from '@jest/globals';
import { handWritten } from '../../spin/models.js';
import { searchModel, spinMissing } from '../../spin/spin.js';
import { testUnless } from '../../support/skip.js';
import { verifyTexts } from '../../support/verify-system.js';

const systems = handWritten();

test('there are at least 20, good and bad', () => {
  const good = systems.filter(({ expected }) => expected.collision && expected.stuck).length;
  expect(systems.length).toBeGreaterThanOrEqual(20);
  expect(good).toBeGreaterThanOrEqual(8);
  expect(systems.length - good).toBeGreaterThanOrEqual(8);
});

for (const { name, texts, expected, losses } of systems) {
  test(`verify: ${name}`, () => {
    const { verdicts } = verifyTexts(texts, { properties: ['collision', 'stuck'], losses });
    expect({ collision: verdicts.collision.holds, stuck: verdicts.stuck.holds }).toEqual(expected);
  });
}

const SEARCHED = ['slots-overlap', 'loss-slips'];

for (const { name, model, expected } of systems.filter((each) => SEARCHED.includes(each.name))) {
  testUnless(spinMissing())(`spin: ${name}`, () => {
    expect(searchModel(model)).toEqual(expected);
  });
}
