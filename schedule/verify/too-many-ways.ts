/** There are more ways through one instant than memory has room for. */
export class TooManyWaysError extends Error {
  override readonly name = 'TooManyWaysError';

  constructor() {
    super('there are too many ways through one instant');
  }
}
