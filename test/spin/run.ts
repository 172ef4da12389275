// SPIN beside `verify`: npm run test:spin
// All systems with models written by hand. A difference is printed, and the exit status is then 1.
import { handWritten } from './models.js';
import { searchModel, spinMissing, type SpinVerdict } from './spin.js';
import { verifyTexts } from '../support/verify-system.js';

const missing = spinMissing();
if (missing !== undefined) {
  process.stderr.write(`${missing}\n`);
  process.exit(3);
}

function say({ collision, stuck }: SpinVerdict): string {
  return `collision ${collision ? 'holds' : 'fails'}, stuck ${stuck ? 'holds' : 'fails'}`;
}

let differences = 0;

function compare(name: string, ours: SpinVerdict, theirs: SpinVerdict, more: string): void {
  if (say(ours) === say(theirs)) return;
  differences += 1;
  process.stdout.write(`${name}: verify: ${say(ours)}; SPIN: ${say(theirs)}\n${more}`);
}

function judge(texts: readonly string[], losses: number): SpinVerdict {
  const { collision, stuck } = verifyTexts(texts, { properties: ['collision', 'stuck'], losses }).verdicts;
  return { collision: collision.holds === true, stuck: stuck.holds === true };
}

const models = handWritten();
for (const { name, texts, losses, model } of models) compare(name, judge(texts, losses), searchModel(model), '');
process.stdout.write(`${models.length} models written by hand: ${differences} differences\n`);
process.exit(differences === 0 ? 0 : 1);
