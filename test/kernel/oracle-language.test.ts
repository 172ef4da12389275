import { defineShard } from '../support/oracle-shard.js';

// Handlers, queues, backups. The gate's cases are for the oracle alone as long as nc_gate holds nothing back.
defineShard(0, 1, 'oracle-later', (file) => !file.startsWith('gate-'));
