/* expect: collision ok, stuck fails */
#define NODES 2
#include "../wire.pml"

active proctype A() { wait(0, 100 * US); do :: send(0); wait(0, 1000 * US) od }
active proctype B() {
  do
  :: if :: wait(1, 1000 * US) :: break fi
  od;
  stop(1)
}
