// A sync master and two slaves in one module: `ncbpf attach eth0 system.nc.ts --node master`.
import { addToCounter, channel, counter, create, message, ms, node, receive, send, statusTest } from 'ncbpf/program';
import { syncMaster, syncSlave, u16, us, variable, wait } from 'ncbpf/program';
import type { Channel, Duration } from 'ncbpf/program';

const tolerance = us(500); // the slots are 2 ms apart
const queue = 1; // only the newest value counts
const slots = { left: ms(2), right: ms(4), collect: ms(6), end: ms(10) };
const hosts = { master: '02:00:00:00:00:0a', left: '02:00:00:00:00:0b', right: '02:00:00:00:00:0c' };
const ids = { bus: 0, left: 1, right: 2 };

/** Begins each round with a sync frame, sends a set point, and collects what both slaves have sent in their slots. */
export const master = node({ tolerance }, () => {
  const bus = channel({ id: ids.bus });
  const left = channel({ id: ids.left, from: hosts.left, queue });
  const right = channel({ id: ids.right, from: hosts.right, queue });
  const setpoint = variable(u16, { initial: 500 }); // written by an application here
  const left_position = variable(u16); // received
  const right_position = variable(u16); // received
  const command = message();
  const rounds = counter();

  while (true) {
    syncMaster(bus);
    create(setpoint, command);
    send(bus, command);
    wait(slots.collect);
    receive(left, left_position);
    receive(right, right_position);
    addToCounter(rounds, 1);
    wait(slots.end.minus(slots.collect));
  }
});

/** A slave waits for the sync frame, and answers in its slot. Its clock has nothing to agree on with the master's. */
function answer(bus: Channel, own: Channel, slot: Duration, initial: number): void {
  const setpoint = variable(u16); // received
  const position = variable(u16, { initial }); // written by an application here
  const report = message();
  const missed_syncs = counter();

  while (true) {
    syncSlave(ms(50), bus);
    if (!statusTest('sync_timeout')) {
      wait(slot);
      receive(bus, setpoint);
      create(position, report);
      send(own, report);
    } else {
      addToCounter(missed_syncs, 1);
    }
  }
}

export const left_slave = node({ tolerance }, () => {
  const bus = channel({ id: ids.bus, from: hosts.master, queue });
  const left = channel({ id: ids.left });
  answer(bus, left, slots.left, 11);
});

export const right_slave = node({ tolerance }, () => {
  const bus = channel({ id: ids.bus, from: hosts.master, queue });
  const right = channel({ id: ids.right });
  answer(bus, right, slots.right, 22);
});
