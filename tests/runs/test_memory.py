import pytest
from tests.runs.store_contract import StoreContract

from weft.runs.memory import MemoryStore


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
