# Never open.
node closed
mode hard
round:
    wait 1ms, round
