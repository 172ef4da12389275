var v : u16
    handle no_future, again
start:
    if test_var(v, zero) goto last
    future 1ms, start
last:
    halt
again:
    wait 3ms, start
