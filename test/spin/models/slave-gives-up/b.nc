channel bus from 02:00:00:00:00:01
var v : u16
message m
round:
    sync slave 1500us from bus
    if status_test(sync_timeout) goto done
    wait 300us, round
done:
    end_of_program
