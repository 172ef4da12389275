/* expect: collision ok, stuck fails */
#define NODES 2
#include "../wire.pml"

active proctype A() { do :: sync_master(0); wait(0, 1000 * US) od }

active proctype B() {
  do
  :: sync_slave(1, 1500 * US, 0);
     if :: !synced[1] :: synced[1] -> wait(1, 300 * US); send(1) fi
  od
}
