import { defineShard } from '../support/oracle-shard.js';

defineShard(2, 4);
