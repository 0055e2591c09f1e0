"""A stranger on a port that we made: numbers of PTYs are dealt anew, so one that looks for its own may take ours."""

from threading import Timer

from payload.model import Rig
from payload.rigs.ports.transport import SerialPort
from payload.rigs.stations.wiring import wire


def test_who_strays_onto_our_port_is_waited_for(tmp_path):
    way = wire(Rig("oven", "incubator", "pty:"), "pty:", speed_milli=1000, folder=tmp_path)
    try:
        way.ready()
        stranger = SerialPort("stranger", str(tmp_path / "oven.port"))
        leaving = Timer(0.1, stranger.close)
        leaving.start()
        way.open().close()
        leaving.join()
    finally:
        way.close()
