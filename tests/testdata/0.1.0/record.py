#!/usr/bin/python3
"""Records the files of this folder with mqttrec 0.1.0, commit ce39c6b; README.md tells what each is.

    DENO=deno python3 record.py CHECKOUT [FOLDER…]

CHECKOUT is a working tree of that commit. The script records each FOLDER (default: all) beside
itself. It needs Linux, root, mosquitto, mosquitto-clients and strace.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKOUT = os.path.abspath(sys.argv[1])
DENO = os.environ.get("DENO", "deno")
MAIN = [
    DENO, "run", "--quiet", "--no-prompt", "--allow-net", "--allow-read=.", "--allow-write=.",
    "--allow-env=LANG,LC_ALL,LC_MESSAGES,NO_COLOR,TERM,MQTT_USERNAME,MQTT_PASSWORD,MQTTREC_*",
    "--allow-sys=hostname", f"{CHECKOUT}/main.ts",
]
ENV = {**os.environ, "LANG": "C", "LC_ALL": "", "LC_MESSAGES": ""}
BASE = "mqtt_data"
BROKER = shutil.which("mosquitto") or "/usr/sbin/mosquitto"

# Two filters that Mosquitto's dynamic security plugin refuses; the rest is allowed.
REFUSED = ["private/#", 'home/a, "b"/#']
SECURITY = {
    "defaultACLAccess": {a: True for a in (
        "publishClientSend", "publishClientReceive", "subscribe", "unsubscribe")},
    "roles": [{"rolename": "guest", "acls": [
        {"acltype": "subscribeLiteral", "topic": f, "priority": 1, "allow": False} for f in REFUSED]}],
    "groups": [{"groupname": "guests", "roles": [{"rolename": "guest"}]}],
    "anonymousGroup": "guests",
}


def wait(what, seconds=20):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise TimeoutError
        time.sleep(0.01)


class Mosquitto:
    def __init__(self):
        self.folder = tempfile.mkdtemp()
        with socket.create_server(("127.0.0.1", 0)) as s:
            self.port = s.getsockname()[1]
        self.start()

    def start(self, *lines, refusing=False):
        """Again on the same port; it remembers sessions when it was stopped with SIGTERM."""
        if refusing:
            with open(f"{self.folder}/security.json", "w") as f:
                json.dump(SECURITY, f)
            plugin = next(p for p in (
                "/usr/lib/x86_64-linux-gnu/mosquitto_dynamic_security.so",
                "/usr/lib/aarch64-linux-gnu/mosquitto_dynamic_security.so",
                "/usr/lib/mosquitto_dynamic_security.so") if os.path.exists(p))
            lines += (f"plugin {plugin}", f"plugin_opt_config_file {self.folder}/security.json")
        with open(f"{self.folder}/conf", "w") as f:
            f.write("\n".join([
                f"listener {self.port} 127.0.0.1", "allow_anonymous true", "user root",
                "max_queued_messages 0", "persistence true",
                f"persistence_location {self.folder}/", "log_dest none", *lines]))
        self.child = subprocess.Popen([BROKER, "-c", f"{self.folder}/conf"], stderr=subprocess.DEVNULL)
        wait(self.answers)

    def answers(self):
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
            return True
        except OSError:
            return False

    def stop(self, forgetting=False):
        self.child.terminate()
        self.child.wait()
        if forgetting:
            os.remove(f"{self.folder}/mosquitto.db")

    def publish(self, topic, payload=b"", *args, qos=1):
        given = ["-s"] if payload else ["-n"]
        subprocess.run(
            ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-V", "5", "-q", str(qos),
             "-t", topic, *given, *args],
            input=payload, check=True)

    def burst(self, topic, count, text="{}", qos=1):
        lines = "".join(text.format(i) + "\n" for i in range(count)).encode()
        subprocess.run(
            ["mosquitto_pub", "-h", "127.0.0.1", "-p", str(self.port), "-q", str(qos), "-t", topic,
             "-l"], input=lines, check=True)

    def close(self):
        self.child.kill()
        self.child.wait()
        shutil.rmtree(self.folder)


class Recorder:
    last = None

    def __init__(self, cwd, broker, *flags):
        self.cwd = cwd
        self.child = subprocess.Popen(
            [*MAIN, "--lang", "en", "--broker", f"127.0.0.1:{broker.port}", "--output", BASE, *flags],
            cwd=cwd, env=ENV, stdin=subprocess.PIPE, stderr=subprocess.PIPE,
            restore_signals=False)  # SIGXFSZ stays ignored: a size limit is an error of the write.
        Recorder.last = self
        self.heard = ""
        self.thread = threading.Thread(target=self.listen, daemon=True)
        self.thread.start()
        self.said("Files:")

    def listen(self):
        for line in self.child.stderr:
            self.heard += line.decode()

    def said(self, text, times=1):
        try:
            wait(lambda: self.heard.count(text) >= times, 30)
        except TimeoutError:
            raise Exception(f"waiting for {text!r}:\n{self.heard}")

    def has(self, rows):
        """Waits until that many rows are in the files."""
        wait(lambda: count_json(self.cwd) >= rows <= count_csv(self.cwd))

    def quit(self):
        self.child.stdin.write(b"q\n")
        self.child.stdin.close()
        self.end()
        assert self.child.returncode == 0, self.heard

    def kill(self):
        self.child.kill()
        self.end()

    def end(self):
        self.child.wait(60)
        self.thread.join()


def state(cwd):
    with open(f"{cwd}/{BASE}.lock") as f:
        return json.loads(f.read())


def count_csv(cwd):
    try:
        with open(f"{cwd}/{BASE}.csv", "rb") as f:
            return f.read().count(b"Z,")
    except FileNotFoundError:
        return 0


def count_json(cwd):
    with open(f"{cwd}/{BASE}.json", "rb") as f:
        return f.read().count(b'\n{"timestamp":')


PAYLOADS = [
    ("sensors/empty", b""),
    ("sensors/number", b"21.5"),
    ("sensors/negative", b"-12.5"),
    ("sensors/leading", b"007"),
    ("sensors/json", '{"temperature": 21.5, "unit": "°C", "list": [1, null, "\\u0000"]}'.encode()),
    ("sensors/quotes", b'say "hi", "you"'),
    ("sensors/quote", b'"'),
    ("sensors/commas", b",,;|\t"),
    ("sensors/cr", b"a\rb"),
    ("sensors/lf", b"a\nb\n"),
    ("sensors/crlf", b"a\r\nb\r\n"),
    ("sensors/row", b"x\r\n2026-11-23T10:00:00.123Z,a,b,utf-8,1,false,false\r\n"),
    ("sensors/jsonrow", b'x"}\n]\n'),
    ("sensors/emoji", "👋🏽 température 21,5 °C".encode()),
    ("sensors/nul", b"A\0B"),
    ("sensors/trailing", b"23.7\0"),
    ("sensors/invalid", b"\xff\xfe\xc3\x28"),
    ("sensors/half", b"\xe2\x82"),
    ("sensors/binary", bytes(i * 7 % 256 for i in range(300))),
    ("sensors/bom", b"\xef\xbb\xbf23.7"),
    ("sensors/formula", b"=1+1"),
    ("sensors/ansi", b"\x1b[31mred\x1b[0m\x07\x7f"),
    ("sensors/separators", "a\u0085b\u2028c\u2029d\x0be\x0cf".encode()),
    ("sensors/backslash", b'\\"\\n\\'),
    ("sensors/spaces", b"  \t "),
    ("sensors/text", ("é,\"\r\n" * 40).encode()),
    ('sensors/a,"b";|', b"topic"),
    ("sensors/é👋\u202e", b"topic"),
    ("sensors/=A1", b"topic"),
    ("sensors/__proto__", b"topic"),
]


def clean(cwd, broker):
    broker.publish("sensors/kept", b"retained", "-r")
    broker.publish("sensors/kept/binary", b"\x80", "-r", qos=2)
    recorder = Recorder(cwd, broker, "--qos", "2")
    recorder.has(2)
    for i, (topic, payload) in enumerate(PAYLOADS):
        broker.publish(topic, payload, qos=i % 3)
        recorder.has(3 + i)
    rows = 2 + len(PAYLOADS)
    # The broker sends again, with DUP, what was not acknowledged before it went.
    recorder.child.send_signal(signal.SIGSTOP)
    broker.publish("sensors/again", b"one", qos=1)
    broker.publish("sensors/again", b'{"two": "2"}', qos=1)
    broker.publish("sensors/again", b"three", qos=2)
    broker.stop()
    recorder.child.send_signal(signal.SIGCONT)
    recorder.said("lost")
    broker.start()
    recorder.said("again")
    wait(lambda: b",true\r\n" in open(f"{cwd}/{BASE}.csv", "rb").read())
    broker.publish("sensors/number", b"21.6", qos=2)
    recorder.quit()


def properties(cwd, broker):
    recorder = Recorder(cwd, broker, "--properties", "--qos", "2")

    def publish(payload, *named, topic="sensors/a", qos=1):
        broker.publish(topic, payload, *[w for p in named for w in ("-D", "publish", *p)], qos=qos)
        publish.rows += 1
        recorder.has(publish.rows)

    publish.rows = 0
    user = "user-property"
    publish(b"none")
    publish(b"all", ("content-type", "text/plain; charset=utf-8"), ("response-topic", "reply/é"),
            ("correlation-data", b"id,7\xff\xfe\x01"), ("message-expiry-interval", "3600"),
            ("payload-format-indicator", "1"), (user, "unit", "°C"), (user, "unit", 'say "K"'))
    publish(b'{"v": 1}', ("content-type", "application/json"), qos=0)
    publish(b"\xff\xfe", ("content-type", "application/octet-stream"), qos=2)
    publish(b"", ("response-topic", "reply/a,b;c"))
    publish(b"x", ("correlation-data", "plain"))
    publish(b"x", ("message-expiry-interval", "4294967295"))
    publish(b"x", ("payload-format-indicator", "0"))
    publish(b"a\0b", (user, "", ""), (user, "=1+1", "a;b|c"), (user, "line", "a\u2028b"))
    publish(b'"', (user, "__proto__", "\\"), (user, "emoji", "👋🏽"), topic='sensors/a,"b"')
    publish(b"last")
    recorder.quit()


def killed(cwd, broker):
    for _ in range(100):
        recorder = Recorder(cwd, broker)
        broker.burst("sensors/temperature", 20, "{}.5")
        broker.publish("sensors/note", b'line one\r\nline "two"')
        recorder.has(21)
        wait(lambda: state(cwd)["committed"]["csv"] > 1000)
        # SIGKILL arrives as the recorder enters its third write to the JSON file from now on.
        strace = subprocess.Popen(
            ["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(recorder.child.pid),
             "-P", f"{os.path.realpath(cwd)}/{BASE}.json", "-e", "trace=write",
             "-e", "inject=write:signal=SIGKILL:when=3"])
        time.sleep(0.5)
        for _ in range(10):
            if recorder.child.poll() is None:
                broker.burst("sensors/humidity", 20, "{} %")
        recorder.kill()
        strace.wait()
        if count_csv(cwd) > count_json(cwd) > 21:
            return
        for name in os.listdir(cwd):
            os.remove(f"{cwd}/{name}")
        broker.stop(forgetting=True)
        broker.start()
    raise Exception("CSV and JSON never differed")


def killed_away(cwd, broker):
    filters = [w for f in ["sensors/#", *REFUSED] for w in ("--topic", f)]
    recorder = Recorder(cwd, broker, *filters)
    broker.burst("sensors/temperature", 10, "{}.5")
    broker.publish("sensors/humidity", b"40 %", qos=0)
    recorder.has(11)
    broker.stop()
    broker.start(refusing=True)
    recorder.said("every 30 s")
    broker.publish("sensors/temperature", b"10.5")
    recorder.has(12)
    wait(lambda: state(cwd)["refused"])
    broker.stop()
    wait(lambda: state(cwd).get("awaySince"))
    time.sleep(2)
    recorder.kill()


def session_kept(cwd, broker):
    recorder = Recorder(cwd, broker, "--keep-session")
    broker.burst("sensors/temperature", 5, "{}.5")
    broker.burst("sensors/humidity", 5, "{} %", qos=0)
    recorder.has(10)
    recorder.quit()


def gaps(cwd, broker):
    def rows():
        with open(f"{cwd}/{BASE}.gaps.csv", newline="") as f:
            return f.read()

    # Overload: QoS 0 comes faster than a slow disk takes it.
    recorder = Recorder(cwd, broker, "--qos", "0")
    slow = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(recorder.child.pid), "-P",
         f"{os.path.realpath(cwd)}/{BASE}.csv", "-e", "trace=write",
         "-e", "inject=write:delay_enter=2500000"])
    time.sleep(0.5)
    broker.burst("sensors/big", 6000, "{} " + "x" * 8000, qos=0)
    time.sleep(3)
    slow.terminate()
    slow.wait()
    recorder.quit()
    assert "overload" in rows(), rows()
    # Both files are large; a user may move them away, and the gap log goes on.
    os.remove(f"{cwd}/{BASE}.csv")
    os.remove(f"{cwd}/{BASE}.json")

    # The broker goes, and comes back with the session, then without.
    recorder = Recorder(cwd, broker)
    broker.publish("sensors/a", b"1")
    recorder.has(1)
    broker.stop()
    recorder.said("reconnecting")
    broker.start()
    recorder.said("again")
    broker.stop(forgetting=True)
    recorder.said("reconnecting", 2)
    broker.start()
    recorder.said("again", 2)
    # The files may not grow for a while.
    pid = str(recorder.child.pid)
    subprocess.run(["prlimit", "--pid", pid, "--fsize=1:"], check=True)
    broker.publish("sensors/a", b"2")
    recorder.said("held back")
    subprocess.run(["prlimit", "--pid", pid, "--fsize=unlimited:"], check=True)
    recorder.said("Writing again")
    recorder.has(2)
    recorder.kill()

    # The next start logs the unclean end; this run asks for no session.
    recorder = Recorder(cwd, broker, "--session-expiry", "0")
    broker.stop()
    recorder.said("reconnecting")
    broker.start()
    recorder.said("again")
    recorder.quit()

    # The next start finds the session, but QoS 0 was sent; the one after that finds none.
    for forgetting in (False, True):
        recorder = Recorder(cwd, broker, "--keep-session")
        broker.publish("sensors/a", b"0", qos=0)
        recorder.has(3 + forgetting)
        recorder.quit()
        broker.stop(forgetting)
        broker.start()
    recorder = Recorder(cwd, broker)
    # A sync of rows with QoS 0 that fails.
    failing = subprocess.Popen(
        ["strace", "-f", "-qq", "-o", "/dev/null", "-p", str(recorder.child.pid), "-P",
         f"{os.path.realpath(cwd)}/{BASE}.csv", "-e", "trace=fdatasync",
         "-e", "inject=fdatasync:error=EIO:when=1"])
    time.sleep(0.5)
    broker.publish("sensors/a", b"0", qos=0)
    recorder.said("The disk failed")
    failing.terminate()
    failing.wait()
    recorder.quit()

    # The broker refuses two filters, grants them, grants less, grants all.
    recorder = Recorder(
        cwd, broker, *[w for f in ["sensors/#", *REFUSED] for w in ("--topic", f)])
    broker.stop()
    broker.start(refusing=True)
    recorder.said("every 30 s")
    broker.stop()
    broker.start()
    wait(lambda: rows().count("subscription refused") == 2)
    broker.stop()
    broker.start("max_qos 0")
    recorder.said("grants only QoS 0")
    broker.stop()
    broker.start()
    wait(lambda: rows().count("subscription downgraded") == 3)
    # Another client with our id, which connects again whenever we do.
    other = subprocess.Popen(
        ["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.port), "-V", "5",
         "-i", state(cwd)["clientId"], "-t", "sensors/#"], stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL)
    recorder.end()
    other.kill()
    other.wait()
    assert "took over" in recorder.heard, recorder.heard
    recorder = Recorder(cwd, broker)
    broker.publish("sensors/a", b"last")
    recorder.quit()


def torn(cwd, broker):
    recorder = Recorder(cwd, broker)
    broker.burst("sensors/temperature", 5, "{}.5")
    recorder.has(5)
    noted = state(cwd)["committed"]["csv"]
    wait(lambda: state(cwd)["committed"]["csv"] > noted)
    noted = state(cwd)["committed"]["csv"]
    broker.publish("sensors/note", b'line one\r\nline "two"')
    broker.publish("sensors/binary", b"\xff\x00")
    broker.publish("sensors/nul", b"A\0B")
    broker.publish("sensors/note", 'the last one, "torn"\r\n°C'.encode())
    recorder.has(9)
    time.sleep(0.3)  # Until the broker has the acknowledgements.
    recorder.kill()
    assert state(cwd)["committed"]["csv"] == noted
    # As a power cut leaves them: CSV torn within the last row, JSON within the one before.
    os.truncate(f"{cwd}/{BASE}.csv", os.path.getsize(f"{cwd}/{BASE}.csv") - 27)
    with open(f"{cwd}/{BASE}.json", "rb") as f:
        rows = f.read().split(b"\n")
    os.truncate(f"{cwd}/{BASE}.json", len(b"\n".join(rows[:8])) + 62)
    copy(cwd, f"{HERE}/torn/before")
    recorder = Recorder(cwd, broker)
    recorder.quit()
    for name in ("csv", "json"):
        assert f'bytes moved to "{BASE}.{name}.torn"' in recorder.heard, recorder.heard
    copy(cwd, f"{HERE}/torn/after")


def copy(cwd, to):
    shutil.rmtree(to, ignore_errors=True)
    os.makedirs(to)
    for name in sorted(os.listdir(cwd)):
        shutil.copyfile(f"{cwd}/{name}", f"{to}/{name}")


def contract():
    to = f"{HERE}/contract"

    def save(name, *args, **env):
        with open(f"{to}/{name}", "w") as f:
            subprocess.run([*MAIN, *args], cwd=to, env={**ENV, **env}, stdout=f, check=True)

    save("help.txt", "--help")
    save("check_help.txt", "check", "--help")
    with open(f"{to}/settings.json") as f:
        for i, settings in enumerate(json.load(f)):
            variables = {
                "MQTTREC_" + name.upper().replace("-", "_"): value
                for name, value in settings.items()}
            save(f"settings_{i}.txt", "--print-config", **variables)


FOLDERS = {f.__name__: f for f in (clean, properties, killed, killed_away, session_kept, gaps, torn)}

for name in sys.argv[2:] or [*FOLDERS, "contract"]:
    print(name)
    if name == "contract":
        contract()
        continue
    cwd = tempfile.mkdtemp()
    broker = Mosquitto()
    try:
        FOLDERS[name](cwd, broker)
        if name != "torn":
            copy(cwd, f"{HERE}/{name}")
    finally:
        if Recorder.last and Recorder.last.child.poll() is None:
            Recorder.last.kill()
        broker.close()
        shutil.rmtree(cwd)
