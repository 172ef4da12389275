import { defineShard } from '../support/oracle-shard.js';

defineShard(3, 4);
