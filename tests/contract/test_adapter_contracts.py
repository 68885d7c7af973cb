"""The adapters beside Moodle pass the contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from lms_adapters import canvas, kolibri, openedx, scorm_cloud, xapi_lrs
from lms_adapters.contract_site import NOW, CompletionSite
from tests.contract.bench import Bench
from tests.contract.canvas_site import CanvasModulesSite, CanvasSite
from tests.contract.kolibri_site import KolibriSite
from tests.contract.lrs_site import LrsContractSite
from tests.contract.openedx_site import OpenedxSite
from tests.contract.scorm_site import ScormSite
from tests.contract.suite import AdapterContract


class TestXapiLrs(AdapterContract):
    module, site = xapi_lrs, LrsContractSite

    def test_moved_completion_time(self, bench: Bench[CompletionSite]) -> None:
        """moved completion time: a statement never changes, so the old one is voided and the new one stands"""
        self.pulled(bench)
        before = bench.site.kept[5]
        bench.site.kept[5] = replace(
            before, at=before.at + timedelta(days=3), stored=NOW - timedelta(hours=1)
        )
        assert bench.pull().error is None
        assert bench.standing() == bench.wanted()
        self.recovers(bench)


class TestKolibri(AdapterContract):
    module, site = kolibri, KolibriSite


class TestCanvas(AdapterContract):
    module, site = canvas, CanvasSite


class TestCanvasModules(AdapterContract):
    module, site = canvas, CanvasModulesSite


class TestScormCloud(AdapterContract):
    module, site = scorm_cloud, ScormSite


class TestOpenedx(AdapterContract):
    module, site = openedx, OpenedxSite

    def test_moved_completion_time(self, bench: Bench[CompletionSite]) -> None:
        """moved completion time: the pass keeps the date of its first certificate"""
        self.pulled(bench)
        before = bench.site.kept[5]
        bench.site.kept[5] = replace(before, at=before.at + timedelta(days=3))
        assert bench.pull().error is None
        assert bench.standing()[bench.site.key_of(before)] == before.at
        bench.site.kept[5] = before
        self.recovers(bench)
