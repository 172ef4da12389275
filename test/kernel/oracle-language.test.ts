import { defineShard } from '../support/oracle-shard.js';

// Handlers, queues, backups, the gate's state.
defineShard(0, 1, 'oracle-later');
