/* expect: collision ok, stuck fails */
#define NODES 2
#define DATA_ARRIVES(j) waiting[1]++
#include "../wire.pml"

active proctype A() { wait(0, 100 * US); do :: send(0); wait(0, 1000 * US) od }
/* The frame arrives at 105.76 us. */
active proctype B() {
  wait(1, 105 * US);
  do
  :: waiting[1] > 0 -> waiting[1]--; wait(1, 1000 * US)
  :: waiting[1] == 0 -> break
  od;
  stop(1)
}
