"""How a worker runs workflows: in the sandbox, and without asking it in which context each payload is sealed.

The SDK enters the sandbox up to four times a payload to learn the payload's serialization and storage context. Our
codec seals every payload alike and nothing is stored outside, so there is no context to learn.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import StorageDriverStoreContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import Info, SandboxImportNotificationPolicy


class ContextFree(WorkflowInstance):
    """A workflow instance, all of whose payloads are alike."""

    def __init__(self, instance: WorkflowInstance) -> None:
        self._instance = instance

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._instance.activate(act)

    def get_serialization_context(self, command_info: Any) -> None:
        return None

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:
        return StorageDriverStoreContext(target=None)

    def get_info(self) -> Info:
        return self._instance.get_info()

    def get_thread_id(self) -> int | None:
        return self._instance.get_thread_id()


@dataclass(frozen=True)
class ContextFreeRunner(SandboxedWorkflowRunner):
    """The sandbox, with payloads that are all alike. Only right with a converter that asks for no context."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        return ContextFree(super().create_instance(det))


def runner(*, strict: bool) -> ContextFreeRunner:
    """The workflow sandbox; strict = an import that was not meant to pass through is an error (tests, CI)."""
    restrictions = SandboxRestrictions.default
    if strict:
        restrictions = restrictions.with_import_notification_policy(
            SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
        )
    return ContextFreeRunner(restrictions=restrictions)
