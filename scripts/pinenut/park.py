"""scripts/run park: many small servers, and a client that judges them."""

SERVERS = 300                      # as many, if nobody says
LEAST, MOST = 2, 4000              # of `count` in a system description
MS = 5000                          # that they are called for
VISITORS = 3                       # clients, beside the one that judges
ROOT = "root until=park"
USUAL = 1500                       # servers that the kernel has memory for
KB_EACH, KB_REST = 5, 4096         # of the kernel's memory

DESCRIPTION = """\
server console                # the 16550 at COM1, keyboard and screen
    place     small
    priority  220
    restart   always
    ports     3f8+8 60+1 64+1 3d4+2
    irq       4 1
    device    b8000+8000

server kv                     # killed at random, and loses nothing
    heap      64 KB
    keep      heap
    restart   always
    retries   1000
    backoff   1 ms
    killed    400 ms

server tenant                 # servers/park/tenant.c
    count     {servers}
    place     small
    restart   always
    retries   1000

server visitor                # servers/park/main.c
    image     park
    count     {visitors}
    arguments visit {servers} {ms}
    restart   never

server park
    arguments keep {servers} {ms} {visitors}
    restart   never
"""


def options(servers):
    """The kernel's, for so many servers."""
    if servers <= USUAL:
        return ""
    return f"kmem={-(-(KB_REST + servers * KB_EACH) // 1024)}"


def description(servers, ms=MS):
    """The system with so many servers."""
    return DESCRIPTION.format(servers=servers, ms=ms, visitors=VISITORS)
