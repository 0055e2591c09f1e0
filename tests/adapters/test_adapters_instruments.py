"""The two instruments that come with the program, over simulated ones in virtual time."""

import pytest
from adapters_builders import Lab

from payload.errors import PortError, ProtocolError, RigFault
from payload.rigs.adapters import Lost, Uncertain
from payload.rigs.adapters.lines import Trust
from payload.rigs.adapters.simulated import SimulatedController, SimulatedSupply, Whims

SUPPLY, CONTROLLER = "bench-supply", "temperature-controller"


def tell(adapter, name, *arguments):
    adapter.carry_out(adapter.kind.by_name[name], arguments)


def values(adapter):
    return {channel.name: adapter.read(channel) for channel in adapter.kind.channels}


def test_a_supply_is_set_read_and_made_safe():
    lab = Lab(SUPPLY)
    supply = lab.adapter()
    tell(supply, "set-voltage", 5_000)
    tell(supply, "set-current", 1_000)
    assert values(supply) == {"voltage": 0, "current": 0}
    tell(supply, "output-on")
    assert values(supply) == {"voltage": 5_000, "current": 500}
    tell(supply, "power", 12_000, 300, 60_000)
    assert values(supply) == {"voltage": 3_000, "current": 300}, "10 ohms: the current's limit holds"
    supply.make_safe()
    assert (lab.instrument.on, values(supply)) == (False, {"voltage": 0, "current": 0})


def test_what_the_supply_refuses_is_its_own_words_and_leaves_no_error_behind():
    lab = Lab(SUPPLY)
    supply = lab.adapter()
    lab.instrument.errors += ['-350,"Queue overflow"']
    with pytest.raises(RigFault, match=r'VOLT 40\.000. was refused: -350,"Queue overflow"; -222,"Data out of range"'):
        tell(supply, "set-voltage", 40_000)
    assert lab.instrument.errors == []
    tell(supply, "set-voltage", 4_000)


def test_a_supply_that_rounds_too_far_is_found_out():
    class Coarse(SimulatedSupply):
        def _set(self, header, text):
            super()._set(header, str(round(float(text))))

    supply = Lab(SUPPLY, make=Coarse).adapter()
    with pytest.raises(RigFault, match=r"'VOLT 4\.600' was taken, but reads back otherwise \[VERIFY\]"):
        tell(supply, "set-voltage", 4_600)


@pytest.mark.parametrize(("compound", "trust"), [(True, Trust.TAGGED), (False, Trust.FENCED)])
def test_an_instrument_is_asked_what_it_can_do(compound, trust):
    class Supply(SimulatedSupply):
        pass

    Supply.compound = compound
    lab = Lab(SUPPLY, make=Supply)
    supply = lab.adapter()
    assert supply._lines.trust is trust
    assert lab.instrument.errors == [], "what the asking left behind has been cleared away"
    tell(supply, "set-voltage", 5_000)


def test_numbers_are_kept_out_of_a_memory_that_wears_out():
    lab = Lab(SUPPLY)
    lab.adapter()
    assert lab.instrument.clear_at_power_on == 1


class Deaf(SimulatedSupply):
    """Does not answer the next so many messages; `obeys`: does what they say all the same."""

    deaf, obeys = 0, True

    def hear(self, data, now):
        if self.deaf and not self.obeys:
            self.deaf -= 1
            return []
        replies = super().hear(data, now)
        if self.deaf and replies:
            self.deaf -= 1
            return []
        return replies


@pytest.mark.parametrize("obeys", [True, False])
def test_a_set_without_an_answer_is_read_back(obeys):
    """Done already, it is not sent again; not done, it is."""
    lab = Lab(SUPPLY, make=Deaf)
    supply = lab.adapter()
    lab.instrument.deaf, lab.instrument.obeys = 1, obeys
    tell(supply, "set-voltage", 5_000)
    assert lab.instrument.volts == 5
    assert supply._dialogue.conversation.tally.unanswered == 1


def test_a_set_that_cannot_be_read_back_or_repeated_may_or_may_not_have_been_done():
    lab = Lab(SUPPLY, make=Deaf)
    supply = lab.adapter()
    lab.instrument.deaf = 1
    with pytest.raises(Uncertain, match=r"'VOLT 5' may or may not have been done: .*no answer within 1000 ms"):
        supply.set("VOLT 5", repeat=False)
    lab.instrument.deaf = 1
    supply.set("VOLT 6")
    assert lab.instrument.volts == 6


def test_what_reads_back_as_not_done_is_a_failure_and_not_a_riddle():
    class Stubborn(Deaf):
        def _set(self, header, text):
            if header == "VOLT":
                self.deaf = 1
            else:
                super()._set(header, text)

    supply = Lab(SUPPLY, make=Stubborn).adapter()
    with pytest.raises(RigFault, match=r"'VOLT 5\.000' reads back as not done, after 3 tries"):
        tell(supply, "set-voltage", 5_000)


def test_an_instrument_that_stops_answering_is_lost():
    lab = Lab(SUPPLY, make=Deaf)
    supply = lab.adapter()
    lab.instrument.deaf = 1_000
    with pytest.raises(Lost, match=r"rig bench: virtual has gone silent .*is the instrument on"):
        values(supply)


def test_one_that_is_something_else_is_refused():
    class Meter(SimulatedSupply):
        def _obey(self, part):
            return "DMM" if part == "*IDN?" else super()._obey(part)

    with pytest.raises(ProtocolError, match="rig bench: scpi:virtual is 'DMM', which is no bench-supply"):
        Lab(SUPPLY, make=Meter).adapter()


