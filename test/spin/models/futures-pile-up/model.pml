/* expect: collision ok, stuck fails */
#define NODES 2
#include "../wire.pml"

active proctype A() { wait(0, 100 * US); do :: send(0); wait(0, 1000 * US) od }
/* Each block at k ms, k < 100, leaves one more future of 100 ms behind: block k arms number k + 2 of those armed at one time. */
active proctype B() {
  byte left;
  do
  :: left + 2 > 64 -> break
  :: else -> left++; wait(1, 1000 * US)
  od;
  stop(1)
}
