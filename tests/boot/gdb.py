"""Just enough of gdb's remote protocol to stop a machine at an address, read
its memory and change a register."""

REGISTERS = ["eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "eip"]


class Gdb:
    def __init__(self, line):
        self.line = line
        self.pending = b""

    def _receive(self):
        """The content of the next packet."""
        while True:
            start, end = self.pending.find(b"$"), self.pending.find(b"#")
            if 0 <= start < end and len(self.pending) >= end + 3:
                packet = self.pending[start + 1:end]
                self.pending = self.pending[end + 3:]
                self.line.sendall(b"+")
                return packet.decode()
            data = self.line.recv(4096)
            if not data:
                raise ConnectionError("the machine has gone")
            self.pending += data

    def _send(self, content):
        total = sum(content.encode()) % 256
        self.line.sendall(f"${content}#{total:02x}".encode())

    def _ask(self, content):
        self._send(content)
        return self._receive()

    def _order(self, content):
        answer = self._ask(content)
        if answer != "OK":
            raise ValueError(f"{content}: {answer}")

    def run_to(self, address):
        """Continue until `address` is about to be executed."""
        self._order(f"Z1,{address:x},1")
        self._ask("c")
        self._order(f"z1,{address:x},1")

    def go(self):
        """Continue, without waiting for anything."""
        self._send("c")

    def register(self, name):
        at = REGISTERS.index(name) * 8
        return int.from_bytes(bytes.fromhex(self._ask("g")[at:at + 8]),
                              "little")

    def set_register(self, name, value):
        """All of them have to be written: QEMU takes single ones only from
        clients that read its register descriptions first."""
        at, all_of_them = REGISTERS.index(name) * 8, self._ask("g")
        data = value.to_bytes(4, "little").hex()
        self._order("G" + all_of_them[:at] + data + all_of_them[at + 8:])

    def mapped(self, address):
        return not self._ask(f"m{address:x},1").startswith("E")
