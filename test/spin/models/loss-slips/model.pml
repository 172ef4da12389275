/* expect: collision ok, stuck fails; verify: --losses 1 */
#define NODES 2
#define LOSSES 1
#define PERIOD (1000 * US)
#include "../wire.pml"

active proctype A() { do :: sync_master(0); wait(0, 1000 * US) od }

/* The frame of 1005.76 us lost: awake until 1010.76, asleep until 1110.76, awake until 2005.76 at least, which is in time.
 * The first frame lost: awake until 1005, before the second arrives, then from 1105 to 2000 and so on. */
active proctype B() {
  do
  :: sync_slave(1, 1005 * US, 1);
     if
     :: synced[1]
     :: !synced[1] -> wait(1, 100 * US);
        do
        :: sync_slave(1, 895 * US, 1); if :: synced[1] -> break :: !synced[1] -> wait(1, 105 * US) fi
        od
     fi
  od
}
