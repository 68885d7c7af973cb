"""What arrives from Moodle, and no more of it than is used.

`userprivateaccesskey` of site_info is a key to the user's private files: it has no field here, so it is
dropped while reading, and site_info's body is never kept.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Offered(_Wire):
    name: str
    version: str = ""


class Feature(_Wire):
    name: str
    value: int


class SiteInfo(_Wire):
    """core_webservice_get_site_info."""

    sitename: str
    username: str
    siteurl: str
    release: str = ""
    version: str = ""
    functions: tuple[Offered, ...] = ()
    advancedfeatures: tuple[Feature, ...] = ()
    userissiteadmin: bool = False

    def offers(self, function: str) -> bool:
        return any(offered.name == function for offered in self.functions)

    def feature_off(self, name: str) -> bool:
        """True only where the site says so; silence is not a no."""
        return any(feature.name == name and not feature.value for feature in self.advancedfeatures)


class ReportDetails(_Wire):
    """A custom report as core_reportbuilder_list_reports and retrieve_report describe it."""

    id: int
    name: str
    uniquerows: bool = False


class ReportList(_Wire):
    reports: tuple[ReportDetails, ...]


class ReportTable(_Wire):
    """`rows` stay as they came: a row that is not `{"columns": [text, …]}` is quarantined by itself."""

    headers: tuple[str, ...]
    rows: tuple[Any, ...]
    totalrowcount: int = Field(ge=0)


class ReportAnswer(_Wire):
    """core_reportbuilder_retrieve_report."""

    details: ReportDetails
    data: ReportTable
