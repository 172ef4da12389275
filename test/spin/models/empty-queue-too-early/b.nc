channel bus from 02:00:00:00:00:01
var v : u16
start:
    wait 105us, look
look:
    if channel_rcv_buf_empty(bus) goto last
    receive bus -> v
    wait 1ms, look
last:
    halt
