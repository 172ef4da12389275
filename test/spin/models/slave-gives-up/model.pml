/* expect: collision ok, stuck ok */
#define NODES 2
#include "../wire.pml"

active proctype A() {
  byte c;
  do
  :: sync_master(0); c++; if :: c == 3 -> break :: else -> wait(0, 1000 * US) fi
  od;
  end_of_program(0)
}

active proctype B() {
  do
  :: sync_slave(1, 1500 * US, 1); if :: !synced[1] -> break :: synced[1] -> wait(1, 300 * US) fi
  od;
  end_of_program(1)
}
