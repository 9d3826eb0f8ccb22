"""A driver for the rig that also makes things go wrong. The rig's own `drivers/downbeat.py` starts the processes; the
environment says what happens beside it:

  EVENT     kill        the coordinator is killed (SIGKILL) 20 s after the start, and started again 60 s later
            reboot      the same, and what it kept of its clock is of another boot: it comes back on another clock
            sigstop     player 2 stands still (SIGSTOP) from 20 s to 30 s after the start
            stall       from 15 s on, every 3 s, all processes stand still for 110 ms
            wallstep    20 s after the start the wall clocks of the coordinator and of two players jump an hour
            clockstep   20 s after the start the coordinator's monotonic clock jumps by 250 ms
            latency     ten starts of the same track, and when each call was made (calls.json)
  NETWORK   impair      every player in a namespace of its own, 5 ms +- 2 ms of delay and 1 % of loss each way
            bloat       all players behind one link of 10 Mbit/s with a queue of 1 MB
            wifi        the same with 1.5 ms + exponential 3 ms and 2 % of loss
  SERVER_ARGS further arguments of the coordinator
  RIG       the rig's folder; IMPAIR its built `impair`
"""
import importlib.util, json, os, pathlib, shutil, signal, sqlite3, subprocess, sys, tempfile, threading, time

RIG = pathlib.Path(os.environ["RIG"]).resolve()
HERE = pathlib.Path(__file__).resolve().parent
_spec = importlib.util.spec_from_file_location("downbeat_driver", RIG / "drivers/downbeat.py")
base = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(base)

EVENT, NETWORK = os.environ.get("EVENT", ""), os.environ.get("NETWORK", "")
CONNECT_S = float(os.environ.get("CONNECT_S", base.CONNECT_S))
# delay and jitter, us; loss, per cent; the shape of the jitter (triangular, if it is not said)
FIGURES = {"impair": ["5000", "2000", "1"], "wifi": ["1500", "3000", "2", "exponential"]}
helpers = []
# as the rig runs all others in its calm part
CALM = ["chrt", "-r", "5"]


def sh(text):
    subprocess.check_call(["sh", "-ec", text])


def spawn_server(rig, env=None, before=()):
    rig.spawn("server", [*before, base.BIN / "downbeat-server", "--listen", "0.0.0.0:3000", "--music", rig.out / "music",
                         "--data", rig.out / "server-data",
                         *os.environ.get("SERVER_ARGS", "").split()], env=env)


def server_env(rig):
    if EVENT == "wallstep":
        return dict(rig.env, LD_PRELOAD=str(RIG / "build/skewclock.so"), SKEW_STEP_FILE=str(rig.out / "step"))
    if EVENT == "clockstep":
        return dict(rig.env, LD_PRELOAD=str(built("clockstep.c")), CLOCKSTEP_FILE=str(rig.out / "step"))
    return None


def built(source):
    library = pathlib.Path(tempfile.gettempdir()) / (source[:-2] + ".so")
    subprocess.check_call(["cc", "-shared", "-fPIC", "-O2", "-o", library, HERE / source])
    return library


def server(rig):
    (rig.out / "music").mkdir()
    shutil.copy(rig.signal, rig.out / "music/programme.flac")
    spawn_server(rig, server_env(rig))
    time.sleep(1.5)
    if NETWORK == "bloat":
        link("home", 1, "10.77.0")
        sh("tc qdisc add dev vhome root tbf rate 10mbit burst 16kb limit 1000000")
        sh("ip netns exec dbhome tc qdisc add dev uhome root tbf rate 10mbit burst 16kb limit 1000000")


def link(name, number, net):
    """A namespace `dbNAME` behind a pair of devices; the coordinator's side is NET.1."""
    subprocess.run(["ip", "netns", "del", f"db{name}"], stderr=subprocess.DEVNULL)
    sh(f"ip netns add db{name}; ip link add v{name} type veth peer name u{name} netns db{name};"
       f"ip addr add {net}.1/24 dev v{name}; ip link set v{name} up;"
       f"ip netns exec db{name} sh -ec 'ip addr add {net}.2/24 dev u{name}; ip link set u{name} up; ip link set lo up'")


