"""Every endpoint of the OpenAPI document under generated requests: no failure, and every answer as promised.

50 examples an endpoint by default, so that the suite stays quick; OILSEER_FUZZ_EXAMPLES=500 asks for more.
"""

import os
import shutil

import pytest
import schemathesis
from conftest import serving
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import positive_data_acceptance

from oilseer.web.api import ROUTERS

EXAMPLES = int(os.environ.get("OILSEER_FUZZ_EXAMPLES", "50"))
STREAM = "/api/v1/events"  # never ends
MEANING = ("/api/v1/stress", "/api/v1/procurement")  # what they take has rules that no schema says
OPERATIONS = sorted(
    (route.path, method) for router in ROUTERS for route in router.routes for method in route.methods
    if route.path != STREAM
)  # fmt: skip

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def api(published, tmp_path_factory):
    with serving(shutil.copytree(published, tmp_path_factory.mktemp("fuzz") / "home")) as served:
        yield schemathesis.openapi.from_url(f"{served.url}/api/v1/openapi.json")


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_request_makes_it_fail_or_break_its_promise(api, path, method, mode):
    left_out = [positive_data_acceptance] if path in MEANING else []
    if path == "/api/health":
        if mode is GenerationMode.NEGATIVE:
            pytest.skip("it takes nothing that could be wrong")
        left_out.append(not_a_server_error)  # 503 says that something is stale
    operation = api[path][method]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    def ask(case):
        case.call_and_validate(excluded_checks=left_out, timeout=60)

    ask()
