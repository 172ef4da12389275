/* expect: collision ok, stuck fails; verify: --losses 1 */
#define NODES 2
#define LOSSES 1
#define PERIOD (1000 * US)
#include "../wire.pml"

active proctype A() { do :: sync_master(0); wait(0, 1000 * US) od }

/* In step it is awake from 795.76 to 1000.76 us and hears nothing. From then on its rounds last 205 + 1795 = 2000 us. */
active proctype B() {
  do
  :: sync_slave(1, 205 * US, 1);
     if :: synced[1] -> wait(1, 790 * US) :: !synced[1] -> wait(1, 1795 * US) fi
  od
}
