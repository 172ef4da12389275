/* expect: collision ok, stuck ok */
#define NODES 2
#include "../wire.pml"

active proctype A() { do :: sync_master(0); wait(0, 1000 * US) od }

active proctype B() {
  do
  :: sync_slave(1, 144, 1);
     if :: synced[1] -> wait(1, 1000 * US - 144) :: !synced[1] -> wait(1, 1000 * US - 144) fi
  od
}
