"""Kinds of value and their members."""

from typing import Protocol

import pytest

from bayesdose.checks.kinds import kind, kind_of, returned, tag_of


@kind("animal")
class Animal(Protocol):
    def speak(self) -> str: ...


class Dog(Animal):
    def speak(self):
        return "woof"


class Cat:
    """Speaks, and does not say that it is an animal."""

    def speak(self):
        return "meow"


def dog() -> Dog:
    return Dog()


def quoted() -> "Dog":
    return Dog()


def dogs() -> tuple[Dog, ...]:
    return (Dog(), Dog())


def name() -> str:
    return "Rex"


def untyped():
    return Dog()


@pytest.mark.parametrize("member", [Animal, Dog, dog, quoted, dogs])
def test_members(member):
    assert kind_of(member) is Animal


@pytest.mark.parametrize("other", [Cat, name, untyped, int, str])
def test_others(other):
    assert kind_of(other) is None


def test_a_users_own_value_need_not_inherit():
    assert isinstance(Cat(), Animal)
    assert not isinstance(object(), Animal)


def test_tag_and_what_is_made():
    assert tag_of(Animal) == "animal"
    assert returned(dogs) is returned(dog) is returned(quoted) is Dog
    assert returned(Dog) is Dog
