var v : u16
start:
    if test_var(v, zero) goto last
    future 1ms, start
last:
    halt
