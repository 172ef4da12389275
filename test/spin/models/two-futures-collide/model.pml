/* expect: collision fails, stuck ok */
#define NODES 2
#include "../wire.pml"

active proctype A() { do :: wait(0, 100 * US); send(0); wait(0, 600 * US) od }

active proctype B() { wait(1, 600 * US); do :: send(1); wait(1, 1000 * US) od }
