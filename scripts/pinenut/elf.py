"""Read as much of a 32-bit ELF executable as a boot loader does."""

import struct

PT_LOAD = 1


class NotElf(ValueError):
    """The file is no little-endian 32-bit ELF executable."""


class Elf:
    """entry and low..end are physical: where a boot loader puts the image."""

    def __init__(self, path):
        self.data = data = path.read_bytes()
        if data[:6] != b"\x7fELF\x01\x01" or len(data) < 52:
            raise NotElf(f"{path}: not a 32-bit ELF file")
        entry, phoff = struct.unpack_from("<II", data, 24)
        size, count = struct.unpack_from("<HH", data, 42)
        headers = [struct.unpack_from("<8I", data, phoff + i * size)
                   for i in range(count)]
        # (file offset, vaddr, paddr, bytes in the file, bytes in memory)
        self.loads = [h[1:6] for h in headers if h[0] == PT_LOAD and h[5]]
        if not self.loads:
            raise NotElf(f"{path}: no loadable segment")
        self.entry = self._physical(entry)
        self.low = min(paddr for _, _, paddr, _, _ in self.loads)
        self.end = max(paddr + mem for _, _, paddr, _, mem in self.loads)

    def _physical(self, address):
        for _, vaddr, paddr, _, mem in self.loads:
            if vaddr <= address < vaddr + mem:
                return address - vaddr + paddr
        return address

    def flat(self):
        """The image from low to the last byte of the file; .bss left out."""
        image = bytearray()
        for offset, _, paddr, size, _ in self.loads:
            start = paddr - self.low
            image.extend(bytes(max(0, start + size - len(image))))
            image[start:start + size] = self.data[offset:offset + size]
        return bytes(image)
