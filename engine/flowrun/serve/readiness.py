"""Whether a project can be served at all: said before anything is started."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from flowrun.component.registry import Registry
from flowrun.errors import ConfigurationError
from flowrun.language.flow import Flow
from flowrun.language.project import FILE, Environment
from flowrun.language.workspace import Workspace, read_workspace
from flowrun.runtime.needed import needed_connections


def servable(
    folder: Path, registry: Registry, wanted: str | None, variables: Mapping[str, str] | None
) -> tuple[Workspace, Environment]:
    """The project and its environment. Raises `ConfigurationError` with everything that keeps it from being served."""
    workspace = read_workspace(folder, registry, variables)
    if workspace.problems:
        many = len(workspace.problems)
        raise ConfigurationError(
            f"the project has {'a mistake' if many == 1 else f'{many} mistakes'}; mend them first",
            workspace.problems,
        )
    environment = workspace.project.environment(wanted)
    check_connections(workspace.flows, environment)
    return workspace, environment


def check_connections(flows: Mapping[str, Flow], environment: Environment) -> None:
    """Raises `ConfigurationError` when a flow with a trigger needs a connection that cannot be used."""
    wrong: list[str] = []
    for name in used_connections(flows):
        connection = environment.connections.get(name)
        if connection is None:
            wrong.append(f"there is no connection `{name}`; name it in {FILE}")
        elif connection.unset:
            variables = ", ".join(connection.unset)
            wrong.append(
                f"the connection `{name}` needs the environment variable {variables}, which is not set"
            )
        elif connection.config is None:
            wrong.append(f"the connection `{name}` is not usable; `flowrun validate` says why")
    if wrong:
        raise ConfigurationError(f"the environment '{environment.name}' cannot be served: {'; '.join(wrong)}")


def used_connections(flows: Mapping[str, Flow]) -> list[str]:
    """The connections of all flows with a trigger, and of the flows they call, each once."""
    found: list[str] = []
    for flow in flows.values():
        if flow.trigger is None:
            continue
        found.extend(needed_connections(flow, flows))
        if flow.trigger.webhook is not None:
            found.append(flow.trigger.webhook.connection)
        if flow.trigger.poll is not None:
            found.append(flow.trigger.poll.call.connection)
    return list(dict.fromkeys(found))
