// Three frames 1 ms apart, then silence for the rest of a 20 ms round. The counter bounds the burst.
import { addToCounter, channel, clearCounter, counter, create, message, ms, node, send } from 'ncbpf/program';
import { testCount, u32, us, variable, wait } from 'ncbpf/program';

const round = ms(20);
const gap = ms(1);
const frames = 3;

export const burst = node({ tolerance: us(200) }, () => {
  const bus = channel();
  const sample = variable(u32, { initial: 1234 }); // written by an application here
  const frame = message();
  const sent = counter();
  const bursts = counter();

  while (true) {
    clearCounter(sent);
    while (true) {
      create(sample, frame);
      send(bus, frame);
      addToCounter(sent, 1);
      if (testCount(sent, frames)) break;
      wait(gap);
    }
    addToCounter(bursts, 1);
    wait(round.minus(gap.times(frames - 1)));
  }
});
