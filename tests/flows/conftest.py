"""What the tests of templates share."""

from tests.fakes.web import web  # noqa: F401
