import pytest

import kzm_surveys as kzm


@pytest.fixture(scope="session")
def noise():
    return kzm.weight(kzm.load("surveys/noise/2021"))


@pytest.fixture(scope="session")
def breastfeeding():
    return kzm.weight(kzm.load("surveys/breastfeeding/2022"))
