import pytest
from tests.runs.claims_contract import ClaimsContract
from tests.runs.store_contract import StoreContract

from weft.runs.memory import MemoryStore


class TestMemoryStore(StoreContract, ClaimsContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()
