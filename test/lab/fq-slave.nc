# Follows the master's sync frames and takes its value.
node slave
tolerance 100us
channel bus = 0 from 02:00:00:00:00:01
var seen : u32
counter syncs
counter timeouts
counter values

round:
    sync slave 3ms from bus
    if status_test(sync_timeout) goto missed
    add_to_counter syncs, 1
    wait 300us
    receive bus -> seen
    if status_test(receive_fault) goto round
    add_to_counter values, 1
    goto round
missed:
    add_to_counter timeouts, 1
    goto round
