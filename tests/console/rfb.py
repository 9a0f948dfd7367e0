"""A client of the RFB protocol, version 3.3, as small as Bochs' display allows:
keys go in, a picture of one byte a pixel comes out.

Bochs sends what has changed unasked, and stands still while nobody reads it. So
a thread does.
"""

import socket
import struct
import threading

RAW = 0                            # the one encoding that is asked for
UPDATE, COLOURS, BELL, CUT_TEXT = range(4)


class Client:
    def __init__(self, port, patience):
        self.line = socket.create_connection(("127.0.0.1", port), patience)
        self.read(12)              # its version
        self.line.sendall(b"RFB 003.003\n")
        security, = struct.unpack(">I", self.read(4))
        if security != 1:
            raise ConnectionError(f"RFB wants security of type {security}")
        self.line.sendall(b"\1")   # others may look, too
        self.width, self.height = struct.unpack(">HH", self.read(4))
        self.read(16)              # how a pixel is made up
        self.read(struct.unpack(">I", self.read(4))[0])
        self.line.sendall(struct.pack(">BxHi", 2, 1, RAW))
        self.pixels = bytearray(self.width * self.height)
        self.lock = threading.Lock()
        self.line.settimeout(None)
        threading.Thread(target=self.listen, daemon=True).start()

    def read(self, size):
        data = b""
        while len(data) < size:
            more = self.line.recv(size - len(data))
            if not more:
                raise ConnectionError("the display is closed")
            data += more
        return data

    def key(self, symbol, down):
        self.line.sendall(struct.pack(">BBxxI", 4, down, symbol))

    def take_rectangle(self):
        x, y, width, height, encoding = struct.unpack(">HHHHi", self.read(12))
        if encoding != RAW:
            raise ConnectionError(f"RFB sends encoding {encoding}")
        data = self.read(width * height)
        with self.lock:
            for row in range(min(height, self.height - y)):
                at = (y + row) * self.width + x
                self.pixels[at:at + width] = data[row * width:(row + 1) * width]

    def take_message(self):
        kind = self.read(1)[0]
        if kind == UPDATE:
            for _ in range(struct.unpack(">xH", self.read(3))[0]):
                self.take_rectangle()
        elif kind == COLOURS:
            self.read(6 * struct.unpack(">xHH", self.read(5))[1])
        elif kind == CUT_TEXT:
            self.read(struct.unpack(">xxxI", self.read(7))[0])
        elif kind != BELL:
            raise ConnectionError(f"RFB sends a message of type {kind}")

    def listen(self):
        try:
            while True:
                self.take_message()
        except OSError:
            pass                   # the display is closed, by either side

    def picture(self):
        """What has come of it; all of it is asked for, and comes some time."""
        self.line.sendall(struct.pack(">BBHHHH", 3, 0, 0, 0, self.width,
                                      self.height))
        with self.lock:
            return bytes(self.pixels)

    def close(self):
        self.line.close()
