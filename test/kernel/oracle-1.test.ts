import { defineShard } from '../support/oracle-shard.js';

defineShard(1, 4);
