/* expect: collision ok, stuck ok; verify: --losses 1 */
#define NODES 2
#define LOSSES 1
#define PERIOD (1000 * US)
#include "../wire.pml"

active proctype A() { do :: sync_master(0); wait(0, 1000 * US) od }

/* Awake from 995.76 to 1195.76 us while it is in step. After a loss it is awake from 1995.76, for it adds 200 and 800: in step again.
 * But its first wait ends in time only by the frame of the instant 0; that one lost, it is awake from 1000 to 1200: it hears 1005.76. */
active proctype B() {
  do
  :: sync_slave(1, 200 * US, 1);
     if :: synced[1] -> wait(1, 990 * US) :: !synced[1] -> wait(1, 800 * US) fi
  od
}
