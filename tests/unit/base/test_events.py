import threading
from dataclasses import dataclass

from zkcompanion.base.events import EventBus


@dataclass(frozen=True)
class Happened:
    what: str


@dataclass(frozen=True)
class HappenedMore(Happened):
    pass


def test_an_event_reaches_those_who_asked_for_its_class_in_their_order():
    bus, heard = EventBus(), []
    bus.subscribe(Happened, lambda event: heard.append(("first", event)))
    bus.subscribe(HappenedMore, lambda event: heard.append(("other", event)))
    bus.subscribe(Happened, lambda event: heard.append(("second", event)))
    bus.publish(Happened("x"))
    assert heard == [("first", Happened("x")), ("second", Happened("x"))]


def test_an_event_that_nobody_asked_for_is_no_error():
    EventBus().publish(Happened("x"))


def test_unsubscribing_ends_it_and_may_be_done_twice():
    bus, heard = EventBus(), []
    stop = bus.subscribe(Happened, heard.append)
    bus.subscribe(Happened, lambda _: heard.append("kept"))
    stop()
    stop()
    bus.publish(Happened("x"))
    assert heard == ["kept"]


def test_one_who_fails_keeps_nobody_from_hearing_and_is_logged_without_values(caplog):
    bus, heard = EventBus(), []

    def fail(event):
        raise ValueError(event.what)

    bus.subscribe(Happened, fail)
    bus.subscribe(Happened, heard.append)
    bus.publish(Happened("a secret"))
    assert heard == [Happened("a secret")]
    assert "A subscriber of Happened failed: ValueError" in caplog.text
    assert "a secret" not in caplog.text


def test_handlers_may_subscribe_and_publish():
    bus, heard = EventBus(), []

    def more(event):
        heard.append(event.what)
        bus.subscribe(HappenedMore, heard.append)
        bus.publish(HappenedMore("y"))

    bus.subscribe(Happened, more)
    bus.publish(Happened("x"))
    assert heard == ["x", HappenedMore("y")]


def test_threads_may_subscribe_and_publish_at_once():
    bus, heard = EventBus(), []
    bus.subscribe(Happened, heard.append)
    start = threading.Barrier(4)

    def work():
        start.wait(10)
        for _ in range(50):
            bus.subscribe(Happened, lambda _: None)()
            bus.publish(Happened("x"))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(heard) == 200
