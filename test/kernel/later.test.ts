import { defineShard } from '../support/oracle-shard.js';

defineShard(0, 1, 'oracle-later');
