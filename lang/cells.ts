// How characters look on a terminal: how wide they are, and what stands for those that must not reach it.

const NARROW = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]$/u;
/** Controls but the tab, and the marks that change the direction of text. */
const DANGEROUS = /(?!\t)[\p{Cc}\p{Bidi_Control}]/gu;

/** The number of terminal cells of a character: 0, 1 or 2. A tab counts 1. */
export function cellsOf(character: string): number {
  if (NARROW.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Text of a user that cannot do anything to a terminal but be read. */
export function visible(text: string): string {
  return text.replace(DANGEROUS, '\ufffd');
}