def test_not_a_number_is_not_a_measurement():
    class Overloaded(SimulatedSupply):
        def measure(self, what):
            return "9.91E37"

    supply = Lab(SUPPLY, make=Overloaded).adapter()
    with pytest.raises(ProtocolError, match=r"MEAS:VOLT\? is answered '9\.91E37': a number was expected"):
        values(supply)


def test_a_controller_is_set_read_and_made_safe():
    lab = Lab(CONTROLLER)
    bath = lab.adapter()
    tell(bath, "hold", 30_000, 60_000)
    assert (lab.instrument.set_point, lab.instrument.running) == (300, 1)
    lab.clock.advance(lab.clock.now + 20_000_000_000)
    assert values(bath) == {"temperature": 24_000, "output": 1_000}
    tell(bath, "set-point", -15_000)
    assert lab.instrument.set_point == -150
    bath.make_safe()
    assert lab.instrument.running == 0


@pytest.mark.parametrize("loopback", [True, False])
def test_a_controller_without_loopback_is_fenced_by_reads(loopback):
    class Controller(SimulatedController):
        pass

    Controller.loopback = loopback
    bath = Lab(CONTROLLER, make=Controller).adapter()
    assert bath._dialogue.conversation.dialect.fence.value == ("loopback" if loopback else "read")
    assert values(bath) == {"temperature": 21_000, "output": 0}


def test_what_the_controller_refuses_is_named():
    bath = Lab(CONTROLLER).adapter()
    with pytest.raises(RigFault, match=r"register 1 = 1201 was refused: illegal data value \[INSTRUMENT\]"):
        bath.write(1, (1_201,))
    with pytest.raises(RigFault, match=r"reading register 40 was refused: illegal data address \[INSTRUMENT\]"):
        bath.registers(40)


class DeafController(SimulatedController):
    deaf, obeys = 0, True

    def _obey(self, pdu):
        if self.deaf and pdu[0] == 6 and not self.obeys:
            return pdu
        return super()._obey(pdu)

    def hear(self, data, now):
        replies = super().hear(data, now)
        if self.deaf and replies and replies[0][1] == 6:
            self.deaf -= 1
            return []
        return replies


@pytest.mark.parametrize("obeys", [True, False])
def test_a_write_without_an_answer_is_read_back(obeys):
    lab = Lab(CONTROLLER, make=DeafController)
    bath = lab.adapter()
    lab.instrument.deaf, lab.instrument.obeys = 1, obeys
    tell(bath, "set-point", 30_000)
    assert lab.instrument.set_point == 300
    assert bath._dialogue.conversation.tally.unanswered == 1


def test_a_write_that_may_not_be_repeated_may_or_may_not_have_been_done():
    lab = Lab(CONTROLLER, make=DeafController)
    bath = lab.adapter()
    lab.instrument.deaf, lab.instrument.obeys = 1, False
    with pytest.raises(Uncertain, match="register 1 = 300 may or may not have been done"):
        bath.write(1, (300,), repeat=False)
    lab.instrument.deaf = 3
    with pytest.raises(RigFault, match=r"register 1 = 300 reads back as not done, after 3 tries \[UNANSWERED\]"):
        bath.write(1, (300,))


def test_a_write_that_is_taken_but_does_not_stand_is_found_out():
    class Forgetful(SimulatedController):
        def _write(self, at, value):
            return 0

    bath = Lab(CONTROLLER, make=Forgetful).adapter()
    with pytest.raises(RigFault, match=r"register 2 = 1 was taken, but reads back as \(0,\) \[VERIFY\]"):
        tell(bath, "run")


@pytest.mark.parametrize("kind", [SUPPLY, CONTROLLER])
def test_settings_that_stand_after_a_loss_are_recognised(kind):
    lab = Lab(kind)
    adapter = lab.adapter()
    command = adapter.kind.commands[-1]
    arguments = (5_000, 1_000, 60_000) if kind == SUPPLY else (30_000, 60_000)
    adapter.carry_out(command, arguments)
    assert adapter.stands(command, arguments)
    assert not adapter.stands(command, (4_000, *arguments[1:]))
    adapter.make_safe()
    assert not adapter.stands(command, arguments)


@pytest.mark.parametrize("kind", [SUPPLY, CONTROLLER])
def test_work_goes_on_over_a_line_of_whims(kind):
    """A set is in force when it has returned, however the replies came."""
    lab = Lab(kind, whims=Whims(late=0.1, twice=0.1, split=0.3, late_ms=(300, 1_200)), seed=5)
    adapter = lab.adapter()
    for number in range(60):
        if kind == SUPPLY:
            tell(adapter, "set-voltage", 100 * number)
            assert lab.instrument.volts * 10 == number
        else:
            tell(adapter, "set-point", 1_000 * number)
            assert lab.instrument.set_point == 10 * number
    assert lab.simulated.late >= 3


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"unit": "0"}, "modbus:virtual: unit is a whole number from 1 to 247, not '0'"),
        ({"parity": "even"}, "modbus:virtual: parity is one of E, N, O, not 'even'"),
        ({"units": "3"}, "modbus:virtual: there is no option units; there are unit, baud, parity"),
    ],
)
def test_an_option_that_cannot_be_says_what_could(options, message):
    with pytest.raises(PortError, match=message):
        Lab(CONTROLLER, options=options).adapter()


def test_another_unit_does_not_answer():
    with pytest.raises(Lost, match="does not answer as unit 9 at 9600 baud, parity E: is the instrument on, and"):
        Lab(CONTROLLER, options={"unit": "9"}).adapter()
