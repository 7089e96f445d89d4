"""A workspace's own prices: `prices.toml` in its folder, read again when it changes. Without one, the shipped list."""

from pathlib import Path
from typing import TYPE_CHECKING

from weft.model.errors import WeftError

if TYPE_CHECKING:
    from weft.providers.prices import Prices

FILE = "prices.toml"


class PriceFile:
    """The file, and the prices as it stood when it was last looked at."""

    def __init__(self, root: Path) -> None:
        self.path = root / FILE
        self._seen: tuple[int, int] | None = None
        self._prices: Prices | None = None

    def read(self) -> "Prices":
        """The prices as they are now. Raises `WeftError` (`bad-prices`) with the line to correct."""
        from weft.providers.prices import Prices, read_prices

        seen = self._look()
        if self._prices is None or seen != self._seen:
            self._prices = Prices(read_prices(self._text()) if seen is not None else None)
            self._seen = seen
        return self._prices

    def _look(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size

    def _text(self) -> str:
        try:
            return self.path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as problem:
            raise WeftError(
                f"{FILE} can't be read ({problem}).",
                code="bad-prices",
                hint="It is a text file of prices by model; remove it to use the shipped ones.",
            ) from None
