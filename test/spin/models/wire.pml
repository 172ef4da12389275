/* What the models beside this file share, written from the language alone: time, the wire and sync frames.
 * One unit is 40 ns, so that a microsecond (25) and a byte time of 100 Mbit/s (2) are whole. NODES is defined by the model.
 *   assertion no_collision fails where two frames overlap; no_stop where a machine stops with no_future or too_many_futures;
 *   an acceptance cycle is a run in which from some moment on every `sync slave` of one node (`victim`) times out. */
#define US 25
#define OFF 1000000000
#define OCCUPIED 168 /* 8 + 64 + 12 byte times; up to 22 bytes of payload fit in the shortest frame */
#define TRAVEL 144   /* 8 + 64 */

int due[NODES];     /* to the next instant of each machine */
int busy[NODES];    /* as long as its frames still have the wire */
int sync_in[NODES]; /* to the arrival of the sync frame under way */
int data_in[NODES]; /* to the arrival of the data frame under way */
byte hears[NODES];  /* bits of the nodes whose sync frames it waits for; 0: it does not wait */
bool synced[NODES]; /* how its last wait ended */
byte waiting[NODES]; /* frames in its receive queue, where the model looks at it */
bool no_collision = true;
bool no_stop = true;
byte victim;        /* the node whose waits are watched */
bool given_up;      /* guessed: from now on all its waits time out */
bool vain;
hidden byte other;
#ifndef DATA_ARRIVES
#define DATA_ARRIVES(j) skip
#endif
#ifdef LOSSES
byte losses_left = LOSSES;
int period_left = PERIOD;
bool losses_end;    /* as `stuck` has it; guessed at the start */
bool one_lost;      /* in this hyperperiod */
bool no_more;
#endif

#ifdef LOSSES
#define LOSSES_ARE_OVER (losses_end)
#define STOPS_COUNT (losses_end)
#else
#define LOSSES_ARE_OVER true
#define STOPS_COUNT true
#endif

/* A frame from now; the caller sets sync_in or data_in. */
inline occupy(k, units) {
  d_step {
    other = 0;
    do
    :: other < NODES -> no_collision = no_collision && (other == k || busy[other] == 0); other++
    :: else -> break
    od;
    busy[k] = busy[k] + units;
    other = 0
  };
  assert(no_collision);
  no_collision
}
inline send(k) { data_in[k] = busy[k] + TRAVEL; occupy(k, OCCUPIED) }
inline sync_master(k) { sync_in[k] = busy[k] + TRAVEL; occupy(k, OCCUPIED) }

inline wait(k, time) { due[k] = time; due[k] == 0 }

inline sync_slave(k, timeout_units, from) {
  due[k] = timeout_units; synced[k] = false; hears[k] = from;
  due[k] == 0;
  hears[k] = 0;
  if
  :: synced[k]
  :: !synced[k] && k != victim
  :: !synced[k] && k == victim && !given_up
  :: !synced[k] && k == victim && !given_up && LOSSES_ARE_OVER -> given_up = true
  :: !synced[k] && k == victim && given_up -> vain = true; !vain
  fi
}

inline end_of_program(k) { due[k] = OFF }
inline stop(k) { due[k] = OFF; no_stop = !STOPS_COUNT; assert(no_stop) }

inline nearer(x) { if :: x > 0 && x < step -> step = x :: else fi }
inline pass(x) { if :: x > 0 && x < OFF -> x = x - step :: else fi }

/* The sync frame of node j arrives: everyone who waits for it takes it, unless it is lost. */
inline arrive_sync(j) {
  i = 0;
  do
  :: i < NODES ->
     if
     :: hears[i] & (1 << j) ->
        if
        :: !(given_up && i == victim) -> synced[i] = true; hears[i] = 0; due[i] = 0
#ifdef LOSSES
        :: losses_left > 0 && !no_more -> losses_left--; one_lost = true
#endif
        fi
     :: else
     fi;
     i++
  :: else -> break
  od
}

active proctype Time() {
  int step; byte i; byte j;
#ifdef LOSSES
  if :: losses_end = true :: skip fi;
#endif
  if :: victim = 0 :: victim = NODES - 1
#ifdef MIDDLE
  :: victim = MIDDLE
#endif
  fi;
  do
  :: timeout -> atomic {
       d_step {
         step = OFF; i = 0;
         do
         :: i < NODES -> nearer(due[i]); nearer(busy[i]); nearer(sync_in[i]); nearer(data_in[i]); i++
         :: else -> break
         od;
         i = 0
       };
       step < OFF;
       j = 0;
       do
       :: j < NODES ->
          pass(due[j]); pass(busy[j]);
          j++
       :: else -> break
       od;
#ifdef LOSSES
       period_left = period_left - step;
       do
       :: period_left <= 0 ->
          period_left = period_left + PERIOD; losses_left = LOSSES;
          if :: losses_end && one_lost -> no_more = true; period_left = OFF :: else fi
       :: else -> break
       od;
       if :: no_more -> period_left = OFF :: else fi;
#endif
       j = 0;
       do
       :: j < NODES ->
          if
          :: sync_in[j] > 0 -> sync_in[j] = sync_in[j] - step; if :: sync_in[j] == 0 -> arrive_sync(j) :: else fi
          :: else
          fi;
          if
          :: data_in[j] > 0 -> data_in[j] = data_in[j] - step; if :: data_in[j] == 0 -> DATA_ARRIVES(j) :: else fi
          :: else
          fi;
          j++
       :: else -> break
       od;
       j = 0; i = 0; step = 0
     }
  od
}

active proctype Watch() {
  do
  :: vain ->
accept_vain: vain = false
  od
}
