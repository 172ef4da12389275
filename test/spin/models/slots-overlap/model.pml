/* expect: collision fails, stuck ok */
#define NODES 2
#include "../wire.pml"

active proctype A() { wait(0, 100 * US); do :: send(0); wait(0, 1000 * US) od }
active proctype B() { wait(1, 106 * US); do :: send(1); wait(1, 1000 * US) od }
