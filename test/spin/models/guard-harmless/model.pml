/* expect: collision ok, stuck ok */
#define NODES 2
#include "../wire.pml"

active proctype A() { do :: if :: send(0) :: skip fi; wait(0, 1000 * US) od }
active proctype B() { wait(1, 500 * US); do :: send(1); wait(1, 1000 * US) od }
