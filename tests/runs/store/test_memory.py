import pytest
from tests.runs.store.claims_contract import ClaimsContract
from tests.runs.store.store_contract import StoreContract

from weft.runs.store.memory import MemoryStore


class TestMemoryStore(StoreContract, ClaimsContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
