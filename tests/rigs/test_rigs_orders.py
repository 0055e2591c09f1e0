"""What becomes of commands whose session is gone."""

from payload.rigs.dictionary import INCUBATOR
from payload.rigs.orders import Order, Orders


def test_after_a_reboot_only_what_is_harmless_goes_out_again_and_arm_is_not():
    orders = Orders()
    orders.begin_session()
    for name, arguments in (("limit", (0, 4_000, 30_000)), ("arm", ()), ("heat", (37_000, 60_000)), ("read", (0,))):
        orders.submit(Order(name, INCUBATOR.by_name[name], arguments))
    sent = []
    while (order := orders.next()) is not None:
        order.ask = False
        sent.append(order.token)
    settled = [(moved.token, moved.stage, moved.code) for moved in orders.settle_unknown()]
    orders.begin_session()
    again = []
    while (order := orders.next()) is not None:
        order.ask = False
        again.append(order.token)
    assert sent == ["limit", "arm", "heat", "read"]
    assert settled == [("arm", "INDETERMINATE", "REBOOT"), ("heat", "INDETERMINATE", "REBOOT")]
    assert again == ["limit", "read"]
