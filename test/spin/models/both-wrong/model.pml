/* expect: collision fails, stuck fails */
#define NODES 3
#include "../wire.pml"

active proctype A() { do :: if :: send(0) :: skip fi; wait(0, 1000 * US) od }
active proctype B() { do :: if :: send(1) :: skip fi; wait(1, 1000 * US) od }
active proctype C() { wait(2, 1000 * US); stop(2) }
