import threading

from scorer.library.embed import ahead


def test_a_long_item_does_not_hold_up_the_others() -> None:
    late = threading.Event()

    def work(number: int) -> int:
        if number == 0:
            assert late.wait(60), "the first was waited for before the others"
        return number

    got = []
    for number in ahead(work, range(8), 2):
        got.append(number)
        if len(got) == 5:
            late.set()
    assert got[:5] == [1, 2, 3, 4, 5]
    assert sorted(got) == list(range(8))


def test_the_reader_is_never_left_far_behind() -> None:
    begun = []

    def work(number: int) -> int:
        begun.append(number)
        return number

    for done, _ in enumerate(ahead(work, range(50), 3)):
        assert len(begun) <= done + 6


def test_what_is_being_done_is_told_to_stop_when_the_reader_stops() -> None:
    stop = threading.Event()
    given_up = []

    def work(number: int) -> int:
        if number:
            given_up.append(stop.wait(60))
        return number

    results = ahead(work, range(9), 2, stop.set)
    assert next(results) == 0
    results.close()
    assert given_up
    assert all(given_up)
