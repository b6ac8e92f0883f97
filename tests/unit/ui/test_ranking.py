from zkcompanion.ui.shell.ranking import rank


def names(query, *entries):
    texts = [entry if isinstance(entry, tuple) else (entry,) for entry in entries]
    return [texts[index][0] for index in rank(query, texts)]


def test_nothing_typed_shows_everything_in_its_order():
    assert names("  ", "Home", "Prove", "Settings") == ["Home", "Prove", "Settings"]


def test_letters_in_their_order_are_enough():
    assert names("stg", "Home", "Settings", "Prove") == ["Settings"]
    assert names("gts", "Settings") == []


def test_a_beginning_counts_more_than_a_middle_and_a_word_more_than_its_inside():
    assert names("pro", "Approve a proof", "Prove") == ["Prove", "Approve a proof"]
    assert names("key", "Turkey trot", "Development key") == ["Development key", "Turkey trot"]


def test_initials_find_a_sentence():
    assert names("fat", "Flat surfaces", "Funds above a threshold")[0] == "Flat surfaces"
    assert names("faat", "Flat surfaces", "Funds above a threshold") == ["Funds above a threshold"]


def test_every_word_typed_has_to_be_there():
    assert names("theme dark", "Use the dark theme", "Use the light theme") == ["Use the dark theme"]


def test_case_and_accents_do_not_matter():
    assert names("EINSTELLUNG", "Größe der Einstellungen") == ["Größe der Einstellungen"]
    assert names("grosse", "Größe") == ["Größe"]
    assert names("cafe", "Café") == ["Café"]
    assert names("größe", "Grosse Felder") == ["Grosse Felder"]
    assert names("证明", "生成证明") == ["生成证明"]


def test_other_words_are_found_after_names():
    assert names("colour", ("Theme", "colour"), ("Colours of charts",)) == ["Colours of charts", "Theme"]


def test_of_two_alike_the_shorter_comes_first():
    assert names("prove", "Prove something", "Prove") == ["Prove", "Prove something"]


def test_strange_input_is_only_not_found():
    assert names("\N{ZERO WIDTH JOINER}\n\t(*", "Home") == []
    assert names("a" * 10_000, "a" * 50) == []
