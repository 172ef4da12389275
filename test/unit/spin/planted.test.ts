// Systems with a planted fault: `verify` finds it at the right lines and instant, and lets the mended twin pass.
import { expect, test } from '@jest/globals';
import { plantedFaults } from '../../spin/planted.js';
import { verifyTexts } from '../../support/verify-system.js';

for (const { name, losses, costs = {}, faulty, mended, property, at, lines } of plantedFaults(1, 60)) {
  const options = { losses, costs: [costs] };
  test(`${name}: found, and its twin passes`, () => {
    const found = verifyTexts(faulty, options).verdicts[property];
    expect(found.holds).toBe(false);
    if (at !== null) expect(found.at).toBe(at);
    expect(found.places.map(([file, line]) => `${file}:${line}`)).toEqual(expect.arrayContaining([...lines]));
    const twin = Object.entries(verifyTexts(mended, options).verdicts);
    expect(twin.filter(([, { holds }]) => holds === false)).toEqual([]);
  });
}
