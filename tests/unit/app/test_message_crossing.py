from zkcompanion.app.codec import Failure, decode, encode, failure_of
from zkcompanion.base.errors import UsageError
from zkcompanion.base.messages import msg, msg_n


def test_a_count_in_a_sentence_in_a_sentence_crosses_to_another_process():
    # its plural was lost on the way, so that "2 proof" was shown
    inner = msg_n("{n} proof", "{n} proofs", n=2)
    failure = failure_of(UsageError(msg("No: {what}.", what=inner), hint=msg_n("one", "many", n=3)))
    got = decode(encode(failure), Failure)
    assert str(got.view.message) == "No: 2 proofs."
    assert str(got.view.hint) == "many"
