/* expect: collision ok, stuck ok; verify: --losses 1 */
#define NODES 2
#define LOSSES 1
#define PERIOD (1000 * US)
#include "../wire.pml"

active proctype A() { do :: sync_master(0); wait(0, 1000 * US) od }

/* Awake from 905.76 us of each round, asleep from 605.76 us after a timeout: 300 us long, then 700 us awake, past the start of a round
 * at 905.76 + 700 = 1605.76, asleep to 1905.76, awake to 2605.76: it hears the frame at 2005.76. */
active proctype B() {
  do
  :: sync_slave(1, 700 * US, 1);
     if :: synced[1] -> wait(1, 900 * US) :: !synced[1] -> wait(1, 300 * US) fi
  od
}
