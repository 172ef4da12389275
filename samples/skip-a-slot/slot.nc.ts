// A slot every 10 ms that is used only when a guard says so: the sensor that owns it, and the display that looks half a round
// later. What both must agree on is said once.
import { addToCounter, channel, channelRcvBufEmpty, counter, create, greater, i16, message } from 'ncbpf/program';
import { ms, node, receive, send, variable, wait } from 'ncbpf/program';

const round = ms(10);
const tolerance = ms(1);

/** Owns the slot, and uses it only while the temperature is above the limit. */
export const sensor = node({ tolerance }, () => {
  const bus = channel();
  const temperature = variable(i16, { initial: 20 }); // written by an application here
  const limit = variable(i16, { initial: 80 }); // written by an application here
  const alarm = message();
  const skipped = counter();

  while (true) {
    if (greater(temperature, limit)) {
      create(temperature, alarm);
      send(bus, alarm);
      wait(round);
    } else {
      addToCounter(skipped, 1);
      wait(round);
    }
  }
});

/** Looks after the sensor's slot; an empty queue means that the slot was skipped. */
export const display = node({ tolerance }, () => {
  const bus = channel({ from: '02:00:00:00:00:0a', queue: 1 }); // only the newest value counts
  const hottest = variable(i16); // received
  const alarms = counter();
  const quiet_rounds = counter();
  const half = round.dividedBy(2);

  while (true) {
    wait(half);
    if (!channelRcvBufEmpty(bus)) {
      receive(bus, hottest);
      addToCounter(alarms, 1);
      wait(half);
    } else {
      addToCounter(quiet_rounds, 1);
      wait(half);
    }
  }
});
