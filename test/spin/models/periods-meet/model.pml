/* expect: collision fails, stuck ok */
#define NODES 2
#include "../wire.pml"

active proctype A() { wait(0, 100 * US); do :: send(0); wait(0, 300 * US) od }
active proctype B() { wait(1, 200 * US); do :: send(1); wait(1, 500 * US) od }
