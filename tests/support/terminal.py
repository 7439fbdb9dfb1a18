"""Runs a command in a new terminal: python3 terminal.py COLUMNS ROWS COMMAND [ARGUMENT]...

Standard input is the keyboard; its end closes the terminal, like closing a window. Text after a NUL
waits until the terminal hides typed text. Standard error is the output of the terminal, escape
sequences included. Exits as the command does, with 128 + N after signal N. No process of the
terminal outlives this one: processes that still run LINGER_S seconds after the command's end are
killed and reported on standard output; SIGTERM kills them at once.
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time

LINGER_S = 3
POLL_S = 0.02


def start(columns, rows, command):
    """Returns the process id, which is the id of its process group too, and the terminal."""
    pid, terminal = pty.fork()
    if pid > 0:
        return pid, terminal
    try:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.execvp(command[0], command)
    finally:
        os._exit(127)


def relay(terminal):
    """Returns when the command's terminal is closed, by it or by us."""
    while True:
        ready, _, _ = select.select([terminal, 0], [], [])
        if terminal in ready:
            try:
                shown = os.read(terminal, 65536)
            except OSError:
                return  # End of file on Linux: no process has the terminal open.
            if not shown:
                return
            sys.stderr.buffer.write(shown)
            sys.stderr.buffer.flush()
        if 0 in ready:
            typed = os.read(0, 65536)
            if not typed:
                os.close(terminal)
                return
            typed, hidden, secret = typed.partition(b"\0")
            os.write(terminal, typed)
            if hidden:
                await_hiding(terminal)
                os.write(terminal, secret)


def await_hiding(terminal):
    """A program shows its question a moment before it hides the answer."""
    while termios.tcgetattr(terminal)[3] & termios.ECHO:
        time.sleep(POLL_S)


def is_alive(group):
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def main(columns, rows, *command):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    pid, terminal = start(int(columns), int(rows), command)
    try:
        relay(terminal)
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        late = time.monotonic() + LINGER_S
        while is_alive(pid) and time.monotonic() < late:
            time.sleep(POLL_S)
        if is_alive(pid):
            print(f"Killed: processes that outlived their launcher by {LINGER_S} s")
        return code if code >= 0 else 128 - code
    finally:
        if is_alive(pid):
            os.killpg(pid, signal.SIGKILL)


sys.exit(main(*sys.argv[1:]))
