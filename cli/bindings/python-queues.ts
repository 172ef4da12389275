// The part of a Python module for the queues of a program.
import { describeQueue, rangeOf, sizeOf, type BoundQueue } from './binding.js';

/** Its row in the table that the attached program is compared with. */
export function queueExpectation({ name, type, depth, filler, drainer }: BoundQueue): string {
  const signed = type.kind === 'integer' && type.signed ? 1 : 0;
  const [least, most] = type.kind === 'integer' ? rangeOf(type) : [0n, BigInt(type.size)];
  return `    "${name}": ("${type.kind}", ${sizeOf(type)}, ${signed}, ${depth}, "${filler}", "${drainer}", ${least}, ${most}),`;
}

/** The attribute that gives the queue. */
export function queueProperty(queue: BoundQueue, attribute: string): string[] {
  return [
    '',
    '    @nc_property',
    `    def ${attribute}(self):`,
    `        """${describeQueue(queue)}"""`,
    `        return _Queue(self, "${queue.name}")`,
  ];
}

/** What an attribute of a queue gives. On other processors than x86 Python has no fences: there only integers of one process are sure. */
export const QUEUE_CLASS = `
class _Queue:
    """append(value) and take() where the program leaves them to applications, look() always. take() gives None when there is nothing."""

    def __init__(self, owner, name):
        self._owner, self._name = owner, name
        self._identity, offset = owner.nc_queue_places[name]
        self._kind, self._size, self._signed, self._depth, self._filler, self._drainer, self._least, self._most = _EXPECTED_QUEUES[name]
        self._slot = 8 if self._kind == "integer" else 8 + (self._size + 31) // 32 * 32
        self._counters, self._first = offset, offset + 16

    def _word(self, index):
        return ctypes.c_uint64.from_buffer(self._owner.nc_memory, self._counters + 8 * index)

    def _value(self, position):
        at = self._first + position % self._depth * self._slot
        if self._kind == "integer":
            return _INTEGERS[self._size, self._signed].from_buffer_copy(self._owner.nc_memory[at:at + self._size]).value
        length = min(ctypes.c_uint32.from_buffer(self._owner.nc_memory, at).value, self._size)
        return self._owner.nc_memory[at + 8:at + 8 + length]

    def append(self, value):
        """BufferError when the queue is full."""
        if self._filler == "network":
            raise AttributeError(f"queue {self._name} is filled by the network")
        if self._kind == "integer" and (not isinstance(value, int) or isinstance(value, bool)):
            raise TypeError(f"queue {self._name} holds whole numbers")
        number = value if self._kind == "integer" else len(value)
        if not self._least <= number <= self._most:
            raise ValueError(f"queue {self._name} takes {self._least} to {self._most}, not {number}")
        what = f"queue {self._name} is filled by another process"
        self._owner.nc_lock(self._identity, _F_WRLCK, what)
        try:
            head = self._word(0).value
            if (head - self._word(1).value) % 2**64 >= self._depth:
                raise BufferError(f"queue {self._name} is full")
            at = self._first + head % self._depth * self._slot
            if self._kind == "integer":
                _INTEGERS[self._size, self._signed].from_buffer(self._owner.nc_memory, at).value = value
            else:
                self._owner.nc_memory[at + 8:at + 8 + number] = bytes(value)
                ctypes.c_uint32.from_buffer(self._owner.nc_memory, at).value = number
            self._word(0).value = (head + 1) % 2**64
        finally:
            self._owner.nc_lock(self._identity, _F_UNLCK, what)

    def take(self):
        if self._drainer == "network":
            raise AttributeError(f"queue {self._name} is drained by the program")
        what = f"queue {self._name} is drained by another process"
        self._owner.nc_lock(256 + self._identity, _F_WRLCK, what)
        try:
            tail = self._word(1).value
            if not 0 < (self._word(0).value - tail) % 2**64 <= self._depth:
                return None
            value = self._value(tail)
            self._word(1).value = (tail + 1) % 2**64
            return value
        finally:
            self._owner.nc_lock(256 + self._identity, _F_UNLCK, what)

    def look(self):
        """All that it holds, oldest first."""
        for _try in range(_READ_TRIES):
            tail, head = self._word(1).value, self._word(0).value
            length = (head - tail) % 2**64
            if self._word(1).value != tail:
                continue
            if not 0 < length <= self._depth:
                return []
            values = [self._value(tail + at) for at in range(length)]
            taken = (self._word(1).value - tail) % 2**64
            if taken < length:
                return values[taken:]
        raise BlockingIOError(f"queue {self._name} is drained without a pause")
`;
