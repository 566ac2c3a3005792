"""docker-compose.yml cannot be started where there is no Docker; here it is held against the schema and our rules.

The schema is the specification's own, as the check-jsonschema wheel ships it.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
import yaml

from settings import NEEDS, Settings

ROOT = Path(__file__).resolve().parents[2]
ONE_SHOT = {"temporal-schema", "temporal-namespace", "migrate"}
LONG_LIVED = {"postgres", "temporal-postgres", "temporal", "temporal-ui", "worker", "web"}

VARIABLE = re.compile(r"(?<!\$)\$(?:\{(?P<name>\w+)(?P<how>[^}]*)\}|(?P<bare>\w+))")
"""`${NAME…}` or `$NAME`, not `$$escaped`."""

OF_ONE_PROVIDER = {
    f"TANFANG_{name.upper()}" for name in Settings.model_fields if name == "public_url" or name.startswith((*NEEDS,))
}
"""Settings that one provider needs: handed on, and empty unless given, which settings take as not set."""

SECRET_NAME = re.compile(r"PASSWORD|PWD|SECRET|TOKEN|KEY", re.IGNORECASE)
URL_PASSWORD = re.compile(r"://[^:/@\s]+:(?P<password>.+)@")

Compose = dict[str, Any]


@pytest.fixture
def compose() -> Compose:
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def schema() -> Compose:
    return json.loads((files("check_jsonschema") / "builtin_schemas/vendor/compose-spec.json").read_text())


def test_it_is_valid_by_the_compose_specification(compose: Compose, schema: Compose) -> None:
    assert schema_errors(compose, schema) == {}


def test_the_schema_refuses_what_is_wrong(compose: Compose, schema: Compose) -> None:
    compose["services"]["worker"]["helthcheck"] = {}
    compose["services"]["web"]["ports"] = "8000:8000"
    assert schema_errors(compose, schema).keys() >= {"$.services.worker", "$.services.web.ports"}


def test_it_keeps_our_rules(compose: Compose) -> None:
    assert list(broken_rules(compose)) == []


def test_it_has_the_services_of_the_deployment(compose: Compose) -> None:
    assert set(compose["services"]) == LONG_LIVED | ONE_SHOT


def test_every_secret_is_asked_for(compose: Compose) -> None:
    asked = {name for text in texts(compose) for name, how in variables(text) if how.startswith(":?")}
    assert asked == {
        "TANFANG_COUNTY",
        "TANFANG_DB_PASSWORD",
        "TANFANG_KEY_FILE",
        "TANFANG_SMS_SECRET_FILE",
        "TEMPORAL_DB_PASSWORD",
    }


@pytest.mark.parametrize("name", ["worker", "web", "migrate"])
def test_what_any_provider_needs_is_handed_on(compose: Compose, name: str) -> None:
    handed = compose["services"][name]["environment"]
    assert {key: handed.get(key) for key in OF_ONE_PROVIDER} == {key: f"${{{key}:-}}" for key in OF_ONE_PROVIDER}
    assert {f"TANFANG_{one.upper()}" for rows in NEEDS.values() for row in rows for one in row} <= handed.keys()


def test_the_image_holds_every_module_and_lock_that_it_may_be_built_with() -> None:
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    locks = {"requirements.lock", "requirements-aliyun.lock", "package.json", "package-lock.json", ".npmrc"}
    assert {path.name for path in ROOT.glob("*.py")} | locks <= kept


def test_the_commands_name_files_of_the_image(compose: Compose) -> None:
    kept = {
        line.removeprefix("!").rstrip("/")
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line[:1] == "!"
    }
    for name in ("migrate", "worker", "web"):
        program, script, *_ = compose["services"][name]["command"]
        assert (program, script in kept) == ("python", True), name


def test_the_image_holds_every_room() -> None:
    kept = {
        line[1:-1]
        for line in (ROOT / ".dockerignore").read_text().splitlines()
        if line.startswith("!") and line.endswith("/")
    }
    rooms = {found.parent.name for found in ROOT.glob("*/__init__.py")} - {"tests", "tools", "bench"}
    assert rooms <= kept


def _literal_password(compose: Compose) -> None:
    compose["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"] = "tanfang"


def _default_password(compose: Compose) -> None:
    compose["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"] = "${TANFANG_DB_PASSWORD:-tanfang}"


def _empty_password(compose: Compose) -> None:
    compose["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"] = "${TANFANG_DB_PASSWORD:-}"


def _password_in_a_url(compose: Compose) -> None:
    compose["services"]["web"]["environment"]["TANFANG_DATABASE_URL"] = (
        "postgresql+psycopg://tanfang:tanfang@postgres/tanfang"
    )


def _silent_variable(compose: Compose) -> None:
    compose["services"]["web"]["environment"]["TANFANG_COUNTY"] = "${TANFANG_COUNTY}"


def _no_health(compose: Compose) -> None:
    del compose["services"]["worker"]["healthcheck"]


def _fixed_name(compose: Compose) -> None:
    compose["services"]["worker"]["container_name"] = "worker"


def _fixed_port(compose: Compose) -> None:
    compose["services"]["worker"]["ports"] = ["127.0.0.1:9000:9000"]


def _open_port(compose: Compose) -> None:
    compose["services"]["temporal"]["ports"] = ["7233:7233"]


def _floating_image(compose: Compose) -> None:
    compose["services"]["temporal-ui"]["image"] = "temporalio/ui:latest"


def _untagged_image(compose: Compose) -> None:
    compose["services"]["temporal-ui"]["image"] = "temporalio/ui"


def _waiting_for_nobody(compose: Compose) -> None:
    compose["services"]["worker"]["depends_on"] = {"web": {"condition": "service_completed_successfully"}}


PLANTED: list[tuple[Callable[[Compose], None], str]] = [
    (_literal_password, "postgres: POSTGRES_PASSWORD is a literal secret"),
    (_default_password, "postgres: POSTGRES_PASSWORD is a literal secret"),
    (_empty_password, "postgres: POSTGRES_PASSWORD is a literal secret"),
    (_empty_password, "TANFANG_DB_PASSWORD has neither a default nor a message"),
    (_password_in_a_url, "web: TANFANG_DATABASE_URL is a literal secret"),
    (_silent_variable, "TANFANG_COUNTY has neither a default nor a message"),
    (_no_health, "worker: neither a health check nor one-shot"),
    (_fixed_name, "worker: container_name keeps it from being multiplied"),
    (_fixed_port, "worker: ports keeps it from being multiplied"),
    (_open_port, "temporal: port 7233:7233 is open to other machines"),
    (_floating_image, "temporal-ui: image temporalio/ui:latest is not pinned"),
    (_untagged_image, "temporal-ui: image temporalio/ui is not pinned"),
    (_waiting_for_nobody, "worker: waits for web to end, which it never does"),
]


@pytest.mark.parametrize(("plant", "named"), PLANTED, ids=[plant.__name__.strip("_") for plant, _ in PLANTED])
def test_a_broken_rule_is_named(compose: Compose, plant: Callable[[Compose], None], named: str) -> None:
    broken = copy.deepcopy(compose)
    plant(broken)
    assert named in list(broken_rules(broken))


def schema_errors(compose: Compose, schema: Compose) -> dict[str, str]:
    """Where the document breaks the schema: path → what is wrong there."""
    validator: Any = jsonschema.Draft202012Validator(schema)
    return {error.json_path: error.message for error in validator.iter_errors(compose)}


def broken_rules(compose: Compose) -> Iterator[str]:
    for name, how in {pair for text in texts(compose) for pair in variables(text)}:
        if not re.fullmatch(r":-.+|:\?.{10,}", how) and (name not in OF_ONE_PROVIDER or how != ":-"):
            yield f"{name} has neither a default nor a message"
    for name, service in compose["services"].items():
        yield from broken_in_service(name, service)
    for name, secret in compose["secrets"].items():
        if set(secret) != {"file"} or not secret["file"].startswith("${"):
            yield f"{name}: a secret comes from a file that the operator names"


def broken_in_service(name: str, service: Compose) -> Iterator[str]:
    one_shot = service.get("restart") == "no"
    if one_shot != (name in ONE_SHOT) or one_shot == ("healthcheck" in service):
        yield f"{name}: neither a health check nor one-shot"
    if not re.fullmatch(r"[\w./-]+:\d[\w.-]*", service["image"]):
        yield f"{name}: image {service['image']} is not pinned"
    if name == "worker":
        yield from (
            f"{name}: {key} keeps it from being multiplied" for key in ("container_name", "ports") if key in service
        )
    for port in service.get("ports", []):
        if not str(port).startswith("127.0.0.1:"):
            yield f"{name}: port {port} is open to other machines"
    for awaited, terms in service.get("depends_on", {}).items():
        ends = terms["condition"] == "service_completed_successfully"
        if ends != (awaited in ONE_SHOT):
            never = "end, which it never does" if ends else "be healthy, which it cannot say"
            yield f"{name}: waits for {awaited} to {never}"
    for key, value in service.get("environment", {}).items():
        held = URL_PASSWORD.search(str(value))
        secret = held["password"] if held else str(value) if SECRET_NAME.search(key) else None
        given = key in OF_ONE_PROVIDER and value == f"${{{key}:-}}"
        if secret is not None and not given and not re.fullmatch(r"\$\{\w+:\?[^}]+\}|/run/secrets/\w+", secret):
            yield f"{name}: {key} is a literal secret"


def variables(text: str) -> Iterator[tuple[str, str]]:
    for found in VARIABLE.finditer(text):
        yield (found["name"] or found["bare"], found["how"] or "")


def texts(node: Any) -> Iterator[str]:
    """Every string of the document, keys included."""
    if isinstance(node, str):
        yield node
    elif isinstance(node, Mapping):
        yield from texts(list(cast("Mapping[str, Any]", node).items()))
    elif isinstance(node, list | tuple):
        for value in cast("list[Any]", node):
            yield from texts(value)
