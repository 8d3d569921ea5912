"""Answers computed once and kept for as long as they hold; the longest unasked go first."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any


@dataclass(eq=False)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    is_filled: bool = False
    value: Any = None


class Memory:
    """At most `most` values by key; of many threads that ask for a missing one, one makes it and the others wait."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """The value of `key`, made where it is missing; an error of `make` is raised and not kept."""
        with self._lock:
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            if len(self._slots) > self._most:
                self._slots.popitem(last=False)
        if not slot.is_filled:
            with slot.lock:
                if not slot.is_filled:
                    slot.value, slot.is_filled = make(), True
        return slot.value
