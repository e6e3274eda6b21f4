from __future__ import annotations

import re

from log2metrics.tail.selection import Selection

BY_NAME = re.compile(r"/(?P<vhost>[^/]+?)(?:[._-](?P<kind>\w+))?\.log$")


def test_labels_come_from_the_source_and_from_the_path() -> None:
    """Constant labels and named groups together, in order of name."""
    selection = Selection("src", (), labels=(("role", "web"),), file_labels=BY_NAME)
    assert (("kind", "access"), ("role", "web"), ("vhost", "shop")) == selection.labels_of("/var/log/shop-access.log")


def test_a_group_that_takes_no_part_gives_no_label() -> None:
    """An optional part of the name that is missing makes no empty label."""
    assert (("vhost", "shop"),) == Selection("src", (), file_labels=BY_NAME).labels_of("/var/log/shop.log")


def test_a_path_that_does_not_match_has_the_labels_of_the_source_alone() -> None:
    """Neither no regex nor one that finds nothing is an error."""
    constant = (("role", "web"),)
    assert constant == Selection("src", (), labels=constant, file_labels=BY_NAME).labels_of("/var/log/messages")
    assert constant == Selection("src", (), labels=constant).labels_of("/var/log/shop.log")


def test_a_hostile_file_name_makes_a_harmless_label() -> None:
    """Whoever may create files can't break an output by their names."""
    assert (("vhost", "a\ufffdb"),) == Selection("src", (), file_labels=BY_NAME).labels_of("/var/log/a\nb.log")
