// A Python module with a class for the variables of a program: ctypes and mmap, nothing to install.
import { describe, origin, rangeOf, sizeOf, type Binding, type BoundVariable } from './binding.js';
import { QUEUE_CLASS, queueExpectation, queueProperty } from './python-queues.js';

/** Names that cannot be attributes (Python 3.12); they get an underscore behind them. */
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    'False None True and as assert async await class def del elif except finally from global import in is lambda nonlocal not or pass ' +
    'raise try with yield'
  ).split(' '),
);

function attributeName(name: string, taken: ReadonlySet<string>): string {
  let attribute = KEYWORDS.has(name) ? `${name}_` : name;
  while (attribute !== name && taken.has(attribute)) attribute += '_';
  return attribute;
}

function propertyOf(variable: BoundVariable, taken: ReadonlySet<string>): string[] {
  const { name, writer } = variable;
  const attribute = attributeName(name, taken);
  const getter = [
    '',
    '    @nc_property',
    `    def ${attribute}(self):`,
    `        """${describe(variable)}"""`,
    `        return self.__get("${name}")`,
  ];
  if (writer === 'network') return getter;
  return [
    ...getter,
    '',
    `    @${attribute}.setter`,
    `    def ${attribute}(self, value):`,
    `        self.__set("${name}", value)`,
  ];
}

function expectation({ name, type, writer }: BoundVariable): string {
  const signed = type.kind === 'integer' && type.signed ? 1 : 0;
  const [least, most] = type.kind === 'integer' ? rangeOf(type) : [0n, BigInt(type.size)];
  return `    "${name}": ("${type.kind}", ${sizeOf(type)}, ${signed}, "${writer}", ${least}, ${most}),`;
}

const HEAD = `import ctypes
import mmap
import os

nc_property = property  # a variable may have that name, but none begins with nc_
_libc = ctypes.CDLL(None, use_errno=True)
_SYS_BPF = {"x86_64": 321, "aarch64": 280, "riscv64": 280}
_BPF_OBJ_GET = 7
_F_OFD_SETLK = 37
_F_WRLCK, _F_UNLCK = 1, 2
_READ_TRIES = 100000
_INTEGERS = {
    (1, 0): ctypes.c_uint8, (2, 0): ctypes.c_uint16, (4, 0): ctypes.c_uint32, (8, 0): ctypes.c_uint64,
    (1, 1): ctypes.c_int8, (2, 1): ctypes.c_int16, (4, 1): ctypes.c_int32, (8, 1): ctypes.c_int64,
}


class _ObjGet(ctypes.Structure):
    _fields_ = [("pathname", ctypes.c_uint64), ("rest", ctypes.c_uint64 * 18)]


class _Lock(ctypes.Structure):
    _fields_ = [("type", ctypes.c_short), ("whence", ctypes.c_short), ("start", ctypes.c_int64), ("len", ctypes.c_int64), ("pid", ctypes.c_int)]


def _failed(what):
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number), what)


def _open_pin(path):
    text = ctypes.create_string_buffer(os.fsencode(path))
    attributes = _ObjGet(pathname=ctypes.addressof(text))
    call = _SYS_BPF.get(os.uname().machine)
    if call is None:
        raise OSError(f"bpf(2) has no number here for {os.uname().machine}")
    fd = _libc.syscall(ctypes.c_long(call), _BPF_OBJ_GET, ctypes.byref(attributes), ctypes.sizeof(attributes))
    if fd < 0:
        raise _failed(path)
    return fd
`;

