/* expect: collision ok, stuck ok; verify: --losses 1 */
#define NODES 2
#define LOSSES 1
#define PERIOD (1000 * US)
#include "../wire.pml"

active proctype A() { do :: sync_master(0); wait(0, 1000 * US) od }

active proctype B() {
  do
  :: sync_slave(1, 1200 * US, 1);
     if :: !synced[1] :: synced[1] -> wait(1, 300 * US); send(1) fi
  od
}
