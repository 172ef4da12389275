/* expect: collision ok, stuck ok */
#define NODES 3
#define MIDDLE 1
#include "../wire.pml"

active proctype A() { do :: sync_master(0); wait(0, 1000 * US) od }

active proctype B() { wait(1, 500 * US); do :: send(1); wait(1, 1000 * US) od }
active proctype C() { do :: sync_slave(2, 1100 * US, 1); wait(2, 200 * US); send(2) od }