const METHODS = `    def __init__(self, interface):
        path = os.path.join(os.environ.get("NCBPF_RUN_ROOT") or "/run/ncbpf", interface + ".vars")
        with open(path, encoding="ascii") as index:
            magic, version, size, pin, self.__writers = index.readline().split()
            if magic != "ncbpf-vars" or version not in ("1", "2"):
                raise ValueError(f"{path} is of another version of ncbpf")
            found = {fields[0]: fields[1:] for fields in (line.split() for line in index)}
        self.__places = {}
        for name, (kind, width, signed, writer, _least, _most) in _EXPECTED.items():
            row = found.get(name)
            if row is None or [row[1], row[2], row[3], row[5]] != [kind, str(width), str(signed), writer]:
                raise ValueError(f"{interface} runs a program without such a variable {name}: make the bindings again")
            self.__places[name] = (int(row[0]), int(row[4]))
        self.nc_queue_places = {}
        for name, (kind, width, signed, depth, filler, drainer, _least, _most) in _EXPECTED_QUEUES.items():
            row = found.get(name)
            if row is None or row[1:4] + row[5:] != ["queue", str(width), str(signed), filler, kind, str(depth), drainer]:
                raise ValueError(f"{interface} runs a program without such a queue {name}: make the bindings again")
            self.nc_queue_places[name] = (int(row[0]), int(row[4]))
        fd = _open_pin(pin)
        try:
            page = mmap.PAGESIZE
            self.nc_memory = mmap.mmap(fd, (int(size) + page - 1) // page * page)
        finally:
            os.close(fd)
        self.__claims = -1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.nc_memory.close()
        if self.__claims >= 0:
            os.close(self.__claims)
            self.__claims = -1

    def __get(self, name):
        kind, size, signed, *_ = _EXPECTED[name]
        offset = self.__places[name][1]
        if kind == "integer":
            return _INTEGERS[size, signed].from_buffer(self.nc_memory, offset).value
        for _try in range(_READ_TRIES):
            k = self.__word(offset).value // 2
            length = min(self.__word(offset + 4 + 4 * (k & 1)).value, size)
            first = self.__buffer(offset, size, k)
            value = self.nc_memory[first:first + length]
            if (self.__word(offset).value - 2 * k) % 2**32 <= 2:
                return value
        raise BlockingIOError(f"variable {name} is written without a pause")

    def __set(self, name, value):
        kind, size, signed, _writer, least, most = _EXPECTED[name]
        number = value if kind == "integer" else len(value)
        if kind == "integer" and (not isinstance(value, int) or isinstance(value, bool)):
            raise TypeError(f"variable {name} holds whole numbers")
        if not least <= number <= most:
            raise ValueError(f"variable {name} takes {least} to {most}{'' if kind == 'integer' else ' bytes'}, not {number}")
        identity, offset = self.__places[name]
        what = f"variable {name} is written by another process"
        self.nc_lock(identity, _F_WRLCK, what)
        try:
            if kind == "integer":
                _INTEGERS[size, signed].from_buffer(self.nc_memory, offset).value = value
                return
            k = self.__word(offset).value // 2
            self.__word(offset).value = 2 * k + 1
            first = self.__buffer(offset, size, k + 1)
            self.nc_memory[first:first + number] = bytes(value)
            self.__word(offset + 4 + 4 * (k + 1 & 1)).value = number
            self.__word(offset).value = 2 * k + 2
        finally:
            self.nc_lock(identity, _F_UNLCK, what)

    def __word(self, offset):
        return ctypes.c_uint32.from_buffer(self.nc_memory, offset)

    @staticmethod
    def __buffer(offset, size, which):
        return offset + 16 + (which & 1) * ((size + 31) // 32 * 32)

    def nc_lock(self, identity, kind, what):
        if self.__claims < 0:
            self.__claims = os.open(self.__writers, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        pid = os.getpid() if kind == _F_WRLCK else 0
        if kind == _F_UNLCK:
            os.pwrite(self.__claims, pid.to_bytes(8, "little"), 8 * identity)
        lock = _Lock(type=kind, whence=os.SEEK_SET, start=8 * identity, len=8)
        if _libc.fcntl(self.__claims, _F_OFD_SETLK, ctypes.byref(lock)) < 0:
            raise _failed(what)
        if kind == _F_WRLCK:
            os.pwrite(self.__claims, pid.to_bytes(8, "little"), 8 * identity)
`;

/** The text of the module. */
export function pythonBindings(binding: Binding): string {
  const { variables, queues } = binding;
  const taken = new Set([...variables, ...queues].map(({ name }) => name));
  const lines = [
    `"""${origin(binding)}`,
    '',
    'with Variables("eth0") as variables: ... reads and writes attributes. Each read and write is one of the shared memory; a write claims the',
    'variable for its time. bytes[N] are bytes. A name that is a keyword of Python has an underscore behind it.',
    '"""',
    HEAD,
    '',
    '# kind, size, signed, writer, least, most',
    '_EXPECTED = {',
    ...variables.map(expectation),
    '}',
    '',
    '# kind, size, signed, depth, filler, drainer, least, most',
    '_EXPECTED_QUEUES = {',
    ...queues.map(queueExpectation),
    '}',
    '',
    ...(queues.length === 0 ? [] : [QUEUE_CLASS]),
    '',
    'class Variables:',
    `    """What is attached to an interface; ValueError where that is another program."""`,
    '',
    METHODS.trimEnd(),
    ...variables.flatMap((variable) => propertyOf(variable, taken)),
    ...queues.flatMap((queue) => queueProperty(queue, attributeName(queue.name, taken))),
  ];
  return lines.map((line) => `${line}\n`).join('');
}
