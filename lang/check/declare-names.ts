// Names: each is declared once, is none of the reserved ones and not too long; labels share the namespace.
import { labelWithoutInstruction } from '../mistakes/flow.js';
import { nameTooLong } from '../mistakes/limits.js';
import { duplicateLabel, duplicateName, reservedName } from '../mistakes/names.js';
import type { Declaration, LabelNode, Word } from '../tree.js';
import { C_KEYWORDS } from '../vocabulary.js';
import type { Checking, DeclaredName } from './checking.js';
import { declarationsOf, UNKNOWN } from './checking.js';

const LONGEST_NAME = 63;

/** Refuses bad and duplicate names of declared things. */
export function declareNames(c: Checking): void {
  for (const { name } of declarationsOf(c.tree, 'node')) checkForm(c, name);
  for (const declaration of c.tree.declarations) {
    if (isNamed(declaration)) declareName(c, declaration);
  }
}

function isNamed(declaration: Declaration): declaration is DeclaredName['declaration'] {
  return 'name' in declaration && declaration.kind !== 'node';
}

function declareName(c: Checking, declaration: DeclaredName['declaration']): void {
  const { kind, name: word } = declaration;
  checkForm(c, word);
  const earlier = c.names.get(word.name);
  if (earlier) c.report.add(duplicateName(word.span, word.name, earlier.word.span));
  else c.names.set(word.name, { kind, word, declaration, id: UNKNOWN, type: null });
}

/** C keywords and the prefixes of the runtime are refused because names become members of C structs. */
function checkForm(c: Checking, { name, span }: Word): void {
  if (name.length > LONGEST_NAME) c.report.add(nameTooLong(span, name, LONGEST_NAME));
  else if (name === 'none') c.report.add(reservedName(span, name, '`none` stands for no label'));
  else if (name.startsWith('nc_')) c.report.add(reservedName(span, name, '`nc_` begins the names of the runtime'));
  else if (name.startsWith('__')) c.report.add(reservedName(span, name, '`__` begins the names of the C compiler'));
  else if (C_KEYWORDS.has(name)) c.report.add(reservedName(span, name, 'it is a keyword of C'));
}

/** Refuses bad and duplicate labels, and labels that name no instruction. */
export function declareLabels(c: Checking): void {
  c.tree.instructions.forEach((instruction, target) => {
    for (const label of instruction.labels) declareLabel(c, label, target);
  });
  const mistakesBefore = c.report.errors.length;
  for (const label of c.tree.danglingLabels) declareLabel(c, label, UNKNOWN);
  if (c.report.errors.length > mistakesBefore || c.tree.instructions.length === 0) return;
  for (const label of c.tree.danglingLabels) c.report.add(labelWithoutInstruction(label.span, label.name));
}

function declareLabel(c: Checking, label: LabelNode, target: number): void {
  const { name, span } = label;
  checkForm(c, label);
  const named = c.names.get(name);
  const earlier = c.labels.get(name);
  if (named) c.report.add(duplicateName(span, name, named.word.span));
  else if (earlier) c.report.add(duplicateLabel(span, name, earlier.span));
  else c.labels.set(name, { target, span });
}
