#!/lab/busybox sh
# The guest's first process: prepares the system, runs /lab/command, hands over its output, status and files.
# busybox's shell runs its own applets first, so nothing here depends on PATH.
# /lab/mark is a text that ends each stream to the host; when the host has seen all three it ends the guest.

mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
mount -t proc proc /proc
mount -t sysfs sys /sys
for place in dev/shm run tmp; do mount -t tmpfs tmpfs /$place; done
chmod 1777 /tmp /dev/shm
mkdir -p /run/netns /out /lab/applets
mount -t bpf bpf /sys/fs/bpf
mount -t tracefs tracefs /sys/kernel/tracing
mount -t debugfs debugfs /sys/kernel/debug
mount -t cgroup2 cgroup2 /sys/fs/cgroup
ln -sf /proc/self/fd /dev/fd
ln -sf /proc/self/fd/0 /dev/stdin
ln -sf /proc/self/fd/1 /dev/stdout
ln -sf /proc/self/fd/2 /dev/stderr
hostname lab
/lab/busybox --install -s /lab/applets
for module in /lab/modules/*; do insmod "$module" || echo "lab: cannot load $module"; done
ip link set lo up

port() { # NAME: the device of the virtio serial port of that name
    for entry in /sys/class/virtio-ports/*; do
        if [ "$(cat "$entry/name")" = "$1" ]; then echo "/dev/${entry##*/}"; fi
    done
}

relay() { # NAME: /lab/NAME to the port until the last writer has gone, and the mark
    { cat "/lab/$1"; cat /lab/mark; } > "$(port "$1")" &
}

end_others() { # RELAY...: kills what the command left running, or the relays would wait for it
    for entry in /proc/[0-9]*; do
        pid=${entry#/proc/}
        case " 1 $* " in *" $pid "*) continue ;; esac
        if [ "$(readlink "$entry/exe")" ] && ! grep -q "^PPid:	\($1\|$2\)$" "$entry/status"; then kill -9 "$pid"; fi
    done 2> /dev/null
}

# Whoever asks the host for a compiler.
ln -s "$(port tools)" /lab/tools
touch /lab/tools.lock
chmod 666 /lab/tools.lock "$(port tools)"

mkfifo /lab/stdout /lab/stderr
relay stdout; out=$!
relay stderr; err=$!
setsid /lab/command > /lab/stdout 2> /lab/stderr < /dev/null
status=$?
end_others $out $err
wait $out $err

tainted=$(cat /proc/sys/kernel/tainted)
# 128: oops; 512: warning; 16384: a processor did not get on
if [ $((tainted & (128 | 512 | 16384))) -ne 0 ]; then dmesg > /out/dmesg.txt; fi
{
    echo "status $status"
    echo "tainted $tainted"
    echo "files"
    tar -c -C /out .
    cat /lab/mark
} > "$(port result)"
while :; do sleep 1000; done