def impair(name, number):
    mangle = "iptables-legacy -t mangle -A POSTROUTING -o {dev} -j NFQUEUE --queue-num {q}"
    sh(mangle.format(dev=f"v{name}", q=number))
    sh(f"ip netns exec db{name} " + mangle.format(dev=f"u{name}", q=100 + number))
    tool, figures = os.environ["IMPAIR"], FIGURES[NETWORK]
    for argv in ([tool, str(number), *figures], ["ip", "netns", "exec", f"db{name}", tool, str(100 + number), *figures]):
        helpers.append(subprocess.Popen(argv, start_new_session=True))


def player(rig, k):
    address, before = "127.0.0.1", []
    if NETWORK == "bloat":
        address, before = "10.77.0.1", ["ip", "netns", "exec", "dbhome"]
    if NETWORK in FIGURES:
        link(str(k), k, f"10.77.{k}")
        impair(str(k), k)
        address, before = f"10.77.{k}.1", ["ip", "netns", "exec", f"db{k}"]
    env = rig.player_env(k)
    if EVENT == "wallstep" and k in (1, 3):
        env.update(LD_PRELOAD=str(RIG / "build/skewclock.so"), SKEW_STEP_FILE=str(rig.out / "step"))
    rig.spawn(f"player{k}", [*before, base.BIN / "downbeat-agent", "--server", f"{address}:3000", "--name", f"spk{k}",
                             "--output", f"alsa:spk{k}", "--data", rig.out / f"agent{k}-data"], env=env)


def at(seconds, action):
    timer = threading.Timer(seconds, action)
    timer.daemon = True
    timer.start()


def killed(rig):
    os.killpg(rig.procs["server"].pid, signal.SIGKILL)
    rig.procs["server"].wait()


def another_boot(rig):
    db = sqlite3.connect(rig.out / "server-data/downbeat.db")
    db.execute("UPDATE clock SET boot = 'another'")
    db.commit()
    db.close()
    # its monotonic clock begins elsewhere, too
    spawn_server(rig, before=[*CALM, "unshare", "--time", "--fork", "--kill-child", "--monotonic", "86400"])


def stalled(rig):
    """As a virtual machine that is not given its processors; the cards play on."""
    pids = [p.pid for p in rig.procs.values()]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(0.11)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)


def latency(rig):
    track = base.call(rig, "/api/tracks")["tracks"][0]["id"]
    calls = []
    for _ in range(10):
        before = time.clock_gettime(time.CLOCK_MONOTONIC)
        base.call(rig, "/api/playback/play", {"trackId": track})
        calls.append((before, time.clock_gettime(time.CLOCK_MONOTONIC)))
        time.sleep(2)
        base.call(rig, "/api/playback/stop", {})
        time.sleep(1.3)
    (rig.out / "calls.json").write_text(json.dumps(calls))
    base.play(rig)


def play(rig):
    # the namespaces and the queues go with the rig's own processes
    import atexit
    atexit.register(lambda: [h.terminate() for h in helpers] + [subprocess.run(["ip", "netns", "del", f"db{n}"], stderr=subprocess.DEVNULL)
                                                               for n in ("1", "2", "3", "4", "home")])
    if EVENT == "latency":
        latency(rig)
        return
    base.play(rig)
    if EVENT == "kill":
        at(20, lambda: killed(rig))
        at(80, lambda: spawn_server(rig, before=CALM))
    if EVENT == "reboot":
        at(20, lambda: killed(rig))
        at(80, lambda: another_boot(rig))
    if EVENT == "sigstop":
        at(20, lambda: os.kill(rig.procs["player2"].pid, signal.SIGSTOP))
        at(30, lambda: os.kill(rig.procs["player2"].pid, signal.SIGCONT))
    if EVENT == "stall":
        for k in range(10):
            at(15 + 3 * k, lambda: stalled(rig))
    if EVENT == "wallstep":
        at(20, lambda: (rig.out / "step").write_text("3600"))
    if EVENT == "clockstep":
        at(20, lambda: (rig.out / "step").write_text("0.25"))
