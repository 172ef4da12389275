/* expect: collision fails, stuck ok */
#define NODES 2
#include "../wire.pml"

active proctype A() {
  do
  :: if :: wait(0, 100 * US) :: wait(0, 200 * US) fi;
     send(0);
     wait(0, 800 * US)
  od
}

active proctype B() { wait(1, 500 * US); do :: send(1); wait(1, 900 * US) od }
