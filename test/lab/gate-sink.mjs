// Runs in a guest: takes TCP connections and says, at each SIGUSR2, how many bytes have come by when.
import { createServer } from 'node:net';
import process from 'node:process';

let bytes = 0;
process.on('SIGUSR2', () => process.stdout.write(`${String(process.hrtime.bigint())} ${String(bytes)}\n`));
createServer((socket) => {
  socket.on('data', (data) => (bytes += data.length));
  // The sender ends by closing, with data under way.
  socket.on('error', () => undefined);
}).listen(5001, () => process.stdout.write('listening\n'));
